"""Runs of a simulated Airflow: their tasks in order, each tried again when it failed, or given up."""

from tests.stripe_to_upflow.simulator.tasks import Task
from tests.stripe_to_upflow.simulator.wire import Crashed
from upflow_provider.errors import AuthenticationError, RetriableError, UnfinishedError
from upflow_provider.operators.stripe_to_upflow_sync import _tasks_to_run

TRIES = 4
MORTALITY = 0.3
"""How often a task is killed."""
ABANDONED = 0.1
"""How often a run ends with a task that fails, such as with its whole Airflow."""


class AbandonedError(Exception):
    """Nothing of this run is tried any more."""


def whole(run):
    """Return the work of a run: a task that fails for good holds up none but the last."""

    def work(actor):
        wanted = None
        for step in run.steps:
            if wanted is not None and step != "finish" and step not in wanted:
                continue
            try:
                done = _tried(actor, run, step)
            except AbandonedError:
                return
            if step == "take":
                wanted = {} if done is None else _tasks_to_run(done)

    return work


def cleared(run, steps):
    """Return the work of doing some tasks of a run once more."""

    def work(actor):
        for step in steps:
            if attempt(actor, run, step) is None:
                return

    return work


def _tried(actor, run, step):
    """Return the report of a task that is tried again and again; None when it fails for good."""
    world, tries = actor.world, 0
    while (done := attempt(actor, run, step)) is None:
        tries += 1
        if actor.is_mortal and run.kind != "backfill" and world.dice.random() < ABANDONED:
            world.say(f"{run.name} is abandoned")
            raise AbandonedError
        if tries >= TRIES and run.kind != "backfill":
            actor.failed.add(step)
            return None
        world.sleep(world.dice.choice([10, 300]))
    return done


def attempt(actor, run, step):
    """Try one task, which may die at any moment; return its report, or None when it failed."""
    world, before = actor.world, actor.world.ledger.watermark()
    dies = actor.is_mortal and world.dice.random() < MORTALITY
    actor.task = Task(world, run, step, ends_after=world.dice.randint(1, 60) if dies else None)
    world.say(f"{run.name}/{step} begins" + (" and may be killed" if dies else ""))
    try:
        done = actor.task.do()
    except Crashed:
        world.say(f"{run.name}/{step} was killed")
        return None
    except (RetriableError, AuthenticationError, UnfinishedError) as error:
        world.say(f"{run.name}/{step} fails: {error}")
        if not (_is_unfinished(actor, error) or actor.task.may_fail):
            raise
        return None
    finally:
        actor.task = None
    world.say(f"{run.name}/{step}: {done}")
    after = world.ledger.watermark()
    if before is not None and after < before:
        raise AssertionError(f"the watermark went back from {before} to {after}")
    return done


def _is_unfinished(actor, error):
    """Tell whether a run cannot go on because one of its tasks failed for good."""
    return isinstance(error, UnfinishedError) and (actor.is_clearing or bool(actor.failed))
