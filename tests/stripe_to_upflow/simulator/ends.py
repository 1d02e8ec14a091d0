"""What must be true when everything has come to its end."""

from datetime import timedelta

from tests.stripe_to_upflow.simulator.books import assert_books_agree
from tests.stripe_to_upflow.simulator.tasks import LONG_AGO, Run, Task
from upflow_provider.ledger import Outcome
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def problems(simulation):
    """Let everything come to its end, and return what is wrong then, in words."""
    world = simulation.world
    idle = simulation.settle()
    found = [f"an idle run made {idle} requests to Upflow"] if idle else []
    for name in STREAMS:
        counts = world.ledger.counts(name)
        left = {outcome: counts.get(outcome) for outcome in (Outcome.PENDING, Outcome.REJECTED)}
        found += [f"{number} {name} are {outcome}" for outcome, number in left.items() if number]
        found += [f"{each.external_id}: {each.reason}" for each in world.ledger.rejected(name)]
    mark = world.ledger.watermark()
    if mark is None or world.clock.seconds - mark.timestamp() > 300:
        found.append(f"the watermark stays at {mark}")
    found += differences(world, world.upflow.snapshot(), clean(world), may_stay=simulation.gap_passed)
    try:
        assert_books_agree(world)
    except (AssertionError, KeyError) as error:
        found.append(f"books: {error}")
    return found


def clean(world):
    """Return the store that an undisturbed backfill of the final Stripe gives."""
    upflow, ledger = world.empty_upflow(), world.empty_ledger(f"{world.ledger.organization}, clean")
    run = Run("clean", "backfill", Window(LONG_AGO, world.clock.now() + timedelta(days=1)))
    for step in run.steps:
        Task(world, run, step, upflow=upflow, ledger=ledger).do()
    return upflow.snapshot()


def differences(world, disturbed, undisturbed, *, may_stay):
    """
    Return in which records two stores differ, in words.

    One difference is right. A customer that was deleted in Stripe stays in Upflow as it was last imported, while a
    backfill knows it from its invoices only, or not at all: its documents are compared, and itself is not. Where
    empty customers are to be deleted it must be gone, unless a gap hid that it was deleted (*may_stay*).
    """
    gone = world.stripe.store.customers.gone
    stays = may_stay or not world.options.delete_empty_customers
    for name in gone:
        if name in undisturbed["customers"] or stays:
            undisturbed["customers"].pop(name, None)
            disturbed["customers"].pop(name, None)
    return [
        f"{collection} {name}: {disturbed[collection].get(name)} instead of {records.get(name)}"
        for collection, records in undisturbed.items()
        for name in sorted({*records, *disturbed[collection]}, key=str)
        if disturbed[collection].get(name) != records.get(name)
    ]
