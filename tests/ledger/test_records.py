"""Claims and settlements: an older read never wins, whoever dies when."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from upflow_provider.ledger import Change, Claim, Ledger, Outcome, RecordOutcome, Seen
from upflow_provider.ledger.records import RETRY_DELAYS

EARLY = datetime(2026, 3, 1, 10, tzinfo=UTC)
READ = EARLY + timedelta(minutes=1)
LATE = EARLY + timedelta(minutes=2)


def imported(external_id="in_1", read_at=READ, payload_hash="hash", upflow_id="up_1"):
    """Say that a record was imported."""
    return RecordOutcome(external_id, Outcome.IMPORTED, read_at, payload_hash=payload_hash, upflow_id=upflow_id)


def rejected(external_id="in_1", read_at=READ):
    """Say that a record was rejected."""
    return RecordOutcome(external_id, Outcome.REJECTED, read_at, reason="no currency", error="MappingError")


def skipped(external_id="in_1", read_at=READ):
    """Say that a record was skipped."""
    return RecordOutcome(external_id, Outcome.SKIPPED, read_at, reason="draft")


def claim(ledger, *, read_at=READ, owner="backfill", external_id="in_1"):
    """Claim a record."""
    return ledger.claim("invoices", external_id, read_at=read_at, owner=owner)


def settle(ledger, *settled, owner="backfill"):
    """Settle records."""
    return ledger.record_outcomes("invoices", settled, owner=owner)


def known(ledger, external_id="in_1"):
    """Return what the ledger knows of a record."""
    return ledger.records("invoices", [external_id]).get(external_id)


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


def test_an_import_whose_claim_was_lost_is_not_written_down(ledger, clock):
    """Its owner was taken for dead; what the other one does now counts, and it is told so."""
    claim(ledger)
    clock.go_on(seconds=601)
    claim(ledger, read_at=LATE, owner="sync")
    left = settle(ledger, imported(payload_hash="old"))
    while_in_flight = known(ledger)
    settle(ledger, imported(read_at=LATE, payload_hash="new"), owner="sync")
    left_again = settle(ledger, imported(payload_hash="old"))

    assert left == left_again == ["in_1"]
    assert (while_in_flight.outcome, while_in_flight.payload_hash) == (Outcome.PENDING, None)
    assert (known(ledger).payload_hash, known(ledger).read_at) == ("new", LATE)


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


def test_a_rejected_record_rests_longer_each_time(ledger, clock):
    """5 minutes, doubled each time up to a day; what Upflow has under its id stays known."""
    claim(ledger)
    settle(ledger, imported())
    states = []
    for _ in range(12):
        now = clock.go_on(days=2)
        settle(ledger, rejected(read_at=now))
        states.append((known(ledger).attempts, (known(ledger).next_attempt_at - now).total_seconds() / 60))

    assert states[:4] == [(1, 5), (2, 10), (3, 20), (4, 40)]
    assert states[8:] == [(9, 1280), (10, 1440), (11, 1440), (12, 1440)]
    assert (known(ledger).upflow_id, known(ledger).reason) == ("up_1", "no currency")


def test_success_ends_the_rest_of_a_rejected_record(ledger):
    """Once imported, a record starts from zero."""
    settle(ledger, rejected())
    settle(ledger, rejected())
    claim(ledger)
    in_flight = known(ledger)
    settle(ledger, imported())

    assert (in_flight.outcome, in_flight.attempts) == (Outcome.REJECTED, 2)
    assert (known(ledger).attempts, known(ledger).next_attempt_at, known(ledger).reason) == (0, None, None)


def test_rejected_records_come_in_the_order_they_are_due(ledger, clock):
    """All of them, or no more than asked for; what is due by an instant is asked for across streams."""
    settle(ledger, rejected("in_1"), skipped("in_4"))
    settle(ledger, rejected("in_1"))
    clock.go_on(minutes=1)
    settle(ledger, rejected("in_2"))
    now = clock.go_on(minutes=1)
    settle(ledger, rejected("in_3"))

    def ids(**which):
        return [state.external_id for state in ledger.rejected("invoices", **which)]

    assert ids() == ["in_2", "in_3", "in_1"]
    assert ids(limit=2) == ["in_2", "in_3"]
    due = [Change("invoices", each) for each in ("in_2", "in_3", "in_1")]
    assert ledger.changes.due(now + timedelta(minutes=4)) == due[:1]
    assert ledger.changes.due(now) == []
    assert ledger.changes.due(None) == due


def test_counts_are_by_outcome(ledger):
    """How many records of one stream have each outcome."""
    settle(ledger, rejected("in_1"), skipped("in_2"), skipped("in_3"))
    claim(ledger, external_id="in_4")
    ledger.record_outcomes("customers", [skipped("cus_1")], owner="backfill")

    assert ledger.counts("invoices") == {Outcome.REJECTED: 1, Outcome.SKIPPED: 2, Outcome.PENDING: 1}
    assert ledger.counts("payments") == {}


def test_organizations_and_streams_are_apart(engine, ledger, clock):
    """The same external id in another organization or stream is another record."""
    other = Ledger(engine, "france", clock=clock)
    claim(ledger)

    assert claim(other, owner="sync") is Claim.GRANTED
    assert ledger.claim("customers", "in_1", read_at=READ, owner="sync") is Claim.GRANTED
    assert settle(other, imported(payload_hash="french"), owner="sync") == []
    assert known(ledger).payload_hash is None


def test_any_number_of_records_is_settled_and_found(ledger):
    """Batches are nobody else's concern; of two entries for one record the last counts."""
    ids = [f"in_{number}" for number in range(250)]
    left = settle(ledger, *map(rejected, ids), *map(skipped, ids))
    found = ledger.records("invoices", [*ids, "in_none"])

    assert left == []
    assert {state.outcome for state in found.values()} == {Outcome.SKIPPED}
    assert sorted(found) == sorted(ids)
    assert ledger.records("invoices", []) == {}
    assert settle(ledger) == []


def test_what_upflow_lists_is_adopted(ledger):
    """A lost ledger is written again: imported, by no read, so that any read of the source is newer."""
    count = ledger.adopt("invoices", (Seen(f"in_{n}", f"up_{n}", "hash" if n else None) for n in range(250)))
    first, second = known(ledger, "in_0"), known(ledger, "in_1")

    assert count == 250
    assert ledger.counts("invoices") == {Outcome.IMPORTED: 250}
    assert (first.upflow_id, first.payload_hash, first.read_at) == ("up_0", None, None)
    assert (second.upflow_id, second.payload_hash) == ("up_1", "hash")
    assert claim(ledger, read_at=datetime(2020, 1, 1, tzinfo=UTC)) is Claim.GRANTED


def test_adopting_again_tells_the_newest(ledger):
    """A second rebuild repairs the first."""
    ledger.adopt("invoices", [Seen("in_1", "up_1", "old")])
    ledger.adopt("invoices", [Seen("in_1", "up_2", "older"), Seen("in_1", "up_2", "new")])

    assert (known(ledger).upflow_id, known(ledger).payload_hash) == ("up_2", "new")


@pytest.mark.parametrize(
    "settled", [imported, skipped, rejected, None], ids=["imported", "skipped", "rejected", "unknown"]
)
def test_adopting_changes_nothing_that_was_read_from_the_source(ledger, settled):
    """A rebuild may run while tasks write: what they know is newer than the page that was listed."""
    claim(ledger)
    if settled:
        settle(ledger, settled())
    before = known(ledger)
    ledger.adopt("invoices", [Seen("in_1", "up_listed", "listed")])

    assert known(ledger) == before


def test_instants_come_back_in_utc(ledger):
    """Whatever zone an instant was given in, and only if it was given in one."""
    in_paris = datetime.fromisoformat("2026-03-01T11:01:00.000001+01:00")
    claim(ledger, read_at=in_paris)

    assert known(ledger).read_at.isoformat() == "2026-03-01T10:01:00.000001+00:00"
    with pytest.raises(sa.exc.StatementError, match="without a time zone"):
        claim(ledger, read_at=datetime(2026, 3, 2))  # noqa: DTZ001 - the point of the test


def test_rests_double_up_to_a_day():
    """The table of rests is what the documentation says."""
    minutes = [rest.total_seconds() / 60 for rest in RETRY_DELAYS]

    assert minutes == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440]


def test_looking_for_rejected_records_reads_only_those(sqlite_url):
    """The partial index serves the question: a ledger of a million records answers at once."""
    engine = sa.create_engine(sqlite_url)
    ledger = Ledger(engine, "default")
    asked = []
    sa.event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    list(ledger.rejected("invoices"))
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1]).all()
    engine.dispose()

    assert ["upflow_records_due" in step[3] for step in plan] == [True]
