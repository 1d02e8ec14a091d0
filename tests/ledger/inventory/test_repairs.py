"""What lists of Upflow change in the ledger, and what they must not change."""

from datetime import timedelta

import pytest

from tests.ledger.outcomes import EARLY, LATE, READ, claim, imported, known, settle, skipped
from upflow_provider.ledger import Ledger, ListedRecord, Outcome, Repair, RunWindow


def repair(ledger, clock, *repairs, listed_at=None):
    """Repair invoices after a list that began now."""
    return ledger.inventory.repair("invoices", repairs, listed_at=listed_at or clock.go_on(minutes=1))


@pytest.fixture
def imported_invoice(ledger, clock):
    """Import in_1, which has a balancing document."""
    claim(ledger)
    outcome = imported()
    settle(ledger, outcome)
    clock.go_on(minutes=1)
    return outcome


def test_a_repair_makes_a_record_due(ledger, clock, imported_invoice):
    """What Upflow has of it is not known any more, except its ids and amounts; the next sync reads it."""
    content = {"payments/in_1:oob"}
    assert repair(ledger, clock, Repair("in_1", "up_2", content, 7, ["in_1"])) == {"in_1"}

    state = known(ledger)
    assert (state.outcome, state.upflow_id, state.payload_hash) == (Outcome.PENDING, "up_2", None)
    assert (state.balancing, state.observed, state.linked_invoices) == ({"payments/in_1:oob": None}, 7, ["in_1"])
    assert (state.next_attempt_at, state.read_at) == (clock(), READ)
    assert [each.record_id for each in ledger.changes.due(["invoices"], clock())] == ["in_1"]


def test_a_repair_adds_what_the_ledger_does_not_know(ledger, clock):
    """Such as the record of a balancing document that was left behind."""
    assert repair(ledger, clock, Repair("in_9", None, ["payments/in_9:oob"])) == {"in_9"}
    assert (known(ledger, "in_9").outcome, known(ledger, "in_9").is_imported) == (Outcome.PENDING, False)


def test_an_older_read_stays_older_after_a_repair(ledger, clock, imported_invoice):
    """A repair changes nothing about which read counts."""
    repair(ledger, clock, Repair("in_1", "up_1"))
    assert claim(ledger, read_at=EARLY).name == "STALE"
    assert claim(ledger, read_at=LATE).name == "GRANTED"


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=1)])
def test_a_later_outcome_is_not_repaired(ledger, clock, imported_invoice, after):
    """It was recorded when or after the list began."""
    listed_at = clock()
    clock.go_on(seconds=after.total_seconds())
    claim(ledger, read_at=LATE)
    settle(ledger, imported(read_at=LATE, payload_hash="new"))
    assert repair(ledger, clock, Repair("in_1", None), listed_at=listed_at) == set()
    assert list(ledger.inventory.imported("invoices", listed_at=listed_at)) == []
    ledger.inventory.observe("invoices", {"in_1": 5}, listed_at=listed_at)
    assert (known(ledger).payload_hash, known(ledger).observed) == ("new", None)


def test_a_record_in_flight_is_not_repaired_until_its_lease_ends(ledger, clock, imported_invoice):
    """Its task records what Upflow has; if the task died, the lease ends."""
    claim(ledger, read_at=LATE, owner="other")
    assert repair(ledger, clock, Repair("in_1", None)) == set()
    assert ledger.inventory.forget("invoices", ["in_1"]) == set()
    clock.go_on(minutes=11)
    assert repair(ledger, clock, Repair("in_1", None)) == {"in_1"}


def test_forgetting_keeps_what_may_be_left_behind(ledger, clock):
    """Balancing documents of a record that is gone may still be there."""
    ledger.inventory.adopt("invoices", [ListedRecord("in_1", "up_1", balancing={"payments/in_1:oob": None})])
    clock.go_on(minutes=1)
    assert ledger.inventory.forget("invoices", ["in_1", "in_2"]) == {"in_1"}
    assert (known(ledger).upflow_id, known(ledger).balancing) == (None, {"payments/in_1:oob": None})


def test_what_was_skipped_is_not_said_to_be_in_upflow(ledger, clock, imported_invoice):
    """Only records with an id of Upflow's must be in its lists."""
    settle(ledger, skipped("in_2"), imported("in_3", upflow_id=None))
    clock.go_on(minutes=1)
    assert ledger.inventory.count_imported() == 1
    assert [each for each, _ in ledger.inventory.imported("invoices", listed_at=clock())] == ["in_1"]


def test_all_imported_records_are_read_page_by_page(ledger, clock):
    """In any number, and in the database's order."""
    ids = [f"in_{name}{number}" for number in range(700) for name in ("a", "B")]
    ledger.inventory.adopt("invoices", (ListedRecord(each, f"up_{each}") for each in ids))
    clock.go_on(minutes=1)
    found = [each for each, _ in ledger.inventory.imported("invoices", listed_at=clock())]
    assert (len(found), set(found)) == (1400, set(ids))


def test_many_records_are_repaired_in_batches(ledger, clock):
    """However many they are."""
    ids = {f"in_{number}" for number in range(250)}
    assert repair(ledger, clock, *(Repair(each, None) for each in ids)) == ids
    assert len(ledger.changes.due(["invoices"], clock())) == 250


def test_an_observed_amount_is_left_to_the_next_check(ledger, clock, engine, imported_invoice):
    """Any run that checks invoices is responsible for it."""
    ledger.inventory.observe("invoices", {"in_1": 5, "in_unknown": 5}, listed_at=clock())
    assert known(ledger).observed == 5
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT organization, run, external_id FROM upflow_checks").all()
    assert [tuple(each) for each in found] == [("default", "", "in_1")]


def test_the_ledger_of_another_organization_is_another_one(ledger, engine, clock, imported_invoice):
    """Nothing of it is seen, repaired or moved."""
    other = Ledger(engine, "other", now=clock)
    assert other.inventory.is_ledger_empty()
    assert not ledger.inventory.is_ledger_empty()
    assert other.inventory.count_imported() == 0
    assert other.inventory.forget("invoices", ["in_1"]) == set()
    other.inventory.rewind_watermark(EARLY)
    assert ledger.watermark() is None


def test_the_watermark_is_set_back_but_never_forward(ledger):
    """An instant that is earlier already stays."""
    for instant, expected in ((READ, READ), (LATE, READ), (EARLY, EARLY)):
        ledger.inventory.rewind_watermark(instant)
        assert ledger.watermark() == expected


def test_a_run_moves_the_watermark_only_over_its_window(ledger, clock):
    """If the watermark was set back before its window, the time in between is still to be done."""
    ledger.stamp_watermark(READ)
    ledger.changes.open_window("run", RunWindow(READ - timedelta(seconds=30), LATE, READ))
    ledger.inventory.rewind_watermark(EARLY)
    ledger.changes.finish("run", LATE)
    assert ledger.watermark() == EARLY
    ledger.changes.open_window("next", RunWindow(EARLY, LATE, LATE))
    ledger.changes.finish("next", LATE)
    assert ledger.watermark() == LATE
