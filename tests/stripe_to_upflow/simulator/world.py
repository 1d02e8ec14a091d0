"""A simulated Stripe, a simulated Upflow, a ledger, and whoever acts upon them in turns."""

import random
from datetime import UTC, datetime, timedelta

import greenlet
import sqlalchemy as sa

from tests.hosts import host_at
from tests.stripe_to_upflow.simulator.fields import Fields
from tests.stripe_to_upflow.simulator.lives import PARENT, SOURCES
from tests.stripe_to_upflow.simulator.troubles.clocks import Clocks
from tests.stripe_to_upflow.simulator.troubles.requests import Requests
from tests.stripe_to_upflow.simulator.wire import Clock, Crashed
from upflow_provider.errors import UpflowSyncError
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
STARTS = (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 31, 20, tzinfo=UTC))
"""One is soon followed by another month, in which a ledger without a watermark would begin."""
WITH_PDFS = 0.25
PAUSE = 0.1
"""How often others may go on before a transaction of a task begins."""


class World:
    """
    Both vendors, the ledger, and one clock for all, from which those of hosts and ledger differ.

    Args:
        dice: Random numbers.
        engine: Engine of the ledger's database; a task may be killed at any of its statements.
        name: Name of the organization in the ledger.
        behaviour: How its Upflow behaves, besides what the dice decide.
        task_type: Class of its tasks.

    Attributes:
        began_at: When it began.
        clocks: The clocks of hosts and ledger.
        requests: The requests to Upflow.
        options: The organization's mapping options, and
        fields: its custom fields.
        states: What tasks keep for their next try, by run and step.
        trail: What happened so far, in words.
        actor: Who acts now: a task under way, or None for the world itself.
        lost_at: When the ledger was lost, if it was.
        engine: As the argument.
        with_pdfs: Whether PDFs are brought, as in a fourth of all worlds.
        inventories: How many inventories have begun or ended; they may set the watermark back.
    """

    def __init__(self, dice, engine, name, behaviour, task_type):
        self.task_type = task_type
        self.dice, self.began_at, self.trail, self.actor = dice, dice.choice(STARTS), [], None
        self.clock = Clock(self.began_at + timedelta(seconds=dice.randrange(10_000)))
        self.clocks, self.requests = Clocks(dice, self.clock.now), Requests(self)
        self.options = Options(
            parent_metadata_key=PARENT,
            delete_empty_customers=dice.random() < 0.5,
            contact_sources=SOURCES,
            contacts_way="contacts",
        )
        self.fields = Fields(name, self.sleep)
        self.states, self._behaviour = (
            {},
            {"null_parent": "clears", **dice.choice(BEHAVIOURS), **behaviour, **self.fields.behaviour},
        )
        self.stripe = FakeStripe(now=self.clock.unix, enforce_limits=False)
        self.upflow = self.empty_upflow()
        self.stripe.url = "http://stripe.test"
        self.lost_at, self.inventories, self._claims = None, 0, 0
        self.with_pdfs = random.Random(name).random() < WITH_PDFS  # with other dice, so that all else is as without
        self.engine = engine
        self._listeners = {"begin": self._transaction, "before_cursor_execute": self._statement}
        for event, listener in self._listeners.items():
            sa.event.listen(engine, event, listener)
        self._hosts = host_at(lambda: self.clocks.host_now(self._task and self._task.host))
        self._hosts.__enter__()
        self.ledger = self.empty_ledger(name)

    def empty_upflow(self):
        """Return an Upflow without records."""
        upflow = FakeUpflow(enforce_limits=False, clock=self.clock.monotonic, now=self.clock.now)
        upflow.url = "http://upflow.test"
        upflow.configure({"behaviour": self._behaviour})
        self.fields.furnish(upflow)
        return upflow

    def empty_ledger(self, organization):
        """Return a ledger without records."""
        return Ledger(self.engine, organization, now=self._ledger_now)

    def lose_ledger(self):
        """Replace the ledger by an empty one."""
        self.lost_at = self.clock.now()
        self.ledger = self.empty_ledger(f"{self.ledger.organization}, lost")

    def close(self):
        """Leave the database and the clocks to the next world."""
        self._hosts.__exit__(None, None, None)
        for event, listener in self._listeners.items():
            sa.event.remove(self.engine, event, listener)

    def imported(self, collection, external_id):
        """Return what Upflow shows of a record."""
        return self.upflow.answer(collection, external_id)

    @property
    def is_troubled(self):
        """Whether something is wrong with a vendor."""
        faults = self.stripe.faults.pending() or self.upflow.faults.pending()
        return bool(self.stripe.forbidden or faults or self.requests.unanswered)

    @property
    def _task(self):
        return self.actor.task if self.actor else None

    def say(self, what):
        """Note what happens."""
        self.trail.append(f"{datetime.fromtimestamp(self.clock.seconds, UTC):%m-%d %H:%M:%S} {what}")

    def _ledger_now(self):
        """Return the ledger's time; if a task asks for it, it may be for a claim."""
        now = self.clocks.ledger_now()
        if self._task:
            self._claims += 1
            self._task.claim = self._claims, now
        return now

    def _transaction(self, *_):
        """Give the turn away before a transaction begins; within one, others would wait for it in vain."""
        if self._task and self.dice.random() < PAUSE:
            self.pause("ledger")

    def _statement(self, *_):
        if self._task:
            self._task.tick()

    def pause(self, where):
        """Give the turn away, if a task has it: before a request, after its answer, or to sleep."""
        if self.actor:
            self.actor.where = where
            self.actor.hub.switch()

    def sleep(self, seconds):
        """Let time pass for a task that waits."""
        self.clock.seconds += seconds
        self.pause("sleeping")


class Actor:
    """
    Somebody who does task after task, and is interrupted at every request and before transactions.

    Args:
        world: The world.
        name: Name of the run.
        work: What is done; is given the actor.
        is_clearing: Whether tasks of a run that has ended are done once more.

    Attributes:
        hub: Who lets it go on.
        where: What it is about to do: a request, a transaction, to sleep, or nothing yet.
        task: The task that it does.
        is_mortal: Whether its tasks may be killed.
        failed: Tasks that failed for good.
    """

    def __init__(self, world, name, work, *, is_clearing=False):
        self.world, self.name, self.where, self.task, self.is_mortal = world, name, "idle", None, True
        self.is_clearing, self.failed, self.hub = is_clearing, set(), greenlet.getcurrent()
        self._work = self._process = greenlet.greenlet(lambda: work(self))

    @property
    def is_done(self):
        """Whether everything is done."""
        return self._work.dead

    def go_on(self):
        """Let it work up to its next pause."""
        self._switch(self._process)

    def _switch(self, to, *values):
        self.world.actor = self
        try:
            to.switch(*values)
        finally:
            self.world.actor = None

    def do(self, task):
        """Do a task in a process of its own, and return what came of it; None if the process is given up."""
        self.task, self._process = task, greenlet.greenlet(task.do)
        try:
            return self._process.switch()
        finally:
            task.ended()
            self.task, self._process = None, self._work

    def give_up(self):
        """Take the process of the task for dead, although it may go on later; return who it is then."""
        zombie = Zombie(self.world, f"{self.name}/{self.task.step}, given up", self.task, self._process, self.where)
        self._switch(self._work, None)
        return zombie


class Zombie(Actor):
    """A process that Airflow has given up, and that goes on nevertheless."""

    def __init__(self, world, name, task, process, where):
        super().__init__(world, name, None)
        self.task, self.where = task, where
        self._work = self._process = process
        process.parent, task.is_trusted = self.hub, False

    def go_on(self):
        """Let it work up to its next pause; nobody cares how it ends."""
        try:
            super().go_on()
        except (UpflowSyncError, Crashed) as error:
            self.world.say(f"{self.name}: {error}")
