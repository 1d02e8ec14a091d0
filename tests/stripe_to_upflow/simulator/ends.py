"""What must be true when everything has come to its end."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.stripe_to_upflow.simulator.books import assert_books_agree
from tests.stripe_to_upflow.simulator.run import LONG_AGO, Run
from tests.stripe_to_upflow.simulator.runs import to_do
from tests.stripe_to_upflow.simulator.tasks import Task
from upflow_provider.clients.stripe import page_sizes
from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Outcome, tables
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow import changed_records
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def problems(simulation):
    """Let everything come to its end, and return what is wrong then, in words."""
    world = simulation.world
    simulation.finish()
    with whole_pages():
        idle, undisturbed = settle(simulation), clean(world)
    found = [f"an idle run made {idle} requests to Upflow"] if idle else []
    for name in STREAMS:
        counts = world.ledger.counts(name)
        left = {outcome: counts.get(outcome) for outcome in (Outcome.PENDING, Outcome.REJECTED)}
        found += [f"{number} {name} are {outcome}" for outcome, number in left.items() if number]
        found += [f"{each.external_id}: {each.reason}" for each in world.ledger.rejected(name)]
    mark = world.ledger.watermark()
    if mark is None or world.clock.seconds - mark.timestamp() > 300:
        found.append(f"the watermark stays at {mark}")
    found += [f"requests overlapped: {each}" for each in world.requests.overlaps]
    found += left_behind(world)
    refunds = world.upflow.snapshot()["refunds"]
    found += [f"{each} gives back what was never taken" for each in never_taken(world.stripe) if each in refunds]
    if not world.requests.are_stale:
        found += [f"more was linked than due: {each}" for each in world.upflow.store.over_linked]
    found += lost_contacts(simulation)
    disturbed = world.upflow.snapshot()
    found += wrong_pdfs(world, disturbed.pop("pdfs"), undisturbed.pop("pdfs"), gap_passed=simulation.gap_passed)
    found += world.fields.problems(disturbed, undisturbed, gap_passed=simulation.gap_passed)
    found += differences(world, disturbed, undisturbed, may_stay=simulation.gap_passed)
    try:
        assert_books_agree(world)
    except (AssertionError, KeyError) as error:
        found.append(f"books: {error}")
    return found


def settle(simulation):
    """Let days pass in which nothing happens, and return how much an idle run asked of Upflow."""
    world = simulation.world
    # A lost ledger is noticed by the daily list at the latest, and its rebuild lets the next run do the work.
    for hours in (26, 1) if world.lost_at is None else (26, 25, 1):
        simulation.pass_time(hours * 3_600)
        whole_run(world)
    simulation.pass_time(600)
    before = len(world.upflow.requests)
    whole_run(world)
    return len(world.upflow.requests) - before


def whole_run(world):
    """Do a whole run, which must not fail unless the ledger was lost; then it is rebuilt, and the run repeated."""
    run = Run(f"last-{world.clock.unix()}", with_pdfs=world.with_pdfs)
    try:
        do_all(world, run)
    except ConfigurationError as error:
        if world.lost_at is None:
            raise
        world.say(f"{run.name} fails: {error}")
        do_all(world, Run(f"rebuild-{world.clock.unix()}", "rebuild"))
        do_all(world, run)


def do_all(world, run):
    """Do those tasks of a run that have something to do."""
    wanted = run.steps
    for step in run.steps:
        if step in wanted:
            done = world.task_type(world, run, step).do()
            world.say(f"{run.name}/{step}: {done}")
            if step == "take":
                wanted = {**to_do(done), "finish": None}


@contextmanager
def whole_pages():
    """Read pages as large as they are in reality, because nobody interrupts a task any more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_sizes, "PAGE_SIZE", 100)
        patch.setattr(changed_records, "SINGLE_READS_PER_PAGE", 20)
        yield


def never_taken(stripe):
    """Return the ids of the refunds of what was authorized and not captured: the first one of each such charge."""
    return [
        stripe.store.refunds.ids_where("charge", each["id"])[0]
        for each in stripe.store.charges
        if each["captured"] and each["amount_captured"] < each["amount"]
    ]


def left_behind(world):
    """Return the claims and turns that nobody has given back, in words."""
    found = []
    for table, name, owner in ((tables.records, "external_id", "claim_process"), (tables.turns, "customer", "process")):
        query = sa.select(table.c[name]).where(
            table.c.organization == world.ledger.organization, table.c[owner].is_not(None)
        )
        with world.engine.connect() as connection:
            found += [f"{table.name}: {each} is left behind" for each in connection.execute(query).scalars()]
    return found


def lost_contacts(simulation):
    """Return the contacts made by hand that are gone although their customer is there, in words."""
    customers = simulation.world.upflow.store.customers
    return [
        f"{customers[customer]['externalId']} has lost a contact that was made by hand"
        for customer, email in simulation.people.contacts
        if customer in customers and email not in {each["email"] for each in customers[customer]["contacts"]}
    ]


def clean(world):
    """Return the store that an undisturbed backfill of the final Stripe gives."""
    upflow, ledger = world.empty_upflow(), world.empty_ledger(f"{world.ledger.organization}, clean")
    window = Window(LONG_AGO, world.clock.now() + timedelta(days=1))
    run = Run("clean", "backfill", window, with_pdfs=world.with_pdfs)
    for step in run.steps:
        Task(world, run, step, upflow=upflow, ledger=ledger).do()
    return upflow.snapshot()


def wrong_pdfs(world, disturbed, undisturbed, *, gap_passed):
    """
    Return which documents lack their PDF, or have it of an earlier state, in words.

    A lost ledger does not know what was due, and what was settled in a gap of the feed is not looked for. A PDF that
    arrived late may have replaced a newer one.
    """
    if world.lost_at is not None or gap_passed:
        return []
    missing = [f"the PDF of {each} is missing" for each in sorted(undisturbed.keys() - disturbed.keys())]
    old = [each for each in sorted(undisturbed.keys() & disturbed.keys()) if undisturbed[each] != disturbed[each]]
    return missing + ([] if world.requests.are_stale else [f"the PDF of {each} is an old one" for each in old])


def differences(world, disturbed, undisturbed, *, may_stay):
    """
    Return in which records two stores differ, in words; contacts that were made by hand aside.

    One difference is right. A customer that was deleted in Stripe stays in Upflow as it was last imported, while a
    backfill knows it from its invoices only, or not at all: its documents are compared, and itself is not. Where
    empty customers are to be deleted it must be gone, unless a gap hid that it was deleted (*may_stay*).
    """
    for customer in disturbed["customers"].values():
        customer["contacts"] = [each for each in customer["contacts"] if each["origin"] == "API"]
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
