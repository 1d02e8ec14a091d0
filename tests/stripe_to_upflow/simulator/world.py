"""A simulated Stripe, a simulated Upflow, a ledger, and whoever acts upon them in turns."""

from datetime import UTC, datetime

import greenlet
import sqlalchemy as sa

from tests.stripe_to_upflow.simulator.lives import PARENT
from tests.stripe_to_upflow.simulator.wire import Clock
from upflow_provider.ledger import Ledger
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.testing.stripe.fake import FakeStripe
from upflow_provider.testing.upflow.fake import FakeUpflow

BEHAVIOURS = (
    {},
    {},
    {},
    {"inline_links": "response_style", "void_import": "refused"},
    {"inline_links": "refused", "void_import": "ignored"},
    {"over_linking": "accepted"},
)
"""What is not known of Upflow, in several ways."""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class World:
    """
    Both vendors, the ledger, and one clock for all.

    Args:
        dice: Random numbers.
        engine: Engine of the ledger's database; a task may be killed at any of its statements.
        name: Name of the organization in the ledger.

    Attributes:
        options: The organization's mapping options.
        states: What tasks keep for their next try, by run and step.
        trail: What happened so far, in words.
        actor: Who acts now: a task under way, or None for the world itself.
    """

    def __init__(self, dice, engine, name):
        self.dice, self.clock, self.trail, self.actor = dice, Clock(START), [], None
        self.options = Options(parent_metadata_key=PARENT, delete_empty_customers=dice.random() < 0.5)
        self.states, self._behaviour = {}, {"null_parent": "clears", **dice.choice(BEHAVIOURS)}
        self.stripe = FakeStripe(now=self.clock.unix, enforce_limits=False)
        self.upflow = self.empty_upflow()
        self.stripe.url = "http://stripe.test"
        self._engine = engine
        sa.event.listen(engine, "before_cursor_execute", self._statement)
        self.ledger = self.empty_ledger(name)

    def empty_upflow(self):
        """Return an Upflow without records."""
        upflow = FakeUpflow(enforce_limits=False, clock=self.clock.monotonic, now=self.clock.now)
        upflow.url = "http://upflow.test"
        upflow.configure({"behaviour": self._behaviour})
        return upflow

    def empty_ledger(self, organization):
        """Return a ledger without records."""
        return Ledger(self._engine, organization, clock=self.clock.now)

    def close(self):
        """Leave the database to the next world."""
        sa.event.remove(self._engine, "before_cursor_execute", self._statement)

    def imported(self, collection, external_id):
        """Return what Upflow shows of a record."""
        return self.upflow.answer(collection, external_id)

    @property
    def is_troubled(self):
        """Whether something is wrong with a vendor."""
        return bool(self.stripe.forbidden or self.stripe.faults.pending() or self.upflow.faults.pending())

    def say(self, what):
        """Note what happens."""
        self.trail.append(f"{datetime.fromtimestamp(self.clock.seconds, UTC):%m-%d %H:%M:%S} {what}")

    def _statement(self, *_):
        if self.actor and self.actor.task:
            self.actor.task.tick()

    def pause(self, where):
        """Give the turn away, if a task has it: before a request, after its answer, or to sleep."""
        if self.actor:
            self.actor.where = where
            self.actor.gr.parent.switch()

    def sleep(self, seconds):
        """Let time pass for a task that waits."""
        self.clock.seconds += seconds
        self.pause("sleeping")


class Actor:
    """
    Somebody who does task after task, and is interrupted at every request.

    Args:
        world: The world.
        name: Name of the run.
        work: What is done; is given the actor.
        is_clearing: Whether tasks of a run that has ended are done once more.

    Attributes:
        where: What it is about to do: a request, to sleep, or nothing yet.
        task: The task that it does.
        is_mortal: Whether its tasks may be killed.
        failed: Tasks that failed for good.
    """

    def __init__(self, world, name, work, *, is_clearing=False):
        self.world, self.name, self.where, self.task, self.is_mortal = world, name, "idle", None, True
        self.is_clearing, self.failed = is_clearing, set()
        self.gr = greenlet.greenlet(lambda: work(self))

    @property
    def is_done(self):
        """Whether everything is done."""
        return self.gr.dead

    def go_on(self):
        """Let it work up to its next pause."""
        self.world.actor = self
        try:
            self.gr.parent = greenlet.getcurrent()
            self.gr.switch()
        finally:
            self.world.actor = None
