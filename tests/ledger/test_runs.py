"""What runs of the incremental sync have taken on, on both databases."""

from datetime import UTC, datetime, timedelta

from upflow_provider.ledger import Change, Ledger, Outcome, Owner, RecordOutcome, RunWindow
from upflow_provider.ledger.runs.changes import WINDOW_RETENTION

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def take(ledger, run="run", start=NOON - HOUR, end=NOON, **options):
    """Take a window."""
    return ledger.changes.open_window(run, RunWindow(start, end, end, **options))


def test_a_window_is_taken_once(ledger):
    """Whatever a later try would have taken."""
    first = take(ledger)
    second = take(ledger, end=NOON + HOUR)

    assert second == first == ledger.changes.window_of("run")
    assert ledger.changes.window_of("other") is None


def test_changes_are_kept_once_each_and_read_newest_first(ledger):
    """Those of unknown age last; any number of them."""
    found = [Change("invoices", f"in_{number:03}", NOON + timedelta(seconds=number)) for number in range(250)]
    ledger.changes.add("run", [*found, Change("invoices", "in_old"), *found, Change("customers", "cus_1")])
    ledger.changes.add("run", found[:10])

    assert ledger.changes.stream_changes("run", "invoices") == [*found[::-1], Change("invoices", "in_old")]
    assert ledger.changes.counts("run") == {"invoices": 251, "customers": 1}
    assert ledger.changes.counts("other") == {}


def test_what_is_done_is_left_out_by_a_retry_and_not_by_a_new_beginning(ledger):
    """A try knows when it began; what was done before that is done again."""
    ledger.changes.add("run", [Change("invoices", f"in_{number}") for number in range(3)])
    ledger.changes.mark_done("run", "invoices", NOON, ["in_0", "in_1"])

    assert [each.record_id for each in ledger.changes.stream_changes("run", "invoices", NOON)] == ["in_2"]
    assert len(ledger.changes.stream_changes("run", "invoices", NOON + HOUR)) == 3
    assert ledger.changes.counts("run", only_open=True) == {"invoices": 1}
    ledger.changes.mark_done("run", "invoices", NOON)
    assert ledger.changes.counts("run", only_open=True) == {}


def test_events_are_handled_once_their_run_has_ended(ledger):
    """Not those of the run itself, nor of one that has not ended, nor older ones than asked for."""
    for run in ("ended", "failed"):
        take(ledger, run)
        ledger.changes.add(run, (), [(f"evt_{run}", NOON), (f"evt_{run}_old", NOON - HOUR)])
    ledger.changes.finish("ended", NOON)

    assert ledger.changes.handled("next", NOON) == {"evt_ended"}
    assert ledger.changes.handled("ended", NOON) == set()
    ledger.changes.add("next", (), [("evt_failed", NOON)])
    take(ledger, "next")
    ledger.changes.finish("next", NOON)
    assert ledger.changes.handled("last", NOON) == {"evt_ended", "evt_failed"}


def test_a_replay_leaves_the_watermark(ledger):
    """So does a dry run."""
    ledger.stamp_watermark(NOON - HOUR)
    take(ledger, advances_watermark=False)
    ledger.changes.finish("run", NOON)

    assert ledger.watermark() == NOON - HOUR
    assert ledger.changes.window_of("run").finished_at == NOON


def test_what_is_too_old_to_be_replayed_is_forgotten(ledger):
    """Windows and changes of runs a month ago, and events that no window overlaps any more."""
    take(ledger, "old")
    ledger.changes.add("old", [Change("invoices", "in_1")], [("evt_1", NOON)])
    ledger.changes.finish("old", NOON)
    later = NOON + WINDOW_RETENTION + HOUR
    take(ledger, "new", later - HOUR, later)
    ledger.changes.finish("new", later)

    assert ledger.changes.window_of("old") is None
    assert ledger.changes.stream_changes("old", "invoices") == []
    assert ledger.changes.handled("new", NOON) == set()
    assert ledger.changes.window_of("new") is not None


def test_when_lists_were_read_last_is_that_of_runs_that_ended(ledger):
    """One that failed has to be made good."""
    assert ledger.changes.relisted_at(NOON) is None
    take(ledger, "sweep", relisting="sweep")
    assert ledger.changes.relisted_at(NOON) is None
    ledger.changes.finish("sweep", NOON)
    take(ledger, "plain", end=NOON + HOUR)
    ledger.changes.finish("plain", NOON + HOUR)

    assert ledger.changes.relisted_at(NOON + HOUR) == NOON


def test_lists_of_a_run_from_the_future_do_not_count(ledger):
    """A clock that was ahead has opened its window; nobody waits until then."""
    take(ledger, "sweep", relisting="sweep")
    ledger.changes.finish("sweep", NOON)

    assert ledger.changes.relisted_at(NOON - HOUR) is None


def test_a_watermark_is_corrected_unless_another_run_has_moved_it(ledger):
    """What is in force is compared and set in one statement."""
    ledger.stamp_watermark(NOON + HOUR)
    ledger.changes.correct_watermark(NOON, NOON - HOUR)
    assert ledger.watermark() == NOON + HOUR

    ledger.changes.correct_watermark(NOON + HOUR, NOON)
    assert ledger.watermark() == NOON


def test_rejected_and_forgotten_records_are_due(ledger, clock):
    """What waited for the end of a run that never came is due after a day."""
    rejected = RecordOutcome("in_1", Outcome.REJECTED, clock())
    waiting = RecordOutcome("pi_1", Outcome.PENDING, clock())
    ledger.claims.record_outcomes("invoices", [rejected], owner=Owner("me", "me"), run="dead")
    ledger.claims.record_outcomes("payments", [waiting], owner=Owner("me", "me"), run="dead")
    soon, tomorrow = clock() + timedelta(minutes=6), clock() + timedelta(hours=25)

    assert ledger.changes.due(["invoices", "payments"], clock()) == []
    assert ledger.changes.due(["invoices", "payments"], soon) == [Change("invoices", "in_1")]
    assert ledger.changes.due(["invoices", "payments"], tomorrow) == [
        Change("invoices", "in_1"),
        Change("payments", "pi_1"),
    ]


def test_only_records_of_a_flows_own_streams_are_due(ledger, clock):
    """Those of another source are for its own tasks to try again."""
    rejected = RecordOutcome("A1", Outcome.REJECTED, clock())
    ledger.claims.record_outcomes("erp_customers", [rejected], owner=Owner("me", "me"), run="load")
    tomorrow = clock() + timedelta(hours=25)

    assert ledger.changes.due(["invoices"], tomorrow) == []
    assert ledger.changes.due(["erp_customers"], tomorrow) == [Change("erp_customers", "A1")]


def test_open_invoices_are_those_of_which_something_remains_or_was_written_off(ledger, clock):
    """As far as the ledger knows."""
    for external_id, expected, lines in (
        ("in_open", 1200, None),
        ("in_paid", 0, None),
        ("in_balance", 0, {"payments/in_balance:balance": [1]}),
        ("in_given_up", 0, {"payments/in_given_up:writeoff": [1]}),
    ):
        ledger.claims.take("invoices", external_id, read_at=clock(), owner=Owner("me", "me"))
        settled = RecordOutcome(external_id, Outcome.IMPORTED, clock(), expected=expected, balancing=lines)
        ledger.claims.record_outcomes("invoices", [settled], owner=Owner("me", "me"))

    assert sorted(ledger.balances.still_open()) == ["in_given_up", "in_open"]


def test_organizations_are_apart(engine, ledger):
    """The same run, in another organization, is another run."""
    take(ledger)
    ledger.changes.add("run", [Change("invoices", "in_1")], [("evt_1", NOON)])
    other = Ledger(engine, "france")

    assert (other.changes.window_of("run"), other.changes.counts("run"), other.changes.due(["invoices"], None)) == (
        None,
        {},
        [],
    )
