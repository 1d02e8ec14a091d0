"""Looks, turns, and claims that are given back: the last look counts, and nobody waits for a dead task."""

from dataclasses import replace

import pytest

from tests.ledger.outcomes import EARLY, LATE, READ, claim, imported, known, settle
from upflow_provider.ledger import Claim, Outcome, Owner


def test_a_record_in_flight_is_due_when_its_lease_ends(ledger, clock):
    """A task that is never tried again leaves nothing behind that nobody looks at."""
    claim(ledger)
    before = ledger.changes.due(["invoices"], clock.now)
    clock.go_on(seconds=600)

    assert before == []
    assert [each.record_id for each in ledger.changes.due(["invoices"], clock.now)] == ["in_1"]


def test_a_clock_that_steps_back_does_not_prolong_a_lease(ledger, clock):
    """A claim from the future was made before the step, whoever made it."""
    claim(ledger)
    clock.go_on(hours=-1)

    assert claim(ledger, read_at=LATE, owner="sync") is Claim.GRANTED


def test_a_look_makes_older_reads_stale(ledger):
    """A read that finds nothing to do is newer than one that waits for its turn."""
    claim(ledger, read_at=EARLY)
    settle(ledger, imported(read_at=EARLY, payload_hash="a"))
    confirmed = ledger.claims.record_looks("invoices", {"in_1": "a", "in_2": "b"}, LATE)

    assert confirmed == {"in_1"}
    assert claim(ledger, read_at=READ) is Claim.STALE


@pytest.mark.parametrize(("seconds", "is_due"), [(0, True), (2 * 86_400, False)])
def test_a_look_leaves_a_record_due_that_lacks_something(ledger, clock, seconds, is_due):
    """It is tried again on its day, however often it is read before; a read after that day has seen to it."""
    claim(ledger, read_at=EARLY)
    settle(ledger, replace(imported(read_at=EARLY, payload_hash="a"), is_partial=True))
    clock.go_on(seconds=seconds)
    confirmed = ledger.claims.record_looks("invoices", {"in_1": "a"}, clock.now)

    assert confirmed == {"in_1"}
    assert (known(ledger).next_attempt_at is not None) is is_due


@pytest.mark.parametrize("state", ["claimed", "sent", "newer"])
def test_a_look_does_not_count_if_the_record_has_changed_meanwhile(ledger, state):
    """What was compared with the ledger's older state has to be compared again."""
    claim(ledger, read_at=EARLY)
    if state != "claimed":
        read_at = LATE if state == "newer" else EARLY
        claim(ledger, read_at=read_at)
        settle(ledger, imported(read_at=read_at, payload_hash="b" if state == "sent" else "a"))

    assert ledger.claims.record_looks("invoices", {"in_1": "a"}, READ) == set()


def test_a_task_that_fails_gives_its_claims_back(ledger, clock):
    """Nobody waits for the lease of a task that has ended; its records are due at once."""
    claim(ledger)
    claim(ledger, external_id="in_2", owner="sync")
    count = ledger.claims.give_back(Owner("backfill", "backfill"), may_arrive_late=False)

    assert count == 1
    assert claim(ledger, owner="other") is Claim.GRANTED
    assert claim(ledger, external_id="in_2", owner="other") is Claim.BUSY
    assert known(ledger).next_attempt_at is not None


def test_requests_for_one_customer_never_overlap(ledger, clock):
    """The turn of a customer is part of a claim; it ends with the outcome, with a failure, or with its lease."""

    def take(external_id, owner, customer="cus_1"):
        return ledger.claims.take(
            "invoices", external_id, read_at=READ, owner=Owner(owner, owner), customer=customer
        ).claim

    first = [take("in_1", "a"), take("in_2", "b"), take("in_3", "b", "cus_2")]
    untouched = known(ledger, "in_2")
    ledger.claims.record_outcomes("invoices", [imported()], owner=Owner("a", "a"), customer="cus_1")
    second = [take("in_2", "b"), take("in_1", "c")]
    ledger.claims.give_back(Owner("b", "b"), may_arrive_late=True)
    third = [take("in_1", "c"), take("in_2", "d")]
    clock.go_on(seconds=601)

    assert first == [Claim.GRANTED, Claim.BUSY, Claim.GRANTED]
    assert untouched is None
    assert second == [Claim.GRANTED, Claim.BUSY]
    assert third == [Claim.GRANTED, Claim.BUSY]
    assert take("in_2", "d") is Claim.GRANTED


def test_a_retry_takes_over_the_turn_of_its_dead_predecessor(ledger):
    """The same task on its next try does not wait for a lease, and sends once more what it had in flight."""
    for process in ("first try", "second try"):
        claimed = ledger.claims.take("invoices", "in_1", read_at=READ, owner=Owner("me", process), customer="cus_1")
    ledger.claims.record_outcomes("invoices", [imported()], owner=Owner("me", "second try"), customer="cus_1")

    assert claimed.claim is Claim.GRANTED
    assert (known(ledger).outcome, known(ledger).payload_hash) == (Outcome.IMPORTED, None)


def test_what_another_task_has_sent_is_not_sent_again(ledger):
    """Two runs that read the same change send it once."""
    claim(ledger, read_at=EARLY)
    settle(ledger, imported(read_at=EARLY, payload_hash="a"))
    answers = [
        ledger.claims.take("invoices", "in_1", read_at=READ, owner=Owner("sync", "sync"), content=content).claim
        for content in ("a", "b")
    ]

    assert answers == [Claim.SENT, Claim.GRANTED]
