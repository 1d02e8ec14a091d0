"""
Whatever goes wrong together: every Account ends right or explained, and none is ever made.

``make test`` has four modes in each run, chosen so that each mode meets each other mode in one run at least.
``make soak`` has each pair by itself, in both ways to write, at the first requests that write.
"""

from itertools import combinations, product

import pytest

from tests.amounts import EVERY_PAIR
from tests.upflow_to_salesforce.chaos.checks import finish, run_with, run_with_lasting
from tests.upflow_to_salesforce.chaos.modes import LASTING, ONE, OTHER, PATHS, READS
from upflow_provider.testing.salesforce.modes.catalogue import MODES

CUSTOMERS = (ONE, OTHER, (*ONE, *OTHER), ONE[1:])
"""Whose Accounts the modes of a run hit: some are hit by all."""
AFTER = (READS, READS + 1, READS + 2)
"""Requests after which modes begin."""
HOW = list(product(PATHS, AFTER))
"""All ways in which modes can be met."""


def groups():
    """Return modes in fours such that every pair of modes is in one of them at least."""
    left = {frozenset(pair) for pair in combinations(MODES, 2)}
    found = []
    for pair in combinations(MODES, 2):
        if frozenset(pair) in left:
            group = list(pair)
            while len(group) < len(CUSTOMERS):
                group.append(most_met(group, left))
            found.append(tuple(group))
            left -= {frozenset(each) for each in combinations(group, 2)}
    return found


def most_met(group, left):
    """Return the mode that adds most to a group of the pairs that are left."""
    others = [each for each in MODES if each not in group]
    return max(others, key=lambda each: len(left & {frozenset((each, one)) for one in group}))


def runs():
    """Return what is run: modes that are met together, and how."""
    if EVERY_PAIR:
        return [(pair, *how) for pair in combinations(MODES, 2) for how in HOW]
    return [(modes, *HOW[turn % len(HOW)]) for turn, modes in enumerate(groups())]


RUNS = runs()


def test_each_mode_meets_each_other_mode():
    """No pair is left out."""
    met = {frozenset(pair) for modes, *_ in RUNS for pair in combinations(modes, 2)}

    assert met == {frozenset(pair) for pair in combinations(MODES, 2)}


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.no_cover  # `test_chaos` has each mode alone
@pytest.mark.parametrize("mode", dict.fromkeys(modes[0] for modes, *_ in RUNS))
def test_modes_that_come_together(world, impatient, mode):
    """As alone; some Accounts are hit by all of them, and both ways to write are taken."""
    for modes, path, after in RUNS:
        if modes[0] == mode:
            impatient(*modes)
            world.begin(PATHS[path])
            try:
                check(world, dict(zip(modes, CUSTOMERS, strict=False)), after)
            except AssertionError as error:
                raise AssertionError(f"{', '.join(modes)}, {path}, after {after}: {error}") from error


def check(world, modes, after):
    """Run with modes, and then with those that last, or without any."""
    run_with(world, modes, after)
    if LASTING & modes.keys():
        run_with_lasting(world, modes)
    else:
        finish(world)
