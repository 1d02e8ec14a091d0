"""Requests to Upflow that are under way, and those that somebody holds back."""

from datetime import timedelta
from typing import NamedTuple

from upflow_provider.testing.upflow.request_customer import customer_of

LEASE = timedelta(minutes=10)
"""For how long a turn is another's; afterwards its process counts as dead."""
AHEAD_MAX = timedelta(minutes=1)
"""From how far in the future a turn is a clock's that stepped back."""
DEFINITION = "/custom_field"
LATE_S = 300
"""For how many seconds a request is held back, by the clock of the ledger; the product says that it stands that."""


class UnderWay(NamedTuple):
    """A request under way: the number of its claim, the instant of that by the ledger's clock, and whose it is."""

    number: int
    claimed_at: object
    customer: str
    task: object


class Requests:
    """
    The requests that write to Upflow.

    Args:
        world: The world.

    Attributes:
        overlaps: Which requests for one customer overlapped although neither process had slept beyond its lease.
        are_stale: Whether one may have arrived after a newer one.
        unanswered: How many of those to come get no answer, and arrive some minutes later.
    """

    def __init__(self, world):
        self._world, self._under_way, self._late = world, [], []
        self.overlaps, self.are_stale, self.unanswered = [], False, 0

    def begin(self, task, sent):
        """Note that a task sends a request, and compare it with those that are under way."""
        customer = sent.method != "GET" and customer_of(self._world.upflow.store, sent.scope, sent.body)
        if not customer or task.claim is None:  # nobody else is at work
            return
        new = UnderWay(*task.claim, customer, task)
        self.are_stale |= not _is_fresh(new.claimed_at, self._world.clocks.ledger_now())
        for other in self._under_way:
            if other.customer == customer and other.task.is_trusted and task.is_trusted:
                first, second = sorted((other, new))
                if _is_fresh(first.claimed_at, second.claimed_at):
                    self.overlaps.append(f"{customer}: {first.task.name} and {second.task.name}")
        self._under_way.append(new)

    def end(self, task):
        """Note that a task has its answer, or will never have it."""
        self._under_way = [each for each in self._under_way if each.task is not task]

    def is_unanswered(self, sent):
        """Tell whether a request gets no answer; it arrives some minutes later."""
        if not self.unanswered or sent.method == "GET" or DEFINITION in sent.scope["path"]:
            return False
        self.unanswered -= 1
        self.keep_back(sent)
        return True

    def keep_back(self, sent):
        """Let a request arrive some minutes later, when nobody waits for its answer; no field is defined twice."""
        if DEFINITION in sent.scope["path"]:
            return
        self.are_stale = True
        at = self._world.clocks.ledger_now() + timedelta(seconds=self._world.dice.uniform(0, LATE_S))
        self._late.append((at, sent))

    def let_arrive(self):
        """Let those requests arrive that were held back until now."""
        if not self._late:
            return
        now = self._world.clocks.ledger_now()
        due = [each for each in self._late if each[0] <= now]
        self._late = [each for each in self._late if each[0] > now]
        for _, sent in sorted(due, key=lambda each: each[0]):
            self._world.say(f"late: {sent.method} {sent.scope['path']} {sent.body[:120]}")
            sent.arrive_late()


def _is_fresh(claimed_at, now):
    """Tell whether a claim still keeps others away."""
    return -AHEAD_MAX <= now - claimed_at <= LEASE
