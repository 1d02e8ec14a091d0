"""The request budget on a database whose clock steps, as after a failover or when somebody corrects it."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.budget.simulation import START, Caller, VirtualClock, keys, most_in_a_minute, simulate, sleepy_callers
from upflow_provider.clients.budget import MAX_PAUSE_S
from upflow_provider.ledger import LedgerBudget
from upflow_provider.ledger.budget import LATE_REQUESTS_MAX

SMALL_STEPS = st.floats(-400, 400)
LARGE_STEPS = st.floats(-7200, 7200)


@settings(deadline=None, max_examples=25)
@given(
    lanes=st.lists(st.sampled_from(["live", "live", "history", "background"]), min_size=1, max_size=LATE_REQUESTS_MAX),
    rpm=st.sampled_from([14, 30, 60, 120, 600]),
    times=st.tuples(st.floats(20, 60), st.floats(121, 160)),
    sizes=st.tuples(SMALL_STEPS | LARGE_STEPS, SMALL_STEPS | LARGE_STEPS),
    often=st.sampled_from([0.0, 0.3, 1.0]),
    longest_s=st.sampled_from([0.3, 5.0, 59.0]),
    seed=st.integers(0, 2**32),
)
def test_no_minute_holds_more_than_the_limit_when_the_clock_steps(
    memory, lanes, rpm, times, sizes, often, longest_s, seed
):
    """Forward or back, by a second or an hour: after a failover, or when somebody corrects it."""
    clock = VirtualClock(tuple(zip(times, sizes, strict=True)))
    callers = sleepy_callers(memory, clock, lanes, rpm=rpm, often=often, longest_s=longest_s, seed=seed)
    arrivals = simulate(clock, callers, seconds=220)

    assert most_in_a_minute(arrivals) <= rpm


@pytest.mark.parametrize("back_s", [60, 300, 320, 3600, 86_400])
def test_a_clock_that_steps_back_stops_nobody_for_longer_than_a_pause(memory, back_s):
    """A failover to a host an hour behind used to stop live work and history for an hour."""
    clock, key = VirtualClock([(30, -back_s)]), next(keys)
    callers = [
        Caller(LedgerBudget(memory, key, requests_per_minute=73, lane=lane, clock=clock))
        for lane in ("live", "history")
    ]
    every = sorted(itertools.chain(*simulate(clock, callers, seconds=30 + MAX_PAUSE_S + 60)))
    idle_s = max(later - earlier for earlier, later in itertools.pairwise(every))

    assert idle_s <= MAX_PAUSE_S + 1
    assert every[-1] >= START + 30 + MAX_PAUSE_S + 55
    assert back_s <= MAX_PAUSE_S + 3 or idle_s <= 4  # three intervals, and the one that goes on


def test_a_pause_is_kept_although_the_counter_was_lost(memory):
    """Upflow asks for a pause right after the clock has stepped back by a day."""
    clock, key = VirtualClock([(10, -86_400)]), next(keys)
    live, history = (LedgerBudget(memory, key, lane=lane, clock=clock) for lane in ("live", "history"))
    live.reserve()
    clock.now += 20
    history.pause(30)

    assert not live.reserve().granted
    assert history.reserve() == (False, pytest.approx(30))
