"""An asset is updated when something has changed in Upflow, once a run, by Airflow's own code from task to event."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.testing.seed.seed import Seed
from upflow_provider.testing.upflow.behaviour import FieldRefusal

ONE = """
  default: {lag_s: 0, parent_metadata_key: parent, salesforce: {match: {salesforce: Key__c}, fields: {due: Due__c}}}
"""
pytestmark = pytest.mark.slow  # the first task builds Airflow's API in this process
SYNC, BACKFILL, EXPORT = "stripe_to_upflow_sync", "stripe_to_upflow_backfill", "upflow_to_salesforce"


@pytest.fixture
def airflow(metadata, connections):
    """Give the test a metadata database, and a pool that `airflow dags test` does not look at."""
    return metadata(ONE)


@pytest.fixture
def synced(airflow, fake_stripe):
    """Begin the sync an hour ago; Stripe's clock is a minute behind."""
    UpflowHook().open_ledger("default").stamp_watermark(datetime.now(UTC) - timedelta(hours=1))
    fake_stripe.clock = lambda: int(time.time()) - 60
    return airflow


def go_on(fake_stripe):
    """Let ten seconds pass in Stripe, so that a window that ends now contains what has happened."""
    fake_stripe.clock = lambda: int(time.time()) - 50


def test_a_run_of_the_sync_that_changed_several_streams_starts_one_export(synced, fake_stripe):
    """The organization's asset is updated once, the streams' assets once each, with what was written."""
    fake_stripe.create_customer(id="cus_1", name="Alder")
    fake_stripe.create_invoice("cus_1", 1200, id="in_1")
    fake_stripe.finalize_invoice("in_1")
    fake_stripe.pay_invoice("in_1")
    go_on(fake_stripe)
    state, _ = synced.test(SYNC)
    events = dict(synced.events())

    assert state == "success"
    assert len(synced.events()) == len(events)
    assert events.keys() == {
        f"upflow://default{stream}" for stream in ("/changes", "/customers", "/invoices", "/payments")
    }
    assert events["upflow://default/changes"] == {"customers": 1, "invoices": 1, "payments": 1}
    assert events["upflow://default/invoices"]["created"] == 1
    assert synced.waiting() == {EXPORT}
    state, tasks = synced.test(SYNC)  # nothing has changed since
    assert (state, tasks["assets"], tasks["window"]) == ("success", "skipped", "success")
    assert len(synced.events()) == len(events)


def test_what_was_written_counts_though_the_task_fails_for_rejected_records(synced, fake_stripe, fake_upflow):
    """The run fails, its customers have changed."""
    fake_upflow.behaviour.refused_fields = (FieldRefusal(collection="customers", field="name", values="Birch"),)
    fake_stripe.create_customer(id="cus_1", name="Alder")
    fake_stripe.create_customer(id="cus_2", name="Birch")
    go_on(fake_stripe)
    state, tasks = synced.test(SYNC)

    assert (state, tasks["customers"], tasks["watermark"]) == ("failed", "failed", "failed")
    assert dict(synced.events())["upflow://default/changes"] == {"customers": 1}
    assert synced.waiting() == {EXPORT}


def test_a_dry_run_updates_no_asset(synced, fake_stripe):
    """It writes nothing, however much it would."""
    fake_stripe.create_customer(id="cus_1", name="Alder")
    state, tasks = synced.test(SYNC, dry_run=True)

    assert (state, tasks["customers"], tasks["assets"]) == ("success", "success", "skipped")
    assert synced.events() == []


def test_a_backfill_updates_assets_when_its_last_run_is_done(airflow, fake_stripe):
    """While another month is to be loaded, nothing is; then what all months have written counts, once."""
    fake_stripe.seed(Seed(seed=7, customers=5, invoices=10))
    run = {"since": "2020-01-01", "until": "2026-11-01", "done": "preflight|access"}
    airflow.run(BACKFILL, "other_month")
    state, tasks = airflow.test(BACKFILL, **run)
    assert (state, tasks["assets"], airflow.events()) == ("success", "skipped", [])

    airflow.begin()
    state, tasks = airflow.test(BACKFILL, **run)  # writes nothing that the run before has not
    events = dict(airflow.events())

    assert (state, tasks["assets"]) == ("success", "success")
    assert events["upflow://default/changes"]["invoices"] >= 8
    assert len(airflow.events()) == len(events)
    assert airflow.waiting() == {EXPORT}


def test_when_the_first_task_of_the_sync_fails_no_other_does(synced, set_connection, fake_upflow):
    """The run fails; one task is red, whose log says what has to be done."""
    set_connection("upflow_default", host="http://api.upflow.io/v1")
    state, tasks = synced.test(SYNC)

    assert (state, tasks.pop("changes"), tasks.pop("window")) == ("failed", "failed", "upstream_failed")
    assert set(tasks.values()) == {"skipped"}
    assert (synced.events(), list(fake_upflow.requests)) == ([], [])


def test_when_the_preflight_of_the_backfill_fails_no_other_task_does(airflow):
    """What it has found is said once."""
    state, tasks = airflow.test(BACKFILL, since="2026-11-01", until="2026-10-01")

    assert (state, tasks.pop("preflight"), tasks.pop("assets")) == ("failed", "failed", "skipped")
    assert tasks.pop("access") == "success"
    assert set(tasks.values()) == {"upstream_failed"}
