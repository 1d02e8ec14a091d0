"""When something goes wrong: one record, the network, another task, the whole sync."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.errors import AuthenticationError, RetriableError
from upflow_provider.ledger import Claim, Outcome, Owner
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.testing.seed.seed import Seed

SEED = Seed(seed=5, customers=30, invoices=80)
LONG = Seed(seed=5, customers=30, invoices=230)
"""Three pages of invoices."""


def test_one_bad_record_does_not_stop_the_others(bridge, caplog):
    """It is rejected with its reason, logged by id, and everything else arrives."""
    for number in range(3):
        bridge.customer(f"cus_{number}")
    bridge.invoice("in_bad", customer="cus_0")
    bridge.invoice("in_good", customer="cus_1")
    bridge.stripe.update_invoice("in_bad", customer=None)
    with caplog.at_level(logging.WARNING):
        report = bridge.sync("invoices")

    assert (report.created, report.rejected) == (1, 1)
    assert "in_bad: customer is missing" in report.examples["in_bad"]
    assert "in_bad: customer is missing" in caplog.text
    known = bridge.ledger.records("invoices", ["in_bad"])["in_bad"]
    assert (known.outcome, known.attempts) == (Outcome.REJECTED, 1)
    assert known.next_attempt_at > datetime.now(UTC)


def test_a_record_that_upflow_refuses_is_kept_without_personal_data(bridge, caplog):
    """Reason, method and path are there; what the customer is called is not."""
    bridge.customer(name="Confidential Ltd")
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=422)
    with caplog.at_level(logging.DEBUG):
        report = bridge.sync("customers")

    assert report.rejected == 1
    assert "POST /customers: 422" in report.examples["cus_1"]
    assert "rejected cus_1: POST /customers: 422" in caplog.text
    assert "Confidential" not in caplog.text + str(report.as_dict())


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_during", "truncated", "status"])
def test_what_passes_is_tried_again_and_nothing_arrives_twice(bridge, kind):
    """Resets before and after the commit, half answers, 503: the store ends as if nothing had been."""
    for number in range(12):
        bridge.customer(f"cus_{number}")
    bridge.upflow.faults.add(kind, method="POST", times=5, after=2)
    report = bridge.sync("customers")

    assert (report.created, report.rejected) == (12, 0)
    assert len(bridge.upflow.store.customers) == 12
    assert len(bridge.writes()) == 17
    assert len(bridge.sleeps) == 5


def test_lost_credentials_stop_the_sync_at_once(bridge):
    """401 is nobody's record: it is raised, and what was settled stays settled."""
    bridge.stripe.seed(SEED)
    bridge.sync("customers")
    bridge.upflow.faults.add("status", method="POST", path="invoices$", status=401, times=None, after=50)
    with pytest.raises(AuthenticationError, match="API secret"):
        bridge.sync("invoices")

    done = bridge.ledger.counts("invoices")[Outcome.IMPORTED]
    assert 40 <= done <= 50
    assert Outcome.REJECTED not in bridge.ledger.counts("invoices")


def test_a_stopped_sync_goes_on_after_the_last_page_that_was_done(bridge):
    """The cursor and the counts of the first try lead to the same end as one undisturbed run."""
    bridge.stripe.seed(LONG)
    kept = []
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=500, times=None, after=0)
    with pytest.raises(RetriableError):
        bridge.sync("invoices", checkpoint=lambda cursor, report: kept.append((cursor, report.as_dict())))
    bridge.upflow.faults.clear()
    bridge.sync("customers")
    bridge.upflow.faults.add("status", method="POST", path="invoices$", status=500, times=None, after=150)
    bridge.threads = 1
    with pytest.raises(RetriableError):
        bridge.sync("invoices", checkpoint=lambda cursor, report: kept.append((cursor, report.as_dict())))
    bridge.upflow.faults.clear()
    cursor, counts = kept[-1]
    bridge.stripe.requests.clear()
    report = bridge.sync("invoices", cursor=cursor, report=SyncReport.from_dict(counts))

    assert report.read == report.handled == LONG.invoices
    assert sum(each.path == "/v1/invoices" for each in bridge.stripe.requests) == 2
    finalized = sum(each["status"] != "draft" for each in bridge.stripe.store.invoices)
    assert len(bridge.upflow.store.invoices) == finalized


def test_an_older_read_never_overwrites_a_newer_one(bridge):
    """A backfill that read a record before a sync did leaves what the sync wrote."""
    bridge.customer(name="Old")
    window_pages = list(
        bridge.source().pages(
            "customers",
            start=datetime(2020, 1, 1, tzinfo=UTC),
            end=datetime(2030, 1, 1, tzinfo=UTC),
            expand=("tax_ids",),
        )
    )
    bridge.stripe.update_customer("cus_1", name="New")
    bridge.sync("customers", owner="incremental")
    report = bridge.sync("customers", owner="backfill", pages=window_pages)

    assert report.unchanged == 1
    assert bridge.imported("customers", "cus_1")["name"] == "New"


def test_a_record_that_another_task_has_in_flight_is_waited_for(bridge):
    """It comes last, once the other task is done or its claim has expired."""
    for number in range(3):
        bridge.customer(f"cus_{number}")
    early = datetime(2026, 1, 1, tzinfo=UTC)
    assert (
        bridge.ledger.claims.take("customers", "cus_1", read_at=early, owner=Owner("other", "other")).claim
        is Claim.GRANTED
    )
    start = datetime.now(UTC)
    moved = []

    def sleep(seconds):
        moved.append(seconds)
        bridge.now = lambda: start + timedelta(seconds=60 * len(moved))

    bridge.sleeps = type("Sleeps", (), {"append": staticmethod(sleep)})()
    report = bridge.sync("customers", checkpoint=lambda *_: moved.append("checkpoint"))

    assert report.created == 3
    assert len([each for each in moved if each != "checkpoint"]) >= 2
    assert "checkpoint" not in moved


def test_a_dry_run_writes_nothing_anywhere_and_says_what_would_be_done(bridge):
    """No write to Upflow, no record in the ledger; counts of what a load would do."""
    bridge.stripe.seed(SEED)
    plan = bridge.sync("invoices", dry_run=True)

    assert len(bridge.upflow.requests) == 0
    assert bridge.ledger.counts("invoices") == {}
    real = bridge.sync("invoices")
    assert plan.dry_run
    assert (plan.created, plan.skipped, plan.on_demand, plan.balancing) == (
        real.created,
        real.skipped,
        real.on_demand,
        real.balancing,
    )
    again = bridge.sync("invoices", dry_run=True)
    assert (again.created, again.updated, again.writes) == (0, 0, 0)
