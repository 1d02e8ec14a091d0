"""The watch over the pool: full is told from missing, whatever the load, and nothing waits for ever in silence."""

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, AirflowRescheduleException

from upflow_provider.dags import (
    salesforce_to_upflow,
    stripe_to_upflow_backfill,
    upflow_customer_file,
    upflow_ledger_rebuild,
    upflow_portal_links,
)
from upflow_provider.hooks.organization import POOL
from upflow_provider.operators.pool_watch import LOOKS_MIN, PAUSES_S, POOL_TASKS
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.settings import Entry, Organization

BACKFILL = "stripe_to_upflow_backfill"
ACME = Organization(name="acme", upflow_conn_id="upflow_acme", stripe_conn_id="stripe_acme")


@pytest.fixture
def look(connections, context):
    """Return a function that lets the preflight look once, and returns whether it is to look again."""
    with DAG(BACKFILL, schedule=None):
        organization = Organization(threads=3)
        preflight = PreflightOperator(
            task_id="preflight", organization=organization, access_task="access", peers=(organization, ACME)
        )
        AccessOperator(task_id="access", organization=organization)

    def look(state, *users):
        context["ti"].states, context["ti"].users = {"access": state}, users
        try:
            preflight.execute(context)
        except AirflowRescheduleException:
            return True
        return False

    return look


@pytest.mark.parametrize("state", ["queued", "running", "success", "failed", "up_for_retry", "deferred"])
def test_a_pool_that_gave_slots_is_large_enough(look, state):
    """Whatever became of the other task, it got its slots."""
    assert not look(state)


def test_slots_that_never_come_are_told_within_a_minute(look):
    """The slots, the pool and the remedy are named, and the worker is given back in between."""
    assert sum(PAUSES_S) < 45
    for _ in range(LOOKS_MIN - 1):
        assert look("scheduled")
    with pytest.raises(AirflowFailException) as raised:
        look("scheduled")

    assert "task 'access' needs 3 slots of pool 'upflow_api' and gets none" in str(raised.value)
    assert 'Run: airflow pools set upflow_api 5 "Concurrent requests to Upflow", and clear this task' in str(
        raised.value
    )
    assert look("scheduled")  # after it was cleared, the watch begins anew


@pytest.mark.parametrize(
    "user", [(BACKFILL, "invoices"), (f"{BACKFILL}.acme", "closing"), ("upflow_ledger_rebuild.acme", "rebuild")]
)
def test_a_full_pool_is_waited_for(look, user, caplog):
    """However long that takes; the log says once who has the slots."""
    with caplog.at_level("INFO"):
        for _ in range(50):
            assert look("scheduled", user)

    told = f"task 'access' waits for 3 slots of pool 'upflow_api', which {user[0]} has"
    assert caplog.messages.count(told) == 1
    assert not look("running")


def test_only_a_pool_that_is_free_all_the_time_counts_as_too_small(look):
    """Whenever another task has slots, or the waiting task is not there yet, the count begins anew."""
    for _ in range(10):
        for _ in range(LOOKS_MIN - 1):
            assert look("scheduled")
        assert look("scheduled", (BACKFILL, "refunds"))
        for _ in range(LOOKS_MIN - 1):
            assert look("scheduled")
        assert look(None)


def test_a_task_outside_the_pool_does_not_count(look):
    """What live work does says nothing about the pool."""
    for _ in range(LOOKS_MIN - 1):
        assert look("scheduled", ("stripe_to_upflow_sync", "invoices"), (BACKFILL, "preflight"))
    with pytest.raises(AirflowFailException, match="needs 3 slots"):
        look("scheduled", ("stripe_to_upflow_sync", "invoices"), (BACKFILL, "preflight"))


@pytest.mark.parametrize(
    "builder",
    [
        salesforce_to_upflow,
        stripe_to_upflow_backfill,
        upflow_portal_links,
        upflow_customer_file,
        upflow_ledger_rebuild,
    ],
)
def test_every_task_of_the_pool_is_known(builder):
    """What waits asks as many slots as the tasks after it, and comes before the task that watches."""
    salesforce = {"match": {"salesforce": "Billing_Id__c"}, "fields": {"portal_url": "Portal__c"}}
    imported = {"account_owner": True}
    dag = builder(
        Entry(Organization.model_validate({"threads": 3, "salesforce": salesforce, "salesforce_import": imported}))
    )
    in_pool = {task.task_id: task.pool_slots for task in dag.tasks if task.pool == POOL}

    assert in_pool.keys() == set(POOL_TASKS[dag.dag_id])
    assert set(in_pool.values()) == {in_pool["access"]}
    assert dag.task_dict["preflight"].access_task == "access"
    assert dag.task_dict["access"].priority_weight > dag.task_dict["preflight"].priority_weight
