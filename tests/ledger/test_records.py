"""What the ledger knows of records: rejected ones, counts, pages, and what a rebuild adopts."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.ledger.outcomes import claim, imported, known, rejected, settle, skipped
from upflow_provider.ledger import Change, Claim, Ledger, ListedRecord, Outcome, Owner
from upflow_provider.ledger.records import RETRY_DELAYS


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


def test_the_streams_that_have_records_are_known(ledger, engine, clock):
    """Each once, in the order of their names; not those of another organization."""
    for stream in ("invoices", "erp:invoices", "customers"):
        ledger.inventory.adopt(stream, [ListedRecord("1", "up_1"), ListedRecord("2", "up_2")])
    Ledger(engine, "other", now=clock).inventory.adopt("refunds", [ListedRecord("1", "up_1")])

    assert sorted(ledger.streams()) == ["customers", "erp:invoices", "invoices"]
    assert Ledger(engine, "empty", now=clock).streams() == []


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
    assert ledger.changes.due(["invoices"], now + timedelta(minutes=4)) == due[:1]
    assert ledger.changes.due(["invoices"], now) == []
    assert ledger.changes.due(["invoices"], None) == due


def test_counts_are_by_outcome(ledger):
    """How many records of one stream have each outcome."""
    settle(ledger, rejected("in_1"), skipped("in_2"), skipped("in_3"))
    claim(ledger, external_id="in_4")
    ledger.claims.record_outcomes("customers", [skipped("cus_1")], owner=Owner("backfill", "backfill"))

    assert ledger.counts("invoices") == {Outcome.REJECTED: 1, Outcome.SKIPPED: 2, Outcome.PENDING: 1}
    assert ledger.counts("payments") == {}


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
    count = ledger.inventory.adopt(
        "invoices", (ListedRecord(f"in_{n}", f"up_{n}", "hash" if n else None) for n in range(250))
    )
    first, second = known(ledger, "in_0"), known(ledger, "in_1")

    assert count == 250
    assert ledger.counts("invoices") == {Outcome.IMPORTED: 250}
    assert (first.upflow_id, first.payload_hash, first.read_at) == ("up_0", None, None)
    assert (second.upflow_id, second.payload_hash) == ("up_1", "hash")
    assert claim(ledger, read_at=datetime(2020, 1, 1, tzinfo=UTC)) is Claim.GRANTED


def test_adopting_again_tells_the_newest(ledger):
    """A second rebuild repairs the first."""
    ledger.inventory.adopt("invoices", [ListedRecord("in_1", "up_1", "old")])
    ledger.inventory.adopt("invoices", [ListedRecord("in_1", "up_2", "older"), ListedRecord("in_1", "up_2", "new")])

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
    ledger.inventory.adopt("invoices", [ListedRecord("in_1", "up_listed", "listed")])

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
