"""A simulation of threads that make requests as fast as a budget allows, on a virtual clock."""

import bisect
import heapq
import itertools
import random
from dataclasses import dataclass

from upflow_provider.clients.request_gate import ASK_INTERVAL_S
from upflow_provider.ledger import LedgerBudget

START = 1_800_000_000.0
keys = map(str, itertools.count())


class VirtualClock:
    """Epoch seconds that the test sets: the time that passes, and what the database's clock makes of it."""

    now = START

    def __init__(self, steps=()):
        self.steps = steps

    def __call__(self):
        """Return what the database's clock shows, after the steps that it has made so far."""
        return self.now + sum(by for at, by in self.steps if START + at <= self.now)


@dataclass
class Caller:
    """
    A thread that makes requests as fast as it may.

    ``late`` draws the seconds that pass, beyond what it was told to wait, until it wakes up or its
    request is at the server; ``busy`` those until it asks again.
    """

    budget: LedgerBudget
    late: object = lambda: 0.0
    busy: object = lambda: 0.001


def sleepy_callers(engine, clock, lanes, *, rpm, often, longest_s, seed):
    """Return a caller for each lane of one account, which are often late, by some seconds at most."""
    dice, key = random.Random(seed), next(keys)
    return [
        Caller(
            LedgerBudget(engine, key, lane=lane, requests_per_minute=rpm, clock=clock),
            late=lambda: dice.uniform(0, longest_s) if dice.random() < often else 0.0,
            busy=lambda: dice.choice([0.0, 0.01, dice.uniform(0, 0.4)]),
        )
        for lane in lanes
    ]


def simulate(clock, callers, seconds):
    """Let the callers work on a virtual clock; return when their requests reached the server, by caller."""
    arrivals = [[] for _ in callers]
    turns = [(clock.now + number / 1000, number) for number in range(len(callers))]
    end = clock.now + seconds
    while turns[0][0] < end:
        clock.now, number = heapq.heappop(turns)
        granted, wait_s = callers[number].budget.reserve()
        at = clock.now + (wait_s if granted else min(wait_s, ASK_INTERVAL_S)) + callers[number].late()
        if granted:
            arrivals[number].append(at)
            at += callers[number].busy()
        heapq.heappush(turns, (at, number))
    return arrivals


def most_in_a_minute(arrivals):
    """Return the largest number of requests within any 60 seconds, both ends included."""
    every = sorted(itertools.chain(*arrivals))
    return max(bisect.bisect_right(every, at + 60) - index for index, at in enumerate(every))
