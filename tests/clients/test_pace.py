"""An even pace."""

from __future__ import annotations

import math
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.clock import Clock
from upflow_provider.clients.budget import MAX_PAUSE_S
from upflow_provider.clients.pace import Pace, slot_s
from upflow_provider.clients.retry import PIECE_S


@pytest.mark.parametrize(
    ("next_at_s", "now_s", "expected"),
    [
        pytest.param(10.0, 10.0, (0.0, 10.5), id="due-now"),
        pytest.param(10.0, 12.0, (0.0, 12.5), id="idle-time-is-not-made-up-for"),
        pytest.param(10.0, 9.0, (1.0, 10.5), id="too-early"),
    ],
)
def test_slot(next_at_s, now_s, expected):
    """A slot is never before the one that is free, nor in the past."""
    assert slot_s(next_at_s, now_s, 0.5) == expected


@given(pauses=st.lists(st.floats(0, 3), max_size=30), per_second=st.sampled_from([0.5, 1, 20, 100]))
def test_requests_are_never_closer_than_the_interval(pauses, per_second):
    """Whatever time passes between them, two requests are at least one interval apart."""
    clock = Clock()
    pace = Pace(per_second, clock=clock, sleep=clock.sleep)
    sent = []
    for pause_s in pauses:
        clock.sleep(pause_s)
        pace.wait()
        sent.append(clock.now)

    assert all(later - earlier >= 1 / per_second - 1e-9 for earlier, later in pairwise(sent))


def test_the_first_request_does_not_wait():
    """An idle process starts at once."""
    clock = Clock()

    Pace(20, clock=clock, sleep=clock.sleep).wait()

    assert clock.now == 0.0


def test_hold_off_stops_everybody():
    """After a 429 nobody sends before the pause is over; a shorter pause does not end it sooner."""
    clock = Clock()
    pace = Pace(20, clock=clock, sleep=clock.sleep)

    pace.pause(7.0)
    pace.pause(2.0)
    pace.wait()

    assert clock.now == 7.0


@pytest.mark.parametrize("asked_s", [3_600, 86_400.0, 1e300, math.inf])
def test_a_pause_is_never_longer_than_the_cap(asked_s):
    """A proxy may ask for an hour, or for ever; somebody has to try again before that."""
    clock = Clock()
    pace = Pace(20, clock=clock, sleep=clock.sleep)

    pace.pause(asked_s)
    pace.wait()

    assert clock.now == pytest.approx(MAX_PAUSE_S)


def test_a_long_pause_is_slept_in_pieces_and_said_once(caplog):
    """Whoever reads the log of a task that stands still sees why."""
    waits = []
    pace = Pace(20, clock=lambda: 0.0, sleep=waits.append)

    for _ in range(3):
        pace.pause(100.0)
    pace.wait()

    assert (sum(waits), max(waits)) == (100.0, PIECE_S)
    assert [each.getMessage() for each in caplog.records] == [
        "no request is sent for 100 s, because the vendor has asked for a pause"
    ]


def test_a_short_pause_is_not_worth_a_line(caplog):
    """Limits per second are everyday life."""
    Pace(20, clock=lambda: 0.0, sleep=lambda _: None).pause(2.0)

    assert caplog.records == []


def test_threads_share_the_pace():
    """Ten threads get ten different slots."""
    waits = []
    pace = Pace(10, clock=lambda: 0.0, sleep=waits.append)
    threads = [threading.Thread(target=pace.wait) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(waits) == pytest.approx([0.1 * n for n in range(1, 10)])
