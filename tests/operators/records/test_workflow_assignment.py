"""The operator that assigns workflows to customers."""

import pytest
from airflow.sdk.exceptions import AirflowFailException

from tests.upflow_customers import add_customers
from upflow_provider.operators.records import UpflowAssignWorkflowOperator
from upflow_provider.settings import Organization

ALLOWED = Organization(max_rejected=9)


def assign(desk, assignments, **options):
    """Assign workflows, and return the report."""
    return desk.run(UpflowAssignWorkflowOperator, assignments=assignments, **options)


def workflow_of(desk, customer):
    """Return the name of a customer's workflow; None if it has none."""
    plan = desk.upflow.answer("customers", customer)["dunningPlanId"]
    return plan and desk.upflow.store.organization.dunning_plans[plan]["name"]


def test_workflows_are_assigned_and_removed(desk):
    """A second run writes nothing; the list of workflows is read once, and each customer is asked for."""
    first = assign(desk, {"C-1": "Default", "C-2": "Key accounts"})
    second = assign(desk, {"C-1": "Default", "C-2": None})
    third = assign(desk, '{"C-1": "Default", "C-2": null}')

    assert (first["updated"], second["updated"], second["unchanged"]) == (2, 1, 1)
    assert (third["unchanged"], desk.writes()) == (2, [])
    assert desk.reads() == ["/v1/dunning_plans", "/v1/customers/external:C-1", "/v1/customers/external:C-2"]
    assert [workflow_of(desk, each) for each in ("C-1", "C-2")] == ["Default", None]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("default", "no workflow in Upflow has exactly this name; did you mean 'Default'? Case and blanks count"),
        ("Default ", "no workflow in Upflow has exactly this name; did you mean 'Default'? Case and blanks count"),
        ("ada@alder.example", "no workflow in Upflow has exactly this name; create it in Upflow first"),
        ("", "no workflow in Upflow has exactly this name; create it in Upflow first"),
        ("Twice", "is ambiguous: 2 workflows in Upflow have this name; rename all but one"),
    ],
)
def test_a_name_must_be_exact(desk, name, says):
    """Case and blanks count; the near match is named, and the name that was given is not, as it may be anything."""
    for number in (1, 2):
        desk.upflow.store.organization.dunning_plans[f"p{number}"] = {"id": f"p{number}", "name": "Twice"}
    report = assign(desk, {"C-1": name, "C-2": "Default"}, organization=ALLOWED)

    assert (report["rejected"], report["updated"]) == (1, 1)
    assert says in report["examples"]["C-1"]
    assert "alder" not in str(report)
    assert workflow_of(desk, "C-1") is None


def test_a_customer_that_upflow_lacks_is_rejected(desk):
    """The others get their workflow, and the task fails in the end."""
    with pytest.raises(AirflowFailException, match="C-9: the customer is not in Upflow; import it first"):
        assign(desk, {"C-9": "Default", "C-2": "Default"})

    assert workflow_of(desk, "C-2") == "Default"


def test_many_customers_are_listed(desk):
    """For more than a hundred, one list costs fewer reads; one that the list hides is asked for."""
    names = add_customers(desk.upflow, 150)
    report = assign(desk, dict.fromkeys([*names, "C-1"], "Default"))
    again = assign(desk, dict.fromkeys([*names, "C-9"], "Default"), organization=ALLOWED)

    assert (report["updated"], again["unchanged"], again["rejected"]) == (151, 150, 1)
    assert desk.reads() == ["/v1/dunning_plans", "/v1/customers", "/v1/customers/external:C-9"]


def test_an_answer_with_another_workflow_is_an_error(desk):
    """Upflow does not document that it takes a workflow this way: what it answers is looked at."""
    desk.upflow.behaviour.answered_fields = {"external:C-1": {"dunningPlanId": None}}
    desk.upflow.behaviour.answered_fields |= {"customers": {"dunningPlanId": None}}
    report = assign(desk, {"C-1": "Default"}, organization=ALLOWED)

    assert "the workflow was not taken: Upflow answered with another one" in report["examples"]["C-1"]


@pytest.mark.parametrize("test_mode", [True, False])
def test_a_dry_run_only_counts(desk, set_connection, test_mode):
    """So does test mode."""
    if test_mode:
        desk.test_mode(set_connection)
    report = assign(desk, {"C-1": "Default", "C-2": None}, is_dry_run=not test_mode)

    assert (report["dry_run"], report["updated"], report["unchanged"], desk.writes()) == (True, 1, 1, [])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["C-1"], "assignments must be a mapping from external id to name, not list"),
        ({"C-1": 7}, "assignments, entry 1: the name must be text or None"),
        ({"": "Default"}, "assignments, entry 1: an external id must be one line"),
    ],
)
def test_what_is_no_mapping_of_names_is_refused(desk, given, says):
    """Before anything is written."""
    with pytest.raises(AirflowFailException, match=says):
        assign(desk, given)
