"""Runs of a simulated Airflow: their tasks in order, each tried again when it failed, or given up."""

from tests.stripe_to_upflow.simulator.run import Run
from tests.stripe_to_upflow.simulator.wire import Crashed
from upflow_provider.errors import AuthenticationError, ConfigurationError, RetriableError, UnfinishedError
from upflow_provider.operators.stripe_to_upflow_sync import _tasks_to_run

TRIES = 4
MORTALITY = 0.3
"""How often a task is killed."""
ABANDONED = 0.1
"""How often a run ends with a task that fails, such as with its whole Airflow."""
REFUSED = "no task runs on a host"
"""What the product says about a host whose clock is wrong; or about an answer that its task has slept over."""


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
                wanted = {} if done is None else to_do(done)

    return work


def to_do(report):
    """Return the tasks of a run that have something to do, given the report of its first task."""
    tasks = {**_tasks_to_run(report), **({"inventory": None} if report.relisting else {})}
    tasks["pdfs"] = None
    return {name: None for name in tasks if name != "assets"}  # nothing of the simulated world depends on assets


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
    world, inventories = actor.world, actor.world.inventories
    before = world.ledger.watermark() if step == "finish" else None
    dies = actor.is_mortal and world.dice.random() < MORTALITY
    task = world.task_type(world, run, step, ends_after=world.dice.randint(1, 60) if dies else None)
    world.say(f"{task.name} begins on host {task.host}" + (" and may be killed" if dies else ""))
    try:
        done = actor.do(task)
    except Crashed:
        world.say(f"{task.name} was killed")
        return None
    except ConfigurationError as error:
        world.say(f"{task.name} fails: {error}")
        if world.lost_at is None:
            raise
        # An operator does what the message asks for.
        attempt(actor, Run(f"rebuild-{world.clock.unix()}", "rebuild"), "inventory")
        return None
    except (RetriableError, AuthenticationError, UnfinishedError) as error:
        world.say(f"{task.name} fails: {error}")
        if not (_is_unfinished(actor, error) or task.may_fail or REFUSED in str(error)):
            raise
        return None
    world.say(f"{task.name}: {done if task.is_trusted else 'given up'}")
    if before is not None and inventories == world.inventories and inventories % 2 == 0:  # none was in progress
        assert world.ledger.watermark() >= before, f"the watermark went back from {before}"
    return (done or "done") if task.is_trusted else None


def _is_unfinished(actor, error):
    """Tell whether a run cannot go on because one of its tasks failed for good, or because its window was lost."""
    is_lost = actor.world.lost_at is not None
    return isinstance(error, UnfinishedError) and (actor.is_clearing or bool(actor.failed) or is_lost)
