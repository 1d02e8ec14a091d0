"""The search tries every schedule within its bounds once."""

import random

import pytest

from tests.delivery.explorer.schedule import Bounds, Option, explore
from tests.delivery.explorer.trace import Trace

OPTIONS = (Option("goes on"), Option("switch", switches=1), Option("trouble", troubles=1))


def tried(bounds, *, steps=4, limit=1000, situation=tuple):
    """Return the names of what was chosen in each execution of some steps with `OPTIONS` each."""
    found = []

    def play(schedule):
        names = []
        for _ in range(steps):
            names.append(schedule.choose(OPTIONS, situation(names)).name)
        found.append(tuple(names))

    return found, explore(play, bounds, limit, random.Random(0))


@pytest.mark.parametrize(
    ("bounds", "number"),
    [
        (Bounds(0, 0), 1),
        (Bounds(1, 0), 1 + 4),
        (Bounds(0, 1), 1 + 4),
        (Bounds(1, 1), 1 + 4 + 4 + 12),
        (Bounds(4, 4), 81),
    ],
)
def test_each_schedule_within_the_bounds_is_tried_once(bounds, number):
    """One interruption at each of four steps, one trouble at each, or both at two of them."""
    found, (_, is_all) = tried(bounds)

    assert (len(found), len(set(found)), is_all) == (number, number, True)


def test_what_cannot_differ_is_tried_once():
    """Where it does not matter what was before, only what is left to happen makes a difference."""
    found, (begun, is_all) = tried(Bounds(1, 0), situation=len)

    assert (found, begun, is_all) == ([("goes on",) * 4, ("goes on", "goes on", "goes on", "switch")], 5, True)


def test_a_limit_is_kept():
    """What is left is not said to be tried."""
    found, (begun, is_all) = tried(Bounds(1, 1), limit=3)

    assert (len(found), begun, is_all) == (3, 3, False)


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        pytest.param({"sees": ["records"]}, {"sees": ["records"]}, True, id="two looks"),
        pytest.param({"changes": ["records"]}, {"changes": ["clocks"]}, True, id="changes of two tables"),
        pytest.param({"changes": ["records"]}, {"sees": ["records"]}, False, id="a change and a look"),
        pytest.param({"changes": ["records"]}, {"changes": ["records"]}, False, id="two changes"),
    ],
)
def test_only_the_order_of_what_depends_on_each_other_counts(first, second, is_same):
    """Looks may come in any order, and so may what concerns different things."""
    forth, back = Trace(), Trace()
    forth.add("backfill", "first", **first)
    forth.add("sync", "second", **second)
    back.add("sync", "second", **second)
    back.add("backfill", "first", **first)

    assert (forth.mark == back.mark) is is_same
