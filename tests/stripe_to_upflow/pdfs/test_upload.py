"""PDFs arrive once each, after the documents that they belong to, and again only if their documents have changed."""

import pytest

from upflow_provider.errors import ReadOnlyError, RetriableError, UnservedError
from upflow_provider.ledger import Owner
from upflow_provider.ledger.pdfs import NEXT_SYNC, DuePdf, Pdfs


@pytest.fixture
def shop(bridge):
    """Load an account with every kind of document: six have a PDF."""
    bridge.customer()
    bridge.customer("cus_2")
    for status in ("open", "paid", "void", "uncollectible", "draft"):
        bridge.invoice(f"in_{status}", status=status)
    bridge.invoice("in_minus", "cus_2", total=-300)
    bridge.stripe.credits.credit("in_open", 200)
    bridge.sync_all()
    bridge.close()
    bridge.upflow.requests.clear()
    return bridge


def note_of(bridge):
    """Return the id of the only credit note."""
    [note] = bridge.stripe.store.credit_notes
    return note["id"]


def test_every_document_gets_its_pdf_once(shop, pdfs):
    """A negative invoice where it is a credit note; a draft gets none. A second run uploads nothing, nor downloads."""
    first = pdfs.load()
    served = dict(shop.stripe.pdf_host.served)
    second = pdfs.load("again")
    found = pdfs.shown()

    assert {external_id for collection, external_id in found if collection == "invoices"} == {
        "in_open",
        "in_paid",
        "in_void",
        "in_uncollectible",
    }
    assert {external_id for collection, external_id in found if collection == "credit_notes"} == {
        "in_minus",
        note_of(shop),
    }
    assert found["invoices", "in_paid"].endswith(b"\\(paid\\)")
    assert (first.read, first.created, first.skipped, first.rejected) == (7, 6, 1, 0)
    assert (second.read, second.unchanged, second.skipped, second.writes) == (7, 6, 1, 0)
    assert served == shop.stripe.pdf_host.served == dict.fromkeys(served, 1)
    assert set(pdfs.uploads().values()) == {1}
    assert shop.upflow.requests.peak_concurrency_per_customer() == dict.fromkeys(["cus_1", "cus_2"], 1)


def test_only_open_invoices_are_brought_if_that_is_wanted(shop, pdfs):
    """All others are skipped; what is wanted later is brought then."""
    pdfs.wanted = "open"
    report = pdfs.load()

    assert (pdfs.uploads(), report.created, report.skipped) == ({"in_open": 1}, 1, 6)
    pdfs.wanted = "all"
    assert (pdfs.load("all").created, set(pdfs.uploads().values())) == (5, {1})


def test_open_invoices_come_first(shop, pdfs):
    """A customer who is asked to pay wants to see what for."""
    pdfs.options = {"threads": 1}
    pdfs.load()
    [first, *_] = shop.upflow.requests.matching("POST", "/pdf$")

    assert first.path == "/v1/invoices/external:in_open/pdf"


@pytest.mark.parametrize(
    ("change", "uploads"),
    [
        pytest.param(lambda stripe: stripe.pay_invoice("in_open", 100), 1, id="paid in part"),
        pytest.param(
            lambda stripe: stripe.update_invoice("in_open", description="x", metadata={"a": "b"}), 1, id="text"
        ),
        pytest.param(lambda stripe: stripe.pay_invoice("in_open"), 2, id="paid"),
        pytest.param(lambda stripe: stripe.update_invoice("in_open", number="F-9"), 2, id="number"),
        pytest.param(lambda stripe: stripe.update_invoice("in_open", effective_at=1_700_000_000), 2, id="date"),
    ],
)
def test_a_pdf_is_replaced_if_what_it_shows_has_changed(shop, pdfs, change, uploads):
    """Number, effective date, total or status; its bytes differ in any case, and are not compared."""
    pdfs.load()
    change(shop.stripe)
    report = pdfs.load("again")

    assert pdfs.uploads()["in_open"] == uploads
    assert (report.updated, report.unchanged) == (uploads - 1, 6 - (uploads - 1))


def test_a_document_that_was_deleted_and_imported_again_gets_its_pdf_again(shop, pdfs):
    """The PDF went with it, which Upflow's new id shows."""
    pdfs.load()
    record = shop.upflow.store.by_external_id("invoices", "in_paid")
    shop.upflow.store.remove("invoices", record)
    shop.ledger.inventory.forget("invoices", ["in_paid"])
    assert pdfs.load("too early").skipped == 2
    shop.sync("invoices")

    assert (pdfs.load("again").updated, pdfs.uploads()["in_paid"]) == (1, 2)
    assert ("invoices", "in_paid") in pdfs.shown()


def test_a_pdf_that_cannot_be_had_is_rejected_and_no_other(shop, pdfs):
    """It is kept with its reason, tried again by the sync when it is due, and counted each time."""
    host = shop.stripe.faults
    host.add("status", path="^/pdf/", status=200, body="<html>expired")
    report = pdfs.load()
    [(external_id, reason)] = report.examples.items()
    due = DuePdf("credit_notes" if external_id.startswith("cn") else "invoices", external_id, "")

    assert (report.created, report.rejected, len(pdfs.shown())) == (5, 1, 5)
    assert "something else than a PDF" in reason
    assert shop.ledger.pdfs.known(due).attempts == 1
    assert pdfs.upload(NEXT_SYNC).read == 0
    shop.ledger.pdfs.retry_rejected()
    assert (pdfs.upload(NEXT_SYNC).created, len(pdfs.shown())) == (1, 6)
    assert shop.ledger.counts("invoices").keys().isdisjoint({"rejected"})


@pytest.mark.parametrize("where", ["stripe", "upflow"])
def test_an_outage_stops_the_task_and_a_retry_goes_on(bridge, pdfs, where):
    """Three failures in a row are the vendor's, if they concern three customers; one or two are those of a document."""
    for number in range(6):
        bridge.customer(f"cus_{number}")
        bridge.invoice(f"in_{number}", f"cus_{number}")
    bridge.sync_all()
    fake = getattr(bridge, where)
    pdfs.options = {"threads": 1}
    fault = fake.faults.add("status", path="pdf", status=503, times=None, after=2)
    with pytest.raises(UnservedError, match="503"):
        pdfs.load()
    before = len(pdfs.shown())
    assert before in {1, 2}
    fake.faults.clear()
    report = pdfs.load()  # the retry of the task lists the window again

    assert fault.fired >= 18
    assert (report.created, len(pdfs.shown()), set(pdfs.uploads().values())) == (6 - before, 6, {1})


def test_upflow_refuses_one_pdf(shop, pdfs):
    """Such as one that is too large for it: it is rejected, with Upflow's words."""
    shop.upflow.faults.add("status", path="in_void/pdf", status=413)
    report = pdfs.load()

    assert (report.created, report.rejected) == (5, 1)
    assert "POST /invoices/external:in_void/pdf: 413" in report.examples["in_void"]
    assert shop.ledger.pdfs.known(DuePdf("invoices", "in_void", "")).sending is None


def test_a_client_that_only_reads_uploads_nothing(shop, pdfs):
    """Whatever the queue says."""
    with pytest.raises(ReadOnlyError, match="nothing is written in test mode"):
        pdfs.load(read_only=True)

    assert pdfs.shown() == {}


def test_a_busy_customer_is_waited_for(shop, pdfs):
    """The sync writes about cus_1 meanwhile: its PDFs wait for the end of its turn, the others do not."""
    other = Owner("sync")
    shop.ledger.turns.take("cus_1", other)

    def end_turn(seconds):
        assert ("credit_notes", "in_minus") in pdfs.shown()
        shop.sleeps.append(seconds)
        shop.ledger.turns.end("cus_1", other)

    pdfs.options = {"threads": 2, "sleep": end_turn}
    shop.ledger.pdfs.queue("invoices", ["in_minus"], run="one", queued_at=shop.ledger.clock.tick())
    pdfs.upload("one")

    assert pdfs.load().created == 5
    assert 2.0 in shop.sleeps


def test_a_time_limit_leaves_the_rest_to_the_next_run(shop, pdfs):
    """What is left is counted, and is due for any run of the sync."""
    clock = iter([0.0, *range(0, 100, 3)])
    pdfs.options = {"threads": 1, "time_limit_s": 8.0, "clock": lambda: float(next(clock))}
    shop.ledger.pdfs.queue(
        "invoices", ["in_open", "in_paid", "in_void"], run=NEXT_SYNC, queued_at=shop.ledger.clock.tick()
    )
    report = pdfs.upload(NEXT_SYNC)
    pdfs.options = {}

    assert (report.created, report.waiting, report.read) == (2, 1, 3)
    assert "1 waiting" in str(report)
    assert pdfs.upload(NEXT_SYNC).created == 1


def test_a_document_that_stays_due_ends_the_upload(shop, pdfs, monkeypatch):
    """Whatever queues it again and again, or keeps it from being recorded; each is tried a few times at most."""
    pdfs.load()
    monkeypatch.setattr(Pdfs, "_done", lambda *_, **__: None)
    shop.ledger.pdfs.queue("invoices", ["in_open"], run="again", queued_at=shop.ledger.clock.tick())
    shop.stripe.requests.clear()
    with pytest.raises(RetriableError, match=r"^PDF of in_open: it was handled 10 times and is still due"):
        pdfs.upload("again")
    assert len(shop.stripe.requests) < 50
