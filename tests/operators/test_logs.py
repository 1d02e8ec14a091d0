"""A task's log is a story: what begins, and at the end one line whose counts add up."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.operators.test_stripe_to_upflow_sync import Run
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.runs.sync_report import OUTCOMES
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}
TEXT = "[2026-01-01 00:00 UTC, 2027-01-01 00:00 UTC)"
ACME = Organization(name="acme", max_rejected=99)


@pytest.fixture
def logged(connections, context, caplog):
    """Return a function that runs a task, and returns its report and what it logs."""
    caplog.set_level(logging.INFO)

    def run(operator, **options):
        caplog.clear()
        report = operator(organization=ACME, **{**WINDOW, **options}).execute(context)
        return report, caplog.messages

    return run


def test_a_task_logs_how_it_begins_and_how_it_ends(logged, fake_stripe):
    """Nothing else has happened: the first task, which makes the ledger's tables, has no more to say."""
    fake_stripe.create_customer(id="cus_1", name="Alder")
    _, customers = logged(StripeToUpflowOperator, task_id="customers", stream="customers")
    _, closing = logged(OutstandingCheckOperator, task_id="closing")

    assert customers == [
        f"customers: syncing {TEXT}; organization 'acme'",
        "customers: 1 read = 1 created",
    ]
    assert closing == [
        f"closing: checking what is outstanding after {TEXT}; organization 'acme'",
        "closing: every invoice that is in Upflow shows the right amount",
    ]


@pytest.mark.parametrize(
    ("dry_run", "extra", "mode"),
    [(True, {}, "dry run"), (False, {"test_mode": True, "requests_per_minute": 60_000}, "test mode")],
)
def test_what_writes_nothing_says_so_and_why(logged, fake_stripe, set_connection, dry_run, extra, mode):
    """At the beginning; at the end, it says what would be done."""
    if extra:
        set_connection("upflow_default", extra=extra)
    fake_stripe.create_customer(id="cus_1", name="Alder")
    _, messages = logged(StripeToUpflowOperator, task_id="customers", stream="customers", is_dry_run=dry_run)

    assert messages == [
        f"customers: syncing {TEXT}; organization 'acme'; {mode}: nothing is written",
        (
            "customers: 1 read = 1 would be created; nothing written; it would take 1 request to Upflow, "
            "less than a minute at the configured rate"
        ),
    ]


@pytest.mark.parametrize(
    ("dry_run", "ends"),
    [(False, "synced until {}"), (True, "would be synced until {}; nothing was written, and the watermark stays")],
)
def test_the_sync_logs_how_far_it_has_come(connections, context, fake_stripe, caplog, dry_run, ends):
    """A dry run says how far it would have come, because its watermark has not moved."""
    caplog.set_level(logging.INFO)
    UpflowHook().open_ledger("default").stamp_watermark(datetime.now(UTC) - timedelta(hours=1))
    run = Run(context, is_dry_run=dry_run)
    run.watermark.is_dry_run = dry_run
    run.first()
    run.last()
    end = context["ti"].pushed["report"]["end"]

    complete, started, found, ended = caplog.messages
    assert complete == "nothing is missing: connections to Upflow, Stripe, and the ledger"
    assert started.startswith("changes: reading Stripe's events; organization 'default'")
    assert found.endswith(": 0 events, 0 due again; to be read: nothing")
    assert ended == ends.format(end)


@pytest.mark.parametrize("dry_run", [True, False])
def test_counts_add_up(logged, fake_stripe, fake_upflow, dry_run):
    """Every record that was read has one outcome: drafts, broken ones, and those that are there already."""
    fake_stripe.seed(Seed(seed=7, customers=6, invoices=20))
    fake_stripe.update_invoice(next(iter(fake_stripe.store.invoices))["id"], customer=None)
    outcomes = set()
    for _ in range(2):
        for name in STREAMS:
            report, messages = logged(StripeToUpflowOperator, task_id=name, stream=name, is_dry_run=dry_run)
            counts = {each: report[each] for each in OUTCOMES if report[each]}
            outcomes |= counts.keys()
            assert report["read"] == sum(counts.values())
            assert messages[-1].startswith(f"{name}: {report['read']} read")

    assert outcomes >= {"created", "skipped", "rejected"} | (set() if dry_run else {"unchanged"})
