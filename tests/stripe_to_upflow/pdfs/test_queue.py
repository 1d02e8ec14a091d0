"""What is queued: what a window or a run of the sync is about, if Upflow lacks its PDF; a dry run only counts."""

from datetime import timedelta

import pytest

from tests.bridge import JANUARY
from upflow_provider.errors import RefusedError
from upflow_provider.ledger.pdfs import NEXT_SYNC
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.pdfs.queue import queue_changes


def test_a_dry_run_counts_what_the_run_then_uploads(bridge, pdfs):
    """Before anything is imported, by what its tasks have planned; and after it, by what Upflow has."""
    bridge.customer()
    for number in range(4):
        bridge.invoice(f"in_{number}", status=("open", "paid", "draft", "void")[number])
    bridge.stripe.update_invoice("in_3", customer=None)  # is rejected
    bridge.stripe.credits.credit("in_0", 200)
    for name in ("customers", "invoices", "credit_notes"):
        bridge.sync(name, dry_run=True)
    plan = pdfs.load("", dry_run=True)
    assert (bridge.writes(), bridge.ledger.pdfs.count_due("")) == ([], 0)
    bridge.sync_all()
    done = pdfs.load("load")
    bridge.stripe.pay_invoice("in_0")
    changed = pdfs.load("plan", dry_run=True)

    assert (plan.read, plan.created, plan.skipped) == (5, 3, 2)
    assert (done.read, done.created, done.skipped) == (5, 3, 2)
    assert plan.writes == 3
    assert (changed.updated, changed.unchanged, changed.writes) == (1, 2, 1)
    assert "nothing written; it would take 1 request to Upflow" in str(changed)


def test_a_window_is_about_its_own_documents(bridge, pdfs):
    """And only about the streams that the run loads."""
    bridge.customer()
    bridge.invoice("in_1")
    bridge.invoice("in_2", created=JANUARY + 86_400)
    bridge.stripe.credits.credit("in_1", 200)
    bridge.sync_all()
    start = bridge.now().fromtimestamp(JANUARY, tz=bridge.now().tzinfo)
    pdfs.load(window=Window(start, start + timedelta(hours=1)), streams=("invoices",))

    assert set(pdfs.uploads()) == {"in_1"}
    assert pdfs.load(streams=("credit_notes",)).created == 1


def test_a_new_invoice_has_its_pdf_in_the_same_run(bridge, clock, pdfs):
    """And so has what changed with it; what Upflow lacks, because it was rejected, is left out."""
    bridge.invoice("in_2")
    bridge.invoice("in_3", status="draft")
    bridge.invoice("in_4", None)
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    report = pdfs.follow("sync/1")

    assert (report.read, report.created, pdfs.uploads()) == (1, 1, {"in_2": 1})
    bridge.stripe.pay_invoice("in_2")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")
    assert (pdfs.follow("sync/2").updated, pdfs.uploads()) == (1, {"in_2": 2})
    assert pdfs.follow("sync/2").unchanged == 1  # a task that is cleared


def test_a_dry_run_of_the_sync_counts(bridge, clock, pdfs):
    """It reads each changed document; one that cannot be read is counted when the PDF is to be brought."""
    bridge.invoice("in_2")
    bridge.invoice("in_3")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.faults.add("status", path="/v1/invoices/in_3", status=400, body={"error": {"message": "no"}})
    report = pdfs.follow("sync/1", dry_run=True)

    assert (report.created, bridge.upflow.store.pdfs) == (1, {})


def test_open_invoices_of_before_get_theirs_within_a_day(bridge, clock, pdfs):
    """The daily list has them; what is settled gets its PDF by a backfill."""
    bridge.invoice("in_2", created=JANUARY, status="paid")
    bridge.sync_all()
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    first = set(pdfs.uploads()) if pdfs.follow("sync/1") else set()
    clock.go_on(days=1, minutes=5)
    bridge.catch_up("sync/2")
    pdfs.follow("sync/2")

    assert "in_1" not in first
    assert "in_1" in pdfs.uploads()


def test_what_was_created_in_a_gap_gets_its_pdf(bridge, clock, pdfs):
    """Events are gone, and the run lists what was created since."""
    clock.go_on(days=20)
    bridge.invoice("in_2", status="paid", created=int(clock.at.timestamp()))
    clock.go_on(days=20)
    for event in list(bridge.stripe.store.events):
        bridge.stripe.store.events.remove(event["id"], event)
    bridge.catch_up("sync/1")
    pdfs.follow("sync/1")

    assert pdfs.uploads()["in_2"] == 1


def test_a_run_whose_task_of_pdfs_never_begins_leaves_them_to_the_next(bridge, clock, pdfs):
    """They are queued before the watermark moves, and wait for the documents to be in Upflow."""
    bridge.invoice("in_2")
    bridge.invoice("in_3", status="draft")
    clock.go_on(minutes=5)
    bridge.incremental("sync/1").open_window()
    queue_changes(bridge.ledger, "sync/1")
    early = bridge.ledger.pdfs.count_due(NEXT_SYNC)
    bridge.catch_up("sync/1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")
    report = pdfs.follow("sync/2")

    assert (early, report.created, pdfs.uploads()) == (0, 1, {"in_2": 1})


def test_what_the_sync_queues_belongs_to_it(bridge, pdfs):
    """A backfill that has queued the same before leaves it to the sync, and uploads its own."""
    bridge.customer()
    bridge.invoice("in_1")
    bridge.invoice("in_2")
    bridge.sync_all()
    tick = bridge.ledger.clock.tick()
    bridge.ledger.pdfs.queue("invoices", ["in_1", "in_2"], run="load", queued_at=tick)
    bridge.ledger.pdfs.queue("invoices", ["in_1"], run=NEXT_SYNC, queued_at=tick)

    assert pdfs.upload("load").created == 1
    assert set(pdfs.uploads()) == {"in_2"}


def test_a_document_that_is_gone_is_passed_over(bridge, pdfs):
    """It is not in Stripe any more; one whose link is missing is rejected."""
    bridge.customer()
    for name in ("in_1", "in_2"):
        bridge.invoice(name)
    bridge.sync_all()
    bridge.stripe.held("invoices", "in_2")["invoice_pdf"] = None
    pdfs.bridge.stripe.faults.add("status", path="/v1/invoices/in_1", status=404)
    report = pdfs.load()

    assert (report.skipped, report.rejected, report.examples["in_2"]) == (1, 1, "in_2: invoice_pdf is missing")


def test_a_key_without_permission_stops_the_task(bridge, pdfs):
    """It is named, as by the streams."""
    bridge.stripe.forbidden = {"invoices"}
    with pytest.raises(Exception, match="403") as raised:
        pdfs.load()

    assert not isinstance(raised.value, RefusedError)
