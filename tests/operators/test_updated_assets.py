"""What was written is known from the ledger: by whichever task, retry or run, and once."""

import logging
from datetime import UTC, datetime

import pytest
from airflow.sdk import DAG, Asset
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.ledger import RunReport
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.operators.updated_assets import UpdatedAssetsOperator
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.settings import Organization
from upflow_provider.testing.seed.seed import Seed

WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}
DAG_ID = "stripe_to_upflow_backfill"


class Aliased(list):
    """The events of an alias, in memory."""

    def add(self, asset, extra):
        """Add an event of an asset."""
        self.append((asset.uri, extra))


@pytest.fixture
def update(context):
    """Return a function that updates the assets; it returns what the operator does, and ``None`` if it skips."""

    def update(**options):
        with DAG(DAG_ID, schedule=None):
            before = StripeToUpflowOperator(task_id="customers", stream="customers", **WINDOW)
            task = UpdatedAssetsOperator(task_id="assets", organization=Organization(), **options)
            before >> task
        asset, alias = task.outlets
        context["outlet_events"] = {asset: type("Event", (), {"extra": None})(), alias: Aliased()}
        try:
            writes = task.execute(context)
        except AirflowSkipException:
            return None
        assert context["outlet_events"][asset].extra == writes
        update.streams = dict(context["outlet_events"][alias])
        return writes

    return update


def report(finished_at, **counts):
    """Keep the report of a task."""
    counts = {"stream": "customers", "dag_id": DAG_ID, "dry_run": False} | counts
    stream, dag_id, dry_run = (counts.pop(name) for name in ("stream", "dag_id", "dry_run"))
    instant = datetime(2026, 11, 1, 0, finished_at, tzinfo=UTC)
    found = SyncReport(dry_run=dry_run, **counts).as_dict()
    found = {"checked": 1, "synced": found} if stream == "closing" else found
    kept = RunReport(stream, dag_id, "run", stream, instant, instant, instant, instant, found)
    UpflowHook().open_ledger("default").save_report(kept)


def test_what_was_written_is_told_once(connections, update, caplog):
    """Of several runs and tries together, in the log too; what comes later is told later."""
    caplog.set_level(logging.INFO)
    report(1, created=2)
    report(2, updated=1, stream="invoices")
    report(3, created=1, read=3)
    first, streams, second = update(), update.streams, update()
    report(4, removed=1)

    assert (first, second, update()) == ({"customers": 3, "invoices": 1}, None, {"customers": 1})
    assert "written since the last update: customers 3, invoices 1" in caplog.messages
    assert streams["upflow://default/customers"]["created"] == 3
    assert streams.keys() == {"upflow://default/customers", "upflow://default/invoices"}


def test_the_check_at_the_end_of_a_run_counts(connections, update):
    """It writes, too; it has no stream's asset."""
    report(1, updated=2, stream="closing")

    assert (update(), update.streams) == ({"closing": 2}, {})


@pytest.mark.parametrize(
    "counts",
    [
        {"read": 5, "unchanged": 3, "skipped": 1, "rejected": 1},
        {"created": 5, "dry_run": True},
        {"created": 5, "dag_id": "stripe_to_upflow_sync"},
    ],
)
def test_what_wrote_nothing_updates_nothing(connections, update, counts):
    """Unchanged and rejected records, a dry run, and what another DAG has written and tells itself."""
    report(1, **counts)

    assert update() is None


@pytest.mark.parametrize("how", ["dry_run", "test_mode", "nothing_done"])
def test_a_run_that_writes_nothing_tells_nothing(connections, context, update, set_connection, how):
    """Not even what an earlier run has left."""
    report(1, created=1)
    if how == "test_mode":
        set_connection("upflow_default", extra={"test_mode": True})
    if how == "nothing_done":
        context["ti"].states = {"customers": "upstream_failed"}

    assert update(is_dry_run=how == "dry_run") is None


def test_the_last_of_several_runs_tells(connections, context, update):
    """While others are under way, nothing is told, and nothing forgotten."""
    report(1, created=1)
    context["ti"].runs = 2
    assert update(waits_for_other_runs=True) is None
    context["ti"].runs = 1

    assert update(waits_for_other_runs=True) == {"customers": 1}


def test_what_was_written_before_a_task_failed_counts(connections, context, update, fake_stripe, fake_upflow):
    """Its report is kept up to there, so that the change is told though no retry succeeds."""
    fake_stripe.seed(Seed(seed=7, customers=150, invoices=1))
    context["ti"].dag_id = DAG_ID
    fake_stripe.faults.add("status", path="/v1/customers", status=403, after=1)
    with pytest.raises(AirflowFailException, match="403"):
        StripeToUpflowOperator(task_id="customers", stream="customers", **WINDOW).execute(context)

    assert 0 < update()["customers"] <= len(fake_upflow.store.customers)


def test_its_outlets_are_named(context):
    """Users' DAGs wait for them by name."""
    task = UpdatedAssetsOperator(task_id="assets", organization=Organization(name="acme"))

    assert task.outlets[0] == Asset("upflow://acme/changes")
    assert task.outlets[1].name == "upflow_streams_acme"
