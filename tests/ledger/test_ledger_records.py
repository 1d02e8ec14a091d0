"""The ledger's promises about records, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.ledger import Claim, Ledger, Outcome, RecordState, Settled, prepare
from upflow_provider.ledger.records import LONGEST_RETRY, retry_after

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    """Give the test a clock of its own."""
    return Clock()


@pytest.fixture
def ledger(database_url, clock):
    """Give the test an empty ledger."""
    engine = prepare(sa.create_engine(database_url))
    yield Ledger(engine, "default", clock=clock)
    engine.dispose()


def imported(external_id="in_1", read_at=NOON, content="1:abc"):
    """Return the settlement of an imported record."""
    return Settled(external_id, Outcome.IMPORTED, read_at, payload_hash=content, upflow_id=f"upflow-{external_id}")


def test_an_unknown_record_is_left_out(ledger):
    """Only what was seen before is known."""
    assert ledger.records("invoices", ["in_1"]) == {}


def test_a_settled_record_is_known_by_stream_and_organization(ledger, database_url):
    """Two streams, or two organizations, never see each other's records."""
    ledger.settle("invoices", [imported()], owner="me")

    known = ledger.records("invoices", ["in_1", "in_2"])
    assert known == {"in_1": RecordState("in_1", Outcome.IMPORTED, "1:abc", "upflow-in_1", NOON)}
    assert ledger.records("customers", ["in_1"]) == {}
    assert Ledger(ledger._engine, "acme").records("invoices", ["in_1"]) == {}


def test_more_records_than_a_batch_are_found(ledger):
    """Batches are an inner matter."""
    ledger.settle("invoices", [imported(f"in_{number}") for number in range(250)], owner="me")

    assert len(ledger.records("invoices", [f"in_{number}" for number in range(300)])) == 250


def test_a_claimed_record_is_busy_for_others(ledger):
    """Two tasks never have one record in flight at once."""
    first = ledger.claim("invoices", "in_1", read_at=NOON, owner="me")
    second = ledger.claim("invoices", "in_1", read_at=NOON + MINUTE, owner="other")

    assert (first, second) == (Claim.GRANTED, Claim.BUSY)


def test_a_retried_task_takes_over_what_its_dead_predecessor_had_in_flight(ledger):
    """The same owner need not wait for its own claim to expire."""
    ledger.claim("invoices", "in_1", read_at=NOON, owner="me")

    assert ledger.claim("invoices", "in_1", read_at=NOON + MINUTE, owner="me") is Claim.GRANTED


def test_a_claim_left_behind_by_a_dead_task_expires(ledger, clock):
    """Nobody waits for ever."""
    ledger.claim("invoices", "in_1", read_at=NOON, owner="dead")
    clock.now += 3 * MINUTE

    assert ledger.claim("invoices", "in_1", read_at=NOON, owner="me") is Claim.GRANTED


def test_an_older_read_is_stale(ledger):
    """What was read earlier never overwrites what was read later."""
    ledger.settle("invoices", [imported(read_at=NOON)], owner="other")

    assert ledger.claim("invoices", "in_1", read_at=NOON - MINUTE, owner="me") is Claim.STALE


def test_a_claim_forgets_what_upflow_holds_until_it_is_settled(ledger):
    """A task that dies after its request leaves a record that will be sent again."""
    ledger.settle("invoices", [imported()], owner="me")
    ledger.claim("invoices", "in_1", read_at=NOON + MINUTE, owner="me")

    known = ledger.records("invoices", ["in_1"])["in_1"]
    assert (known.payload_hash, known.upflow_id) == (None, "upflow-in_1")


def test_settling_releases_the_claim(ledger):
    """The next task may go on at once."""
    ledger.claim("invoices", "in_1", read_at=NOON, owner="me")
    ledger.settle("invoices", [imported()], owner="me")

    assert ledger.claim("invoices", "in_1", read_at=NOON, owner="other") is Claim.GRANTED


def test_a_lost_claim_settles_nothing_and_says_so(ledger, clock):
    """A task that was away too long does not overwrite what its successor did."""
    ledger.claim("invoices", "in_1", read_at=NOON, owner="slow")
    clock.now += 3 * MINUTE
    ledger.claim("invoices", "in_1", read_at=NOON + MINUTE, owner="quick")
    ledger.settle("invoices", [imported(read_at=NOON + MINUTE, content="1:new")], owner="quick")

    left = ledger.settle("invoices", [imported(read_at=NOON, content="1:old")], owner="slow")
    assert left == ["in_1"]
    assert ledger.records("invoices", ["in_1"])["in_1"].payload_hash == "1:new"


def test_a_rejected_record_waits_longer_each_time_and_keeps_its_upflow_id(ledger):
    """It is tried again later and later, and is still known to be in Upflow."""
    ledger.settle("invoices", [imported()], owner="me")
    for _ in range(2):
        ledger.settle(
            "invoices",
            [Settled("in_1", Outcome.REJECTED, NOON, reason="no", error="MappingError")],
            owner="me",
        )

    known = ledger.records("invoices", ["in_1"])["in_1"]
    assert (known.outcome, known.attempts, known.upflow_id) == (Outcome.REJECTED, 2, "upflow-in_1")
    assert known.payload_hash is None
    assert known.next_attempt_at == NOON + timedelta(minutes=10)


def test_success_forgets_earlier_rejections(ledger):
    """A record that succeeds starts afresh."""
    ledger.settle("invoices", [Settled("in_1", Outcome.REJECTED, NOON, reason="no")], owner="me")
    ledger.settle("invoices", [imported()], owner="me")

    known = ledger.records("invoices", ["in_1"])["in_1"]
    assert (known.attempts, known.next_attempt_at, known.reason) == (0, None, None)


def test_rejected_records_come_in_the_order_they_are_due(ledger, clock):
    """Those due by an instant can be asked for."""
    for external_id in ("in_1", "in_2"):
        ledger.settle("invoices", [Settled(external_id, Outcome.REJECTED, NOON, reason="no")], owner="me")
        clock.now += MINUTE
    ledger.settle("invoices", [imported("in_3")], owner="me")

    assert [each.external_id for each in ledger.rejected("invoices")] == ["in_1", "in_2"]
    due = ledger.rejected("invoices", due_by=NOON + timedelta(minutes=5))
    assert [each.external_id for each in due] == ["in_1"]


def test_counts_tell_how_many_records_have_each_outcome(ledger):
    """Outcomes that no record has are left out."""
    ledger.settle("invoices", [imported("in_1"), imported("in_2")], owner="me")
    ledger.settle("invoices", [Settled("in_3", Outcome.SKIPPED, NOON, reason="draft")], owner="me")

    assert ledger.counts("invoices") == {Outcome.IMPORTED: 2, Outcome.SKIPPED: 1}


def test_adopting_what_upflow_lists_never_overwrites_what_is_known(ledger):
    """A rebuild may run at any time."""
    ledger.settle("invoices", [imported("in_1")], owner="me")
    ledger.adopt("invoices", [("in_1", "other", "1:other"), ("in_2", "upflow-in_2", None)])

    known = ledger.records("invoices", ["in_1", "in_2"])
    assert known["in_1"].payload_hash == "1:abc"
    assert known["in_2"] == RecordState("in_2", Outcome.IMPORTED, None, "upflow-in_2")
    assert ledger.claim("invoices", "in_2", read_at=NOON, owner="me") is Claim.GRANTED


def test_the_watermark_is_stamped_once_and_never_moves_back(ledger):
    """Whoever comes first sets it; afterwards it only rises."""
    assert ledger.watermark() is None
    assert ledger.stamp_watermark(NOON) == NOON
    assert ledger.stamp_watermark(NOON + MINUTE) == NOON
    ledger.move_watermark(NOON + MINUTE)
    ledger.move_watermark(NOON)

    assert ledger.watermark() == NOON + MINUTE


def test_reports_are_kept_newest_first(ledger):
    """What each task did can be looked up later."""
    for number in range(3):
        ledger.save_report("invoices", task=f"task-{number}", start=NOON, end=NOON + MINUTE, counts={"created": number})

    reports = ledger.reports("invoices", limit=2)
    assert [report["task"] for report in reports] == ["task-2", "task-1"]
    assert reports[0]["counts"] == {"created": 2}
    assert reports[0]["window_start"] == NOON


def test_an_instant_without_a_time_zone_is_refused(ledger):
    """Nothing local gets into the ledger."""
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        ledger.stamp_watermark(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@given(st.integers(1, 10_000))
def test_rests_double_up_to_a_day(attempts):
    """Five minutes, ten, twenty, and never more than a day."""
    assert (
        retry_after(attempts) == min(timedelta(minutes=5) * 2 ** (attempts - 1), LONGEST_RETRY)
        if attempts < 30
        else retry_after(attempts) == LONGEST_RETRY
    )
