"""PDFs in the ledger: which are due, in which order, and what becomes of them."""

from datetime import timedelta

import pytest

from upflow_provider.errors import MappingError
from upflow_provider.ledger import Outcome, Owner, RecordOutcome
from upflow_provider.ledger.pdfs import NEXT_SYNC, DuePdf, KnownPdf

ME = Owner("me")
IN_1 = DuePdf("invoices", "in_1", "up_in_1")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pdfs(ledger, clock):
    """Return the PDFs of a ledger whose Upflow has some documents: in_2 is open, in_9 is not there."""
    for stream, external_id, expected in (
        ("invoices", "in_1", 0),
        ("invoices", "in_2", 500),
        ("invoices", "in_3", 0),
        ("credit_notes", "cn_1", None),
    ):
        ledger.claims.take(stream, external_id, read_at=clock.now, owner=ME, content="x")
        imported = RecordOutcome(
            external_id, Outcome.IMPORTED, clock.now, "x", f"up_{external_id}", expected=expected, observed=expected
        )
        ledger.claims.record_outcomes(stream, [imported], owner=ME)
    return ledger.pdfs


def queue(ledger, *ids, run="run", stream="invoices"):
    """Queue documents."""
    ledger.pdfs.queue(stream, ids, run=run, queued_at=ledger.clock.tick())


def due(ledger, run="run", limit=10):
    """Return the external ids of what is due."""
    return [each.external_id for each in ledger.pdfs.due(run, limit)]


def test_open_invoices_come_first(ledger, pdfs):
    """Then what was queued last; a document that Upflow lacks waits until it is there."""
    queue(ledger, "in_1", "in_9")
    queue(ledger, "cn_1", stream="credit_notes")
    queue(ledger, "in_3", "in_2")

    assert due(ledger) == ["in_2", "in_3", "cn_1", "in_1"]
    assert due(ledger, limit=2) == ["in_2", "in_3"]
    assert (pdfs.count_due("run"), pdfs.count_due("another"), pdfs.count_due(NEXT_SYNC)) == (4, 0, 0)
    assert pdfs.due("run", 1) == [DuePdf("invoices", "in_2", "up_in_2")]


def test_what_was_uploaded_is_not_due_until_it_is_queued_again(ledger, pdfs):
    """By whichever run comes last: the document belongs to that one."""
    queue(ledger, "in_1")
    pdfs.begin(IN_1, "a")
    begun = pdfs.known(IN_1)
    read_at = ledger.clock.tick()
    pdfs.record(IN_1, read_at, "a")

    assert (begun.state, begun.sending) == (None, "a")
    assert pdfs.known(IN_1) == KnownPdf("a", None, read_at, 0)
    assert (due(ledger), pdfs.states("invoices", ["in_1", "in_2"])) == ([], {"in_1": "a"})
    queue(ledger, "in_1", run="another")
    queue(ledger, "in_1", run=NEXT_SYNC)
    assert (due(ledger), due(ledger, "another"), due(ledger, NEXT_SYNC)) == ([], [], ["in_1"])


def test_what_is_queued_while_it_is_uploaded_stays_due(ledger, pdfs):
    """It has changed after it was read; an older read has no say any more."""
    queue(ledger, "in_1")
    older, read_at = ledger.clock.tick(), ledger.clock.tick()
    queue(ledger, "in_1")
    pdfs.record(IN_1, read_at, "b")
    assert due(ledger) == ["in_1"]
    pdfs.pass_over(IN_1, ledger.clock.tick())
    pdfs.record(IN_1, older, "a")

    assert (due(ledger), pdfs.known(IN_1).state) == ([], "b")


def test_a_rejected_pdf_is_due_again_later(ledger, pdfs, clock):
    """After 5 minutes, 10, 20 and so on; by the sync, whoever has queued it."""
    queue(ledger, "in_1")
    waits = []
    for _ in range(12):
        pdfs.reject(IN_1, MappingError("in_1", "invoice_pdf"), may_have_arrived=False)
        before = clock.now
        while not due(ledger, NEXT_SYNC):
            clock.go_on(minutes=5)
        waits.append((clock.now - before) / MINUTE)

    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440]
    assert due(ledger) == []
    pdfs.pass_over(IN_1, ledger.clock.tick(), "void")
    assert (pdfs.known(IN_1).attempts, due(ledger, NEXT_SYNC)) == (0, [])


@pytest.mark.parametrize(("may_have_arrived", "sending"), [(True, "a"), (False, None)])
def test_a_rejection_says_whether_the_upload_may_have_arrived(ledger, pdfs, may_have_arrived, sending):
    """What was refused did not arrive; of what got no answer, nobody knows."""
    queue(ledger, "in_1")
    pdfs.begin(IN_1, "a")
    pdfs.reject(IN_1, MappingError("in_1", "x"), may_have_arrived=may_have_arrived)

    assert pdfs.known(IN_1)[:2] == (None, sending)


def test_all_rejected_pdfs_can_be_due_at_once(ledger, pdfs, clock):
    """Somebody has corrected what was wrong; a clock that steps back delays nothing."""
    queue(ledger, "in_1", "in_2")
    pdfs.reject(IN_1, MappingError("in_1", "x"), may_have_arrived=False)
    assert due(ledger, NEXT_SYNC) == []
    pdfs.retry_rejected()
    clock.go_on(days=-1)

    assert (due(ledger, NEXT_SYNC), due(ledger)) == (["in_1"], ["in_2"])


def test_turns_are_those_of_claims(ledger, clock):
    """While one process has the turn of a customer, no other gets it, nor a claim on one of its records."""
    other, read_at = Owner("other"), clock.now
    assert ledger.turns.take("cus_1", ME)
    assert ledger.turns.take("cus_1", ME)
    assert not ledger.turns.take("cus_1", other)
    taken = ledger.claims.take("invoices", "in_1", read_at=read_at, owner=other, customer="cus_1")
    assert taken.claim.name == "BUSY"
    ledger.turns.end("cus_1", other)
    assert not ledger.turns.take("cus_1", other)
    ledger.turns.end("cus_1", ME)
    assert (
        ledger.claims.take("invoices", "in_1", read_at=read_at, owner=other, customer="cus_1").claim.name == "GRANTED"
    )
    assert not ledger.turns.take("cus_1", ME)
    clock.go_on(seconds=601)
    assert ledger.turns.take("cus_1", ME)
    ledger.turns.end_earlier(ME)
    assert not ledger.turns.take("cus_1", other)
    ledger.turns.end_earlier(Owner("me"))
    assert ledger.turns.take("cus_1", other)
