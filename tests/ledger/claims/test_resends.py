"""Resends: a record of which an earlier request may still arrive is sent once more, and not before it is due."""

import pytest

from tests.ledger.outcomes import LATE, READ, imported, known, settle
from upflow_provider.ledger import Outcome, Owner, RecordOutcome


def claim(ledger, *, read_at=READ, owner="backfill", may_arrive_late=False):
    """Claim a record, perhaps once more because the first request got no answer."""
    ledger.claims.take("invoices", "in_1", read_at=read_at, owner=Owner(owner, owner), may_arrive_late=may_arrive_late)


def due(ledger, clock):
    """Return the ids of the records that are due."""
    return [each.record_id for each in ledger.changes.due(["invoices"], clock.now)]


def test_a_request_without_an_answer_is_repeated_later(ledger, clock):
    """It may arrive after that of a newer read, although the second attempt succeeded."""
    claim(ledger)
    claim(ledger, may_arrive_late=True)
    settle(ledger, imported())
    at_once = known(ledger).payload_hash, due(ledger, clock)
    clock.go_on(seconds=300)

    assert at_once == (None, [])
    assert due(ledger, clock) == ["in_1"]


@pytest.mark.parametrize("outcome", [Outcome.IMPORTED, Outcome.REMOVED])
@pytest.mark.parametrize(("passed_s", "is_sent_again"), [(299, True), (300, False)])
def test_what_is_sent_before_a_resend_is_due_does_not_stand_for_it(ledger, clock, outcome, passed_s, is_sent_again):
    """The request of before may arrive after it, too."""
    claim(ledger, may_arrive_late=True)
    settle(ledger, RecordOutcome("in_1", outcome, READ))
    clock.go_on(seconds=passed_s)
    claim(ledger, read_at=LATE, owner="sync")
    settle(ledger, imported(read_at=LATE), owner="sync")
    clock.go_on(seconds=300)

    assert bool(due(ledger, clock)) is is_sent_again


def test_a_record_that_was_removed_is_imported_once(ledger, clock):
    """Nothing of before is under way."""
    claim(ledger)
    settle(ledger, RecordOutcome("in_1", Outcome.REMOVED, READ))
    claim(ledger, read_at=LATE)
    settle(ledger, imported(read_at=LATE))

    assert (known(ledger).payload_hash, known(ledger).next_attempt_at) == ("hash", None)
