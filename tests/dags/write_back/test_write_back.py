"""The DAG of the write-back: there if it is set up, after a sync that changed payments, with its Params."""

import pytest

from upflow_provider.dags import upflow_payments_to_stripe
from upflow_provider.settings import Entry, Organization

ENTRY = Entry(Organization(name="acme", write_back={}))


def test_it_exists_only_where_it_is_set_up():
    """It is off until then."""
    assert upflow_payments_to_stripe(Entry(Organization())) is None
    assert upflow_payments_to_stripe(ENTRY).dag_id == "upflow_payments_to_stripe.acme"


def test_it_runs_every_15_minutes_and_when_the_sync_has_changed_payments():
    """The asset of the payments of the same organization starts it."""
    timetable = upflow_payments_to_stripe(ENTRY).timetable

    assert {each.uri for each in timetable.asset_condition.objects} == {"upflow://acme/payments"}
    assert timetable.timetable.expression == "*/15 * * * *"


@pytest.mark.parametrize(
    ("params", "rendered"),
    [
        ({}, (False, "", False)),
        ({"approve": True}, (True, "", False)),
        ({"retry": "all", "dry_run": True}, (False, "all", True)),
        ({"retry": "b486-1, b486-2"}, (False, "b486-1, b486-2", False)),
    ],
)
def test_its_params_reach_its_task(params, rendered):
    """As truth values and ids."""
    task = upflow_payments_to_stripe(ENTRY).task_dict["write"]
    task.render_template_fields({"params": {"approve": False, "retry": None, "dry_run": False} | params})

    assert (task.approve, task.retry, task.is_dry_run) == rendered
