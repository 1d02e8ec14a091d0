"""Schedules: lists of choices, tried one after the other until each within some bounds has been."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field


class KnownError(Exception):
    """From here on, everything was tried before."""


@dataclass(frozen=True)
class Option:
    """
    What may happen next.

    Attributes:
        name: In words.
        switches: How many tasks are interrupted by it.
        troubles: How many troubles it is.
    """

    name: str
    switches: int = 0
    troubles: int = 0


@dataclass(frozen=True)
class Bounds:
    """
    The most that happens in one schedule.

    Attributes:
        switches: Times that a task is interrupted by another one, although it could go on.
        troubles: Crashes, lost answers and so on.
    """

    switches: int
    troubles: int

    def allow(self, option):
        """Return whether there is room for an option."""
        return option.switches <= self.switches and option.troubles <= self.troubles

    def without(self, option):
        """Return what is left after an option."""
        return Bounds(self.switches - option.switches, self.troubles - option.troubles)

    def cover(self, other):
        """Return whether everything within other bounds is within these."""
        return self.switches >= other.switches and self.troubles >= other.troubles


@dataclass
class Schedule:
    """
    The choices of one execution: those that are given, then always the first option.

    Attributes:
        given: The first choices.
        left: What may still happen.
        seen: The situations of all executions before it, and what could happen in each; changed by this one.
        made: All choices so far.
        others: The options that were not taken after those that were given, by the number of the choice.
    """

    given: tuple[int, ...]
    left: Bounds
    seen: dict[object, list[Bounds]] = field(default_factory=lambda: defaultdict(list))
    made: list[int] = field(default_factory=list)
    others: dict[int, list[int]] = field(default_factory=dict)

    def choose(self, options, situation):
        """
        Return one of several options; the first one costs nothing.

        Args:
            options: What may happen.
            situation: Everything on which depends what happens from here on.

        Raises:
            KnownError: An execution before this one was here, with as much left.
        """
        number = len(self.made)
        allowed = [index for index, option in enumerate(options) if self.left.allow(option)]
        if number < len(self.given):
            index = self.given[number]
        else:
            if any(before.cover(self.left) for before in self.seen[situation]):
                raise KnownError
            self.seen[situation].append(self.left)
            index, *self.others[number] = allowed
        self.made.append(index)
        self.left = self.left.without(options[index])
        return options[index]


def explore(play, bounds, limit, dice):
    """
    Try the schedules within bounds, in any order: each once, and none that differs from another in nothing.

    Args:
        play: Executes one schedule.
        bounds: The most that happens in one.
        limit: How many executions are begun, at most.
        dice: Random numbers, which say the order.

    Returns:
        How many were begun, and whether those were all.
    """
    seen, waiting = defaultdict(list), [()]
    for begun in range(limit):
        if not waiting:
            return begun, True
        schedule = Schedule(waiting.pop(dice.randrange(len(waiting))), bounds, seen)
        with suppress(KnownError):
            play(schedule)
        for number, others in schedule.others.items():
            waiting += [(*schedule.made[:number], index) for index in others]
    return limit, not waiting
