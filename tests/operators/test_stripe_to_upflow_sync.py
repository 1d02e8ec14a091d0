"""One incremental run, task by task, as Airflow calls them."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException, DownstreamTasksSkipped

from upflow_provider import __version__
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.operators.stream_sync import STATE_FORMAT
from upflow_provider.operators.stripe_to_upflow_sync import (
    StripeChangesOperator,
    StripeChangesToUpflowOperator,
    WatermarkOperator,
)
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.event_feed import feed_filters
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

NO_LAG = Organization(lag_s=0)


class Run:
    """The tasks of one run, in a DAG, so that each knows what is before and after it."""

    def __init__(self, context, run_id="run_1", organization=NO_LAG, **first):
        """Build them."""
        self.context = context
        context["ti"].run_id = run_id
        with DAG("stripe_to_upflow_sync", schedule=None):
            self.changes = StripeChangesOperator(task_id="changes", organization=organization, **first)
            self.streams = {
                name: StripeChangesToUpflowOperator(task_id=name, stream=name, organization=organization)
                for name in STREAMS
            }
            self.watermark = WatermarkOperator(task_id="watermark", organization=organization)
            self.changes >> [*self.streams.values()] >> self.watermark
            self.changes >> self.watermark

    def first(self):
        """Run the first task; return which tasks it leaves out."""
        try:
            self.changes.execute(self.context)
        except DownstreamTasksSkipped as skipped:
            return set(skipped.tasks)
        return set()

    def stream(self, name):
        """Run the task of one stream."""
        self.context["ti"].task_id = name
        return self.streams[name].execute(self.context)

    def last(self):
        """Run the last task."""
        return self.watermark.execute(self.context)


@pytest.fixture
def synced(connections, context, fake_stripe):
    """Begin the sync an hour ago, with nothing in Stripe; its clock is ten minutes behind at first."""
    fake_stripe.clock = lambda: int(time.time()) - 600
    UpflowHook().open_ledger("default").stamp_watermark(_now() - timedelta(hours=1))
    run = Run(context, "run_0")
    run.first()
    run.last()
    fake_stripe.clock = lambda: int(time.time()) - 1
    return fake_stripe


def test_settings_of_salesforce_do_not_concern_the_sync(synced, context, fake_upflow):
    """Its tasks keep their state where an export is configured, too."""
    synced.create_customer(id="cus_1", name="Alder")
    salesforce = SalesforceExport(match={"salesforce": "Id"}, clear=("Old__c",))
    run = Run(context, organization=Organization(lag_s=0, salesforce=salesforce))
    run.first()

    assert run.stream("customers")["created"] == 1


def test_a_change_arrives_and_the_rest_is_left_out(synced, context, fake_upflow):
    """Only streams that changed, or may turn out to have, get a task's time."""
    synced.create_customer(id="cus_1", name="Alder")
    run = Run(context)
    skipped = run.first()
    report = run.stream("customers")

    assert skipped == STREAMS.keys() - {"customers"}
    assert (report["created"], fake_upflow.answer("customers", "cus_1")["name"]) == (1, "Alder")
    assert run.last() > "2026"


def test_an_invoice_may_lead_to_payments(synced, context):
    """And those to refunds: no such task is left out."""
    synced.create_customer(id="cus_1", name="Alder")
    synced.create_invoice("cus_1", 1200, id="in_1")
    skipped = Run(context).first()

    assert skipped == STREAMS.keys() - {"customers", "invoices", "payments", "refunds"}


def test_an_idle_run_leaves_everything_out(synced, context, fake_stripe, fake_upflow):
    """One request to Stripe for each list of events, none to Upflow."""
    fake_stripe.requests.clear()
    run = Run(context)
    skipped = run.first()
    run.last()

    assert skipped == {*STREAMS}
    assert (len(fake_stripe.requests), len(fake_upflow.requests)) == (len(feed_filters()), 0)


def test_a_retry_goes_on_where_the_try_before_it_ended(synced, context, fake_stripe, monkeypatch):
    """What was done is not read again; a cleared task reads everything again."""
    for number in range(50):
        synced.create_customer(id=f"cus_{number}", name="Alder")
    monkeypatch.setattr("upflow_provider.stripe_to_upflow.changed_records.CLUSTER_SIZE_MIN", 1000)
    run = Run(context)
    run.first()
    synced.forbidden.add("customers")
    with pytest.raises(AirflowFailException, match="rak_customer_read"):
        run.stream("customers")
    synced.forbidden.clear()
    UpflowHook().open_ledger("default").changes.mark_done(
        "stripe_to_upflow_backfill/run_1", "customers", _now(), [f"cus_{number}" for number in range(40)]
    )
    context["task_state_store"].set("cursor", {**_cursor(run), "cursor": {"begun": "2026-01-01T00:00:00+00:00"}})
    fake_stripe.requests.clear()
    resumed = run.stream("customers")
    assert (resumed["created"], len(fake_stripe.requests)) == (10, 10)

    cleared = run.stream("customers")
    assert (cleared["read"], cleared["created"], cleared["unchanged"]) == (50, 40, 10)


def _now():
    return datetime.now(UTC)


def _cursor(run):
    """Return what a first try would have kept."""
    inputs = {
        "run": "stripe_to_upflow_backfill/run_1",
        "settings": run.changes.organization.sync_settings,
        "dry_run": False,
        "version": __version__,
        "format": STATE_FORMAT,
    }
    return {"fingerprint": inputs, "report": SyncReport().as_dict()}


def test_tasks_of_a_run_without_a_window_are_skipped(connections, context, fake_stripe):
    """The first task failed: permission was lost, and it never looks like no changes."""
    fake_stripe.forbidden.add("events")
    run = Run(context)
    with pytest.raises(AirflowFailException, match=r"403.*rak_event_read"):
        run.first()
    context["ti"].states = {"changes": "failed"}
    for task in (lambda: run.stream("customers"), run.last):
        with pytest.raises(AirflowSkipException, match="see the log of task changes"):
            task()


def test_a_first_task_that_was_marked_by_hand_does_not_move_the_watermark(synced, context):
    """Nobody knows what has changed; the last task says what to do."""
    run = Run(context, "by_hand")
    with pytest.raises(AirflowSkipException, match="clear its first task"):
        run.stream("customers")
    with pytest.raises(AirflowFailException, match="clear its first task"):
        run.last()


def test_a_failed_task_makes_the_run_fail_but_not_stand_still(synced, context, fake_upflow):
    """A rejected record waits in the ledger; the watermark moves all the same."""
    synced.create_customer(id="cus_1", name="Alder")
    fake_upflow.faults.add("status", method="POST", status=400, times=None)
    run, before = Run(context), UpflowHook().open_ledger("default").watermark()
    run.first()
    with pytest.raises(AirflowFailException, match="1 of 1 records were rejected"):
        run.stream("customers")
    context["ti"].states = {"customers": "failed"}
    with pytest.raises(AirflowFailException, match=r"failed: customers.*the watermark has moved"):
        run.last()

    assert UpflowHook().open_ledger("default").watermark() > before


@pytest.mark.parametrize("conn_id", ["upflow_default", "stripe_default"])
def test_what_has_to_be_set_up_is_named(connections, context, set_connection, conn_id):
    """As in every other DAG, by its first task."""
    set_connection(conn_id)

    with pytest.raises(AirflowFailException, match=f"{conn_id}.*airflow connections add"):
        Run(context).first()


def test_a_window_is_replayed(synced, context):
    """Given as params; half a window is refused."""
    synced.create_customer(id="cus_1", name="Alder")
    now = _now().isoformat()
    skipped = Run(context, "manual", start="2026-01-01", end=now)
    with pytest.raises(AirflowFailException, match="30 days"):
        skipped.first()
    with pytest.raises(AirflowFailException, match=r"'end' not given: .*'start' and 'end'"):
        Run(context, "half", start=now).first()


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ({"start": "yesterday", "end": "2026-11-01"}, "'start' is 'yesterday', which is not an ISO 8601 date"),
        ({"start": 20351101, "end": 20351201}, "'start' is 2035-11-01T00:00:00.*lies in the future"),
        ({"start": "2026-11-02", "end": 20261101}, "'end' is '20261101', which is not after 'start', '2026-11-02'"),
    ],
)
def test_a_window_that_makes_no_sense_names_the_params_of_the_sync(connections, context, window, says):
    """Native templates make numbers of text that looks like one; nothing is retried."""
    with pytest.raises(AirflowFailException, match=says):
        Run(context, **window).first()


def test_a_parameter_that_the_sync_does_not_have_is_refused(synced, context, fake_upflow):
    """Before anything is read."""
    run = Run(context)
    context["dag_run"].conf = {"dryrun": True}
    with pytest.raises(AirflowFailException, match="unknown parameter 'dryrun'"):
        run.first()

    assert list(fake_upflow.requests) == []


def test_a_dry_run_moves_nothing(synced, context, fake_upflow):
    """It counts what would be done; while the ledger is empty, it looks whether it was lost."""
    synced.create_customer(id="cus_1", name="Alder")
    mark = UpflowHook().open_ledger("default").watermark()
    run = Run(context, is_dry_run=True)
    run.first()
    run.streams["customers"].is_dry_run = run.watermark.is_dry_run = True
    report = run.stream("customers")
    run.last()

    assert (report["created"], report["dry_run"]) == (1, True)
    assert [(each.method, each.path) for each in fake_upflow.requests][:1] == [("GET", "/v1/invoices")]
    assert {each.method for each in fake_upflow.requests} == {"GET"}
    assert UpflowHook().open_ledger("default").watermark() == mark
