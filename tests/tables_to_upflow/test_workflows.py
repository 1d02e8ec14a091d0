"""Names of workflows: exact ones are found, all others are not."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.tables_to_upflow.workflow_assignment import Workflows


@given(st.lists(st.text(max_size=5), unique=True), st.text(max_size=5))
def test_a_name_is_found_if_it_is_exactly_that_of_one_workflow(names, wanted):
    """Whatever characters it consists of, blanks at its ends included."""
    workflows = Workflows({"id": f"id {number}", "name": name} for number, name in enumerate(names))

    assert (workflows.problem(wanted) == "") == (wanted in names)
    assert [workflows.id_of(name) for name in names] == [f"id {number}" for number in range(len(names))]


def test_what_is_no_workflow_is_left_out():
    """An answer may have odd entries: without an id, or with a name that is no text."""
    workflows = Workflows([{"id": None, "name": "A"}, {"id": "1", "name": None}, {"id": "2"}])

    assert "no workflow in Upflow has exactly this name" in workflows.problem("A")
