"""The search for a schedule that ends wrong."""

from collections import defaultdict

from tests.delivery.explorer.execution import Execution
from tests.delivery.explorer.schedule import Bounds, Schedule, explore
from tests.delivery.explorer.world import World

EVERYTHING = Bounds(switches=99, troubles=99)


def search(name, case, bounds, limit, dice):
    """
    Try schedules of a case; fails with all that happened in the first that ends wrong.

    Returns:
        How many executions were begun, and whether those were all within the bounds.
    """
    world = World(case)

    def play(schedule):
        world.reset()
        found = Execution(world, schedule).run()
        assert not found, story(name, world, schedule, found)

    try:
        return explore(play, bounds, limit, dice)
    finally:
        world.close()


def replay(name, case, choices):
    """Return what happened in one schedule, in words, and what is wrong in the end."""
    world, schedule = World(case), Schedule(choices, EVERYTHING, defaultdict(list))
    world.reset()
    try:
        return story(name, world, schedule, Execution(world, schedule).run())
    finally:
        world.close()


def story(name, world, schedule, found):
    """Return what happened, in words; lines with dashes are what the schedule chose."""
    choices = " ".join(map(str, schedule.made))
    return "\n".join(
        [
            f'{name} (again: python -m tests.delivery.explorer "{name}" {choices})',
            *(f"{who or 'at first'}: {what}" for who, what in world.trace.words),
            *(found or ["nothing is wrong in the end"]),
        ]
    )
