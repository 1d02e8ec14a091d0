"""Claims and settlements: an older read never wins, whoever dies when."""

from datetime import timedelta

import pytest

from tests.ledger.outcomes import EARLY, LATE, READ, claim, imported, known, rejected, settle, skipped
from upflow_provider.ledger import Claim, Ledger, Outcome, Owner, RecordOutcome


def test_a_claimed_record_is_pending_and_its_content_unknown(ledger):
    """A task that dies after its request leaves a record that will be sent again."""
    first = claim(ledger)
    before = known(ledger)
    settle(ledger, imported())
    again = claim(ledger, read_at=LATE)

    assert (first, again) == (Claim.GRANTED, Claim.GRANTED)
    assert (before.outcome, before.payload_hash, before.upflow_id) == (Outcome.PENDING, None, None)
    assert (known(ledger).payload_hash, known(ledger).upflow_id) == (None, "up_1")
    assert known(ledger).read_at == LATE


def test_an_import_is_written_down_whole(ledger):
    """Everything that was settled comes back."""
    claim(ledger)
    left = settle(ledger, RecordOutcome("in_1", Outcome.IMPORTED, READ, "hash", "up_1", reason="no due date"))
    state = known(ledger)

    assert left == []
    assert (state.external_id, state.outcome, state.payload_hash) == ("in_1", Outcome.IMPORTED, "hash")
    assert (state.upflow_id, state.read_at, state.reason) == ("up_1", READ, "no due date")
    assert (state.attempts, state.next_attempt_at) == (0, None)


@pytest.mark.parametrize(
    ("read_at", "owner", "passed", "answer"),
    [
        pytest.param(LATE, "sync", {}, Claim.BUSY, id="another owner, newer read"),
        pytest.param(READ, "sync", {"seconds": 600}, Claim.BUSY, id="another owner, lease just not over"),
        pytest.param(READ, "sync", {"seconds": 601}, Claim.GRANTED, id="another owner, lease over"),
        pytest.param(EARLY, "sync", {}, Claim.STALE, id="another owner, older read"),
        pytest.param(EARLY, "sync", {"days": 1}, Claim.STALE, id="lease over, but an older read"),
        pytest.param(READ, "backfill", {}, Claim.GRANTED, id="a retry of the same owner"),
        pytest.param(EARLY, "backfill", {}, Claim.STALE, id="same owner, older read"),
    ],
)
def test_a_record_in_flight_is_given_to_nobody_else(ledger, clock, read_at, owner, passed, answer):
    """One owner at a time, until its lease is over; an older read never."""
    claim(ledger)
    clock.go_on(**passed)

    assert claim(ledger, read_at=read_at, owner=owner) is answer


@pytest.mark.parametrize(
    ("read_at", "answer"),
    [(EARLY, Claim.STALE), (READ, Claim.GRANTED), (LATE, Claim.GRANTED)],
    ids=["older", "same", "newer"],
)
def test_after_it_is_settled_a_record_is_free_for_newer_reads(ledger, read_at, answer):
    """What was sent is only followed by what was read at the same time or later."""
    claim(ledger)
    settle(ledger, imported())

    assert claim(ledger, read_at=read_at, owner="sync") is answer


def test_a_refused_claim_changes_nothing(ledger):
    """The state of the one who has the record stays as it is."""
    claim(ledger)
    claim(ledger, read_at=LATE, owner="sync")

    assert known(ledger).read_at == READ
    assert settle(ledger, imported()) == []


def test_a_request_that_was_overtaken_is_repeated(ledger, clock):
    """Its owner was taken for dead, and its request may be the last to arrive: the record is sent once more."""
    claim(ledger)
    clock.go_on(seconds=601)
    claim(ledger, read_at=LATE, owner="sync")
    left = settle(ledger, imported(payload_hash="old"))
    while_in_flight = known(ledger)
    settle(ledger, imported(read_at=LATE, payload_hash="new"), owner="sync")
    after_both = known(ledger)
    clock.go_on(seconds=300)
    due = ledger.changes.due(["invoices"], clock.now)
    claim(ledger, read_at=clock.now, owner="next")
    settle(ledger, imported(read_at=clock.now, payload_hash="new"), owner="next")

    assert left == ["in_1"]
    assert (while_in_flight.outcome, while_in_flight.payload_hash) == (Outcome.PENDING, None)
    assert (after_both.outcome, after_both.payload_hash, after_both.read_at) == (Outcome.IMPORTED, None, LATE)
    assert [each.record_id for each in due] == ["in_1"]
    assert (known(ledger).payload_hash, known(ledger).next_attempt_at) == ("new", None)


def test_what_arrives_after_the_outcome_of_its_successor_is_repeated_at_once(ledger, clock):
    """A task that wakes up finds its record settled by another: nobody knows which request came last."""
    claim(ledger)
    clock.go_on(seconds=601)
    claim(ledger, read_at=LATE, owner="sync")
    settle(ledger, imported(read_at=LATE, payload_hash="new"), owner="sync")
    clock.go_on(seconds=400)
    left = settle(ledger, imported(payload_hash="old", upflow_id="up_2"))

    assert left == ["in_1"]
    assert (known(ledger).payload_hash, known(ledger).next_attempt_at) == (None, clock.now)
    assert known(ledger).read_at == LATE


def test_an_import_that_took_longer_than_the_lease_counts_if_nobody_wanted_the_record(ledger, clock):
    """A claim ends when somebody else takes it, not by the clock alone."""
    claim(ledger)
    clock.go_on(hours=2)

    assert settle(ledger, imported()) == []
    assert known(ledger).outcome is Outcome.IMPORTED


def test_only_the_records_left_are_named(ledger, clock):
    """One lost claim does not keep the rest of a batch from being settled."""
    for external_id in ("in_1", "in_2", "in_3"):
        claim(ledger, external_id=external_id)
    clock.go_on(seconds=601)
    claim(ledger, external_id="in_2", owner="sync")
    left = settle(ledger, imported("in_1"), imported("in_2"), imported("in_3"))

    assert left == ["in_2"]
    assert [known(ledger, each).outcome for each in ("in_1", "in_2", "in_3")] == [
        Outcome.IMPORTED,
        Outcome.PENDING,
        Outcome.IMPORTED,
    ]


@pytest.mark.parametrize("settled", [skipped, rejected], ids=["skipped", "rejected"])
@pytest.mark.parametrize(
    ("read_at", "left"), [(EARLY, ["in_1"]), (READ, []), (LATE, [])], ids=["older", "same", "newer"]
)
def test_what_was_never_claimed_does_not_overwrite_a_newer_read(ledger, settled, read_at, left):
    """A mapping that skips or rejects an old version says nothing about the new one."""
    claim(ledger, owner="sync")
    settle(ledger, imported(), owner="sync")
    was_left = settle(ledger, settled(read_at=read_at))

    assert was_left == left
    assert (known(ledger).outcome is Outcome.IMPORTED) == bool(left)
    assert known(ledger).upflow_id == "up_1"


@pytest.mark.parametrize("settled", [skipped, rejected], ids=["skipped", "rejected"])
def test_a_rejection_does_not_end_the_claim_of_another_owner(ledger, settled):
    """Its request is still under way: nobody else may send, and its older import does not count."""
    claim(ledger, owner="sync")
    written = settle(ledger, settled(read_at=LATE))
    busy = claim(ledger, read_at=LATE + timedelta(seconds=1))
    left = settle(ledger, imported(), owner="sync")
    free = claim(ledger, read_at=LATE + timedelta(seconds=1))

    assert (written, busy) == ([], Claim.BUSY)
    assert (left, free) == (["in_1"], Claim.GRANTED)
    assert known(ledger).outcome is settled().outcome


def test_a_retry_that_rejects_ends_the_claim_of_its_dead_predecessor(ledger):
    """The same task on its next try owns what it had in flight."""
    claim(ledger)
    settle(ledger, rejected(read_at=LATE))

    assert claim(ledger, read_at=LATE, owner="sync") is Claim.GRANTED


def test_organizations_and_streams_are_apart(engine, ledger, clock):
    """The same external id in another organization or stream is another record."""
    other = Ledger(engine, "france", now=clock)
    claim(ledger)

    assert claim(other, owner="sync") is Claim.GRANTED
    assert ledger.claims.take("customers", "in_1", read_at=READ, owner=Owner("sync", "sync")).claim is Claim.GRANTED
    assert settle(other, imported(payload_hash="french"), owner="sync") == []
    assert known(ledger).payload_hash is None
