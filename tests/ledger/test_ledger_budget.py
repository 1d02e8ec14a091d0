"""The request budget: never more than the limit, hardly less, live work first."""

import bisect
import heapq
import random
import time

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from upflow_provider.ledger import LedgerBudget, prepare

MINUTE_S = 60.0


class Clock:
    """Epoch seconds that are set by the test."""

    now = 1_800_000_000.0

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture(scope="module")
def engine():
    """Give the module a ledger in memory, shared by all threads."""
    return prepare(sa.create_engine("sqlite://", poolclass=sa.StaticPool))


def simulate(engine, *, threads, seconds, late, lane="history", rpm=600, key="k"):
    """
    Let threads make requests as fast as they are allowed, on a virtual clock.

    A thread that was told to wait wakes up late by ``late()`` seconds, and its request takes a while.

    Returns:
        The instants at which requests left, sorted.
    """
    clock = Clock()
    start = clock.now
    budget = LedgerBudget(engine, key, requests_per_minute=rpm, lane=lane, clock=clock)
    dice = random.Random(1)
    queue = [(start + dice.random() / 100, number) for number in range(threads)]
    heapq.heapify(queue)
    sent = []
    while queue and queue[0][0] < start + seconds:
        clock.now, number = heapq.heappop(queue)
        granted, wait_s = budget.reserve()
        at = clock.now + wait_s + (late() if wait_s else 0.0)
        if granted:
            sent.append(at)
            heapq.heappush(queue, (at + dice.uniform(0.1, 0.4), number))
        else:
            heapq.heappush(queue, (at, number))
    return sorted(sent)


def most_in_a_minute(sent):
    """Return the largest number of requests within any 60 seconds."""
    return max(bisect.bisect_right(sent, at + MINUTE_S) - index for index, at in enumerate(sent))


@settings(deadline=None, max_examples=15)
@given(
    threads=st.integers(1, 10),
    seed=st.integers(0, 10**6),
    longest_s=st.sampled_from([0.0, 0.005, 0.05, 0.5, 3.0]),
    lane=st.sampled_from(["live", "history"]),
    rpm=st.sampled_from([60, 600, 1200]),
)
def test_no_minute_holds_more_than_the_limit(engine, threads, seed, longest_s, lane, rpm):
    """However many threads there are and however late they wake up."""
    dice = random.Random(seed)
    sent = simulate(
        engine,
        threads=threads,
        seconds=150,
        late=lambda: dice.random() * longest_s,
        lane=lane,
        rpm=rpm,
        key=f"{seed}-{threads}-{lane}-{rpm}-{longest_s}",
    )

    assert most_in_a_minute(sent) <= rpm


@pytest.mark.parametrize("lane", ["live", "history"])
def test_nearly_all_of_the_limit_is_used_while_there_is_work(engine, lane):
    """Five threads with answers of 100 to 400 ms that wake up a few milliseconds late."""
    dice = random.Random(7)
    sent = simulate(engine, threads=5, seconds=300, late=lambda: dice.uniform(0, 0.02), lane=lane, key=lane)

    assert len(sent) >= 0.97 * 600 * 5


def test_live_work_gets_the_next_slot_and_history_takes_what_is_left(engine):
    """A reserved slot is no longer there for history."""
    clock = Clock()
    history = LedgerBudget(engine, "lanes", lane="history", clock=clock)
    live = LedgerBudget(engine, "lanes", lane="live", clock=clock)
    history.reserve()
    assert history.reserve() == (True, 0.0)

    first, second = live.reserve(), live.reserve()
    assert first.granted
    assert second.granted
    assert 0 < first.wait_s < second.wait_s < 0.3
    waiting = history.reserve()
    assert not waiting.granted
    assert waiting.wait_s > second.wait_s
    clock.now += waiting.wait_s
    assert history.reserve() == (True, 0.0)


def test_a_saturated_live_lane_leaves_history_nothing(engine):
    """Live work goes before history, always."""
    clock = Clock()
    history = LedgerBudget(engine, "saturated", lane="history", clock=clock)
    live = LedgerBudget(engine, "saturated", lane="live", clock=clock)
    live.reserve()
    granted = 0
    for _ in range(100):
        wait_s = live.reserve().wait_s
        granted += history.reserve().granted
        clock.now += min(wait_s, 0.05)

    assert granted == 0


def test_hold_off_stops_everybody(database_url):
    """After a 429 nobody on any host gets a slot until the pause is over."""
    engine = prepare(sa.create_engine(database_url))
    one, other = LedgerBudget(engine, "k", lane="live"), LedgerBudget(engine, "k", lane="history")
    one.reserve()
    one.hold_off(30.0)

    assert other.reserve().wait_s == pytest.approx(30.0, abs=1.0)
    assert one.reserve().wait_s == pytest.approx(30.0, abs=1.0)
    engine.dispose()


def test_budgets_of_different_accounts_are_apart(engine):
    """One organization's pause is not the other's."""
    one, other = LedgerBudget(engine, "one"), LedgerBudget(engine, "other")
    one.reserve()
    other.reserve()
    one.hold_off(30.0)

    assert other.reserve().granted


def test_idle_time_is_told(engine):
    """Whether anybody makes requests can be seen."""
    clock = Clock()
    budget = LedgerBudget(engine, "idle", clock=clock)
    assert budget.idle_s() is None
    budget.reserve()
    budget.reserve()
    clock.now += 100.0

    assert budget.idle_s() == pytest.approx(100.0, abs=0.2)


def test_threads_of_several_connections_share_one_pace(database_url):
    """At 6,000 requests a minute on the real clock, two budgets together keep the pace."""
    engine = prepare(sa.create_engine(database_url))
    budgets = [LedgerBudget(engine, "k", requests_per_minute=6000, lane="live") for _ in range(2)]
    budgets[0].reserve()
    started = time.monotonic()
    waits = [budgets[number % 2].reserve() for number in range(200)]
    elapsed = time.monotonic() - started

    assert all(reservation.granted for reservation in waits)
    assert waits[-1].wait_s + elapsed == pytest.approx(200 * 60 / (0.98 * 6000), rel=0.1)
    engine.dispose()
