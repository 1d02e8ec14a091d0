"""The request budget: never more than the limit, hardly less, live work first."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.budget.simulation import START, Caller, VirtualClock, keys, most_in_a_minute, simulate, sleepy_callers
from upflow_provider.clients.budget import MAX_PAUSE_S
from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import LedgerBudget
from upflow_provider.ledger.budget import LATE_REQUESTS_MAX, SLOTS_AHEAD, slots_per_minute

LANES = tuple(SLOTS_AHEAD)


@settings(deadline=None, max_examples=30)
@given(
    lanes=st.lists(st.sampled_from(LANES), min_size=1, max_size=LATE_REQUESTS_MAX),
    rpm=st.sampled_from([14, 15, 30, 60, 300, 600, 1000]),
    often=st.sampled_from([0.0, 0.01, 0.3, 1.0]),
    longest_s=st.sampled_from([0.05, 0.3, 5.0, 59.0, 90.0]),
    seed=st.integers(0, 2**32),
)
def test_no_minute_holds_more_than_the_limit(memory, lanes, rpm, often, longest_s, seed):
    """Whatever the lanes, however late threads wake up, however long requests are on the wire."""
    clock = VirtualClock()
    callers = sleepy_callers(memory, clock, lanes, rpm=rpm, often=often, longest_s=longest_s, seed=seed)
    arrivals = simulate(clock, callers, seconds=150)

    assert most_in_a_minute(arrivals) <= rpm


def test_a_pause_is_bounded(clock, lanes):
    """However long it was asked for: a longer one could not be told from a clock that has stepped back."""
    live, history = lanes
    live.pause(86_400)

    assert history.reserve() == (False, pytest.approx(MAX_PAUSE_S))


def test_live_work_reserves_two_slots_at_most(clock, lanes):
    """A third one waits until it may reserve the next, and asks again."""
    live, _ = lanes
    first, *ahead, refused = (live.reserve() for _ in range(4))

    assert (first, [each.granted for each in ahead]) == ((True, 0.0), [True, True])
    assert refused == (False, pytest.approx(60 / 587, abs=1e-6))


@settings(deadline=None, max_examples=12)
@given(
    lanes=st.lists(st.sampled_from(LANES), min_size=4, max_size=5),
    rpm=st.sampled_from([500, 600, 900]),
    seed=st.integers(0, 2**32),
)
def test_nearly_all_of_the_limit_is_used_while_there_is_work(memory, lanes, rpm, seed):
    """Threads whose requests take 100 to 200 ms, and that wake up late by up to an interval."""
    clock, dice, key = VirtualClock(), random.Random(seed), next(keys)
    callers = [
        Caller(
            LedgerBudget(memory, key, lane=lane, requests_per_minute=rpm, clock=clock),
            late=lambda: dice.uniform(0, 60 / rpm),
            busy=lambda: dice.uniform(0.1, 0.2),
        )
        for lane in lanes
    ]
    arrivals = simulate(clock, callers, seconds=180)

    assert sum(map(len, arrivals)) >= 0.97 * 3 * rpm
    assert most_in_a_minute(arrivals) <= rpm


@pytest.mark.parametrize(
    ("rpm", "slots"), [(14, 1), (60, 47), (300, 287), (500, 487), (600, 587), (6000, 5880)], ids=str
)
def test_the_slots_of_a_minute_leave_room_for_late_requests(rpm, slots):
    """98 % of the limit, and of a low limit enough less that late requests fit in."""
    assert slots_per_minute(rpm) == pytest.approx(slots)


def test_a_limit_too_low_to_be_kept_is_refused(memory):
    """Rather than promised."""
    with pytest.raises(ConfigurationError, match="must be more than 13"):
        LedgerBudget(memory, "k", requests_per_minute=13)


def test_live_work_takes_all_it_needs(clock, lanes):
    """Five threads of history change nothing for one of live work: it never waits longer than an interval."""
    live, history = lanes
    waits = []

    class Watched:
        """The live lane, watched."""

        def reserve(self):
            """Note the wait."""
            waits.append(live.reserve())
            return waits[-1]

    simulate(clock, [Caller(Watched()), *(Caller(history) for _ in range(5))], seconds=60)

    assert all(each.granted for each in waits)
    assert len(waits) > 400
    assert max(each.wait_s for each in waits) <= 2 * 60 / 587 + 1e-6


def test_history_gets_nothing_while_live_work_uses_the_budget_up(clock, lanes):
    """The slots that live work has reserved ahead are gone for history."""
    live, history = lanes
    arrivals = simulate(clock, [Caller(live), Caller(live), Caller(history)], seconds=60)

    assert len(arrivals[0]) + len(arrivals[1]) >= 0.97 * 600
    assert arrivals[2] == []


def test_history_takes_what_live_work_leaves(clock, lanes):
    """Live work at a third of the limit: history uses the rest."""
    live, history = lanes
    arrivals = simulate(clock, [Caller(live, busy=lambda: 0.3), *(Caller(history) for _ in range(3))], seconds=120)

    assert sum(map(len, arrivals)) >= 0.97 * 1200
    assert len(arrivals[0]) >= 300


def test_background_work_takes_what_live_data_and_history_leave(memory, clock):
    """Nearly nothing while history uses the budget up; all that it can use when nobody else does."""
    key = next(keys)
    lanes = {lane: LedgerBudget(memory, key, lane=lane, clock=clock) for lane in LANES}
    dice = random.Random(3)

    def caller(lane, pause_s=0.001):
        """Return a thread that wakes up late by up to half an interval, and pauses after each request."""
        return Caller(lanes[lane], late=lambda: dice.uniform(0, 0.05), busy=lambda: pause_s)

    beside_history = simulate(clock, [caller("history"), caller("history"), caller("background")], seconds=60)
    beside_live = simulate(clock, [caller("live", 0.3), caller("background"), caller("background")], seconds=60)
    alone = simulate(clock, [caller("background"), caller("background")], seconds=60)

    assert len(beside_history[2]) <= 6
    assert len(beside_live[0]) >= 150
    assert sum(map(len, beside_live)) >= 0.97 * 587
    assert sum(map(len, alone)) >= 0.97 * 587


def test_live_work_beside_background_work_waits_for_two_slots_at_most(clock, memory):
    """However many PDFs are to be uploaded."""
    key, waits = next(keys), []
    live, background = (LedgerBudget(memory, key, lane=lane, clock=clock) for lane in ("live", "background"))

    class Watched:
        """The live lane, watched."""

        def reserve(self):
            """Note the wait."""
            waits.append(live.reserve())
            return waits[-1]

    simulate(clock, [Caller(Watched(), busy=lambda: 0.4), *(Caller(background) for _ in range(5))], seconds=30)

    assert len(waits) > 50
    assert all(each.granted for each in waits)
    assert max(each.wait_s for each in waits) <= 2 * 60 / 587 + 1e-6


def test_a_slot_missed_by_a_late_wake_up_is_made_up_for(clock, lanes):
    """Up to two slots; time in which nobody asked is not saved up."""
    live, _ = lanes
    live.reserve()
    clock.now += 3600
    waits = [live.reserve().wait_s for _ in range(4)]

    assert waits == pytest.approx([0, 0, 0, 60 / 587], abs=1e-6)


@pytest.mark.parametrize("lane", ["live", "history"])
@pytest.mark.parametrize("used", [True, False], ids=["used before", "never used"])
def test_hold_off_stops_everybody(memory, clock, lane, used):
    """After a 429 nobody, in either lane, gets a slot before the pause is over."""
    key = next(keys)
    budgets = [LedgerBudget(memory, key, lane=each, clock=clock) for each in (lane, "live", "history")]
    if used:
        budgets[0].reserve()
    budgets[0].pause(30)
    arrivals = simulate(clock, list(map(Caller, budgets)), seconds=40)

    assert min(itertools.chain(*arrivals)) >= START + 30
    assert sum(map(len, arrivals)) >= 0.97 * 10 * 10


def test_a_shorter_pause_does_not_end_a_longer_one(clock, lanes):
    """The longest pause that was asked for counts."""
    live, history = lanes
    live.pause(60)
    history.pause(5)

    assert history.reserve() == (False, pytest.approx(60))


def test_budgets_of_different_accounts_are_apart(memory, clock):
    """One account's pause is not the other's."""
    one, other = (LedgerBudget(memory, next(keys), clock=clock) for _ in range(2))
    one.pause(30)

    assert other.reserve() == (True, 0.0)
    assert not one.reserve().granted
