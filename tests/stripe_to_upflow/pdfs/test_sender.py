"""An upload whose answer is lost, or whose task dies, is repeated only if nothing says that it arrived."""

import pytest

from tests.bridge import ALL
from upflow_provider.errors import RetriableError
from upflow_provider.ledger import Owner
from upflow_provider.ledger.pdfs import DuePdf
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.stripe_to_upflow.pdfs import sender

IN_1 = DuePdf("invoices", "in_1", "")


@pytest.fixture
def invoice(bridge, pdfs):
    """Load one invoice, whose PDF is due."""
    bridge.customer()
    bridge.invoice()
    bridge.sync_all()
    bridge.upflow.requests.clear()
    return bridge


def requests(bridge):
    """Return the methods of the requests about the invoice."""
    return [each.method for each in bridge.upflow.requests if "in_1" in each.path]


@pytest.mark.parametrize(
    ("fault", "sent", "uploads"),
    [
        pytest.param("reset_after", ["POST", "GET"], 1, id="arrived"),
        pytest.param("reset_before", ["POST", "GET", "POST"], 1, id="lost"),
    ],
)
def test_upflow_is_asked_whether_an_upload_arrived(invoice, pdfs, fault, sent, uploads):
    """The document shows whether it has a PDF: then the upload counts as done, otherwise it is sent again."""
    invoice.upflow.faults.add(fault, method="POST", path="/pdf$")
    report = pdfs.load()

    assert (requests(invoice), pdfs.uploads()["in_1"], report.created) == (sent, uploads, 1)
    assert pdfs.load("again").unchanged == 1


def test_a_pdf_that_replaces_another_is_sent_again(invoice, pdfs):
    """Nothing shows whether it has replaced the one before; it replaces what is there, and is counted once."""
    pdfs.load()
    invoice.stripe.pay_invoice("in_1")
    invoice.upflow.faults.add("reset_after", method="POST", path="/pdf$")
    report = pdfs.load("again")

    assert (report.updated, pdfs.uploads()["in_1"]) == (1, 3)


def test_an_upload_that_never_arrives_is_rejected(invoice, pdfs):
    """After some attempts, each followed by a look; the next one begins with a look, because the last may arrive."""
    invoice.upflow.faults.add("reset_before", method="POST", path="/pdf$", times=None)
    report = pdfs.load()
    invoice.upflow.faults.clear()
    before = len(requests(invoice))

    assert "4 uploads of its PDF got no answer, and none has arrived" in report.examples["in_1"]
    assert requests(invoice) == ["POST", "GET"] * 4
    assert pdfs.load("again").created == 1
    assert requests(invoice)[before:] == ["GET", "POST"]


class Killed(BaseException):
    """Stands for the sudden end of a process."""


def die(*_):
    """End the process right when it would ask Upflow whether its upload has arrived."""
    raise Killed


@pytest.mark.parametrize(
    ("fault", "is_paid", "uploads"),
    [
        pytest.param("reset_after", False, 1, id="arrived"),
        pytest.param("reset_before", False, 1, id="lost"),
        pytest.param("reset_after", True, 2, id="arrived and out of date"),
    ],
)
def test_a_task_that_died_leaves_a_note(invoice, pdfs, fault, is_paid, uploads):
    """Its retry asks Upflow first, and uploads what is not there, or has changed since; turns are free again."""
    invoice.upflow.faults.add(fault, method="POST", path="/pdf$")
    uploader = pdfs.uploader("load/pdfs")
    uploader._sender._has_pdf = die
    invoice.ledger.pdfs.queue("invoices", ["in_1"], run="load", queued_at=invoice.ledger.clock.tick())
    with pytest.raises(Killed):
        uploader.run("load", SyncReport(), Progress("pdfs", ALL))
    if is_paid:
        invoice.stripe.pay_invoice("in_1")
    invoice.ledger.turns.take("cus_1", Owner("load/pdfs"))
    report = pdfs.load()

    assert (report.created, pdfs.uploads()["in_1"]) == (1, uploads)
    assert pdfs.shown()["invoices", "in_1"].endswith(b"(paid\\)" if is_paid else b"(open\\)")
    assert invoice.ledger.pdfs.known(IN_1).sending is None
    assert invoice.ledger.turns.take("cus_1", Owner("sync"))


def test_a_status_of_upflows_is_no_doubt(invoice, pdfs):
    """An answer says that nothing was done: the request is repeated like any other."""
    invoice.upflow.faults.add("status", method="POST", path="/pdf$", status=503, times=3)

    assert (pdfs.load().created, requests(invoice)) == (1, ["POST"] * 4)


def test_a_faster_task_spares_the_upload(invoice, pdfs):
    """Another one has uploaded the same, or has read the document later; nothing is sent then."""
    download = pdfs.files.pdf

    def after_another_task(link, what):
        pdfs.files.pdf = download
        pdfs.load("fast")
        return download(link, what)

    pdfs.files.pdf = after_another_task
    report = pdfs.load()

    assert (report.unchanged, requests(invoice)) == (1, ["POST"])


def test_turns_are_given_back(invoice, pdfs):
    """Whatever ends the task: live data about the customer does not wait for a lease to end."""
    invoice.upflow.faults.add("status", method="POST", path="/pdf$", status=401)
    with pytest.raises(Exception, match="401"):
        pdfs.load()
    uploader = pdfs.uploader("mine")
    invoice.ledger.turns.take("cus_1", uploader._owner)
    uploader.stop()

    assert invoice.ledger.turns.take("cus_1", Owner("sync"))


def test_a_customer_that_stays_busy_ends_the_task(invoice, pdfs, monkeypatch):
    """Another task neither finishes nor dies: Airflow retries this one, and the PDF stays due."""
    monkeypatch.setattr(sender, "TRIES_MAX", 3)
    invoice.ledger.turns.take("cus_1", Owner("sync"))
    with pytest.raises(RetriableError, match="in_1: other tasks send requests about its customer for longer than any"):
        pdfs.load()

    assert invoice.sleeps.count(sender.BUSY_WAIT_S) == 3
    assert (requests(invoice), invoice.ledger.pdfs.count_due("load")) == ([], 1)


def test_nothing_is_sent_by_a_task_that_is_being_stopped(invoice, pdfs):
    """Neither of what it has downloaded."""
    uploader = pdfs.uploader()
    uploader._sender.is_stopped = True
    with pytest.raises(RetriableError, match="the task is being stopped"):
        uploader._sender._take_turn(IN_1, None, None)
