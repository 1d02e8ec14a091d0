"""The DAG of customer files: its Params reach its task, except for pasted text, which nothing shows."""

import pytest

from upflow_provider.dags import upflow_customer_file
from upflow_provider.operators.tables_to_upflow import UpflowCustomerFileOperator
from upflow_provider.settings import Entry, Organization

NONE = {"path": None, "text": None, "error_path": None, "encoding": None, "separator": None}
DEFAULTS = {**NONE, "kind": "customers", "on_error": "good_lines", "clear_empty": False, "dry_run": False}


def rendered(**params):
    """Return the task with its templates rendered."""
    task = upflow_customer_file(Entry(Organization())).task_dict["import"]
    task.render_template_fields({"params": DEFAULTS | params})
    return task


def test_its_params_reach_its_task():
    """As texts and truth values; what is left empty stays empty."""
    task = rendered(path="/data/x.csv", kind="contacts", on_error="nothing", clear_empty=True, dry_run=True)

    assert (task.path, task.kind, task.on_error) == ("/data/x.csv", "contacts", "nothing")
    assert (task.clear_empty, task.is_dry_run) == (True, True)
    assert (task.error_path, task.encoding, task.separator) == ("", "", "")


def test_pasted_text_is_in_no_rendered_field():
    """Airflow stores and shows those; the task reads the text when it runs."""
    task = rendered(text="Customer name\nSecret Person\n")

    assert not any("Secret" in str(getattr(task, name)) for name in UpflowCustomerFileOperator.template_fields)


@pytest.mark.parametrize("clears", [True, False])
def test_the_form_begins_with_what_the_settings_say(clears):
    """Of empty cells."""
    organization = Organization.model_validate({"customer_file": {"clear_empty": clears}})

    assert upflow_customer_file(Entry(organization)).params.dump()["clear_empty"] is clears
