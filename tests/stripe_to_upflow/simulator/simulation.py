"""
Months of a Stripe account in seconds: changes, syncs, crashes, cleared tasks and troubles, as dice fall.

All that happens follows from one seed. There is one clock, which only the simulation moves; tasks are
interrupted at every request, so that anything may happen between any two of them. In the end Upflow must hold
what one undisturbed backfill of the final Stripe would have brought (`simulated_ends`).
"""

import random
from datetime import timedelta

from tests.stripe_to_upflow.simulator.lives import Account
from tests.stripe_to_upflow.simulator.runs import cleared, whole
from tests.stripe_to_upflow.simulator.tasks import LONG_AGO, Run, Task
from tests.stripe_to_upflow.simulator.world import Actor, World
from upflow_provider.runs.window import Window
from upflow_provider.testing.stripe.objects.object import API_VERSION

OLD = "2020-08-27"
"""A version of Stripe's API in which invoices looked different."""
RESOURCES = ("events", "customers", "invoices", "invoice_payments", "credit_notes", "refunds")
KEPT = timedelta(days=30)
"""How long Stripe keeps events."""


STALLED = 0.8
"""How often a task that hangs goes on hanging."""


class Simulation:
    """
    One seed.

    Args:
        seed: From which everything follows.
        engine: Engine of the ledger's database.
        events: How many things happen, at most.

    Attributes:
        world: The world.
        account: What happens in Stripe.
        gap_passed: Whether events were forgotten before they were read.
    """

    def __init__(self, seed, engine, events=45):
        self.dice = random.Random(seed)
        self.world = World(self.dice, engine, f"seed {seed}")
        self.account = Account(self.world.stripe, self.dice)
        self.actors, self.runs, self._current, self._stalled = [], [], None, None
        self.events = self.dice.randint(events // 3, events)
        self._long_pause = self.dice.choice([0] * 16 + [3, 3, 40, 40])
        self.gap_passed = False

    def happen(self):
        """Let everything happen, up to the end; nothing is compared yet."""
        pause_at = self.dice.randrange(self.events) if self._long_pause else -1
        for number in range(self.events):
            if number == pause_at:
                self._finish_all()
                self._pass_time(self._long_pause * 86_400)
            what = {
                self._change: 6,
                self._wait: 4,
                self._work: 12 if self.actors else 0,
                self._stall: 1 if self.actors else 0,
                self._sync: 5 if self._current is None else 0,
                self._replay: 0.4,
                self._clear: 1 if self.runs else 0,
                self._load: 2 if not self._is_loaded else 0,
                self._trouble: 1.2 if not self.world.is_troubled else 0.3,
                self._calm: 1 if self.world.is_troubled else 0,
                self._vary: 0.5,
            }
            [happening] = self.dice.choices(list(what), list(what.values()))
            happening()

    @property
    def _is_loaded(self):
        return any(run.kind == "backfill" for run in self.runs)

    def _change(self):
        """Let a few things happen in Stripe, often in one second."""
        for _ in range(self.dice.choice([1, 1, 2, 3, 6])):
            self.world.say(self.account.change())
            self.world.clock.seconds += self.dice.choice([0, 0, 0.3, 5])

    def _wait(self):
        """Let some time pass."""
        self._pass_time(self.dice.choice([1, 10, 60, 300, 900, 3_600, 20_000]) * self.dice.random())

    def _pass_time(self, seconds):
        """Let time pass; requests that are under way are answered before, or else leases would mean nothing."""
        while under_way := [actor for actor in self.actors if actor.where == "upflow"]:
            self._go_on(under_way[0])
        self.world.clock.seconds += seconds
        self.world.say(f"{seconds:.0f} s later")
        forgotten = self.world.clock.seconds - KEPT.total_seconds()
        mark = self.world.ledger.watermark()
        self.gap_passed |= mark is not None and mark.timestamp() < forgotten + 86_400
        self.account.forget_events(forgotten)

    def _work(self):
        """Let tasks work on for a while, in turns."""
        self._stalled = self._stalled if self.dice.random() < STALLED else None
        for _ in range(self.dice.choice([3, 10, 40, 150, 400])):
            awake = [actor for actor in self.actors if actor.where != "sleeping" and actor is not self._stalled]
            is_asking = any(actor.where == "upflow" for actor in awake)
            able = awake if is_asking else [actor for actor in self.actors if actor is not self._stalled]
            if able:
                self._go_on(self.dice.choice(able))

    def _stall(self):
        """Let one task that reads hang for a while, and all others go on."""
        reading = [actor for actor in self.actors if actor.where == "stripe"]
        self._stalled = self.dice.choice(reading) if reading else None

    def _go_on(self, actor):
        """Let one actor work up to its next request."""
        actor.go_on()
        if actor.is_done:
            self.actors.remove(actor)
            if actor is self._current:
                self._current = None

    def _begin(self, run, work, **how):
        actor = Actor(self.world, run.name, work, **how)
        self.actors.append(actor)
        if run not in self.runs:
            self.runs.append(run)
        return actor

    def _sync(self):
        """Begin a run of the incremental sync, unless one is under way."""
        run = Run(f"sync-{len(self.runs)}")
        self._current = self._begin(run, whole(run))

    def _replay(self):
        """Go through a window once more, perhaps as a dry run."""
        end = self.world.clock.now() - timedelta(seconds=self.dice.choice([0, 3_600, 86_400]) * self.dice.random())
        start = end - timedelta(seconds=self.dice.choice([60, 3_600, 20 * 86_400]) * self.dice.random() + 1)
        is_dry, retry_all = self.dice.random() < 0.2, self.dice.random() < 0.5
        run = Run(f"replay-{len(self.runs)}", "replay", Window(start, end), retry_all, is_dry)
        self._begin(run, whole(run))

    def _load(self):
        """Begin the backfill of everything up to now."""
        run = Run("backfill", "backfill", Window(LONG_AGO, self.world.clock.now()))
        # The watermark is stamped by its first task, which begins at once: what is created later belongs to the sync.
        self._go_on(self._begin(run, whole(run)))

    def _clear(self):
        """Clear a task of a run that has ended, perhaps with those after it."""
        busy = {actor.name for actor in self.actors}
        ended = [run for run in self.runs if run.name not in busy]
        if ended:
            run = self.dice.choice(ended)
            first = self.dice.randrange(len(run.steps))
            steps = run.steps[first:] if self.dice.random() < 0.5 else run.steps[first : first + 1]
            self._begin(run, cleared(run, steps), is_clearing=True)

    def _trouble(self):
        """Let something go wrong with a vendor: a permission is lost, or requests fail for a while."""
        world, dice = self.world, self.dice
        for actor in self.actors:
            if actor.task:
                actor.task.may_fail = True
        what = dice.random()
        if what < 0.3:
            world.stripe.forbidden = {dice.choice(RESOURCES)}
            world.say(f"no permission for {world.stripe.forbidden}")
            return
        if what < 0.45:
            world.upflow.faults.add("status", method="POST", path="/customers$", status=422, times=dice.choice([1, 3]))
            world.say("upflow refuses customers")
            return
        kind = dice.choice(["status", "status", "reset_before", "reset_after", "truncated"])
        status, times, after = dice.choice([429, 500, 503]), dice.choice([1, 4, 9, 40]), dice.randrange(20)
        vendor = dice.choice(["stripe", "upflow"])
        getattr(world, vendor).faults.add(kind, status=status, times=times, after=after)
        world.say(f"{vendor}: {kind} {status}, {times} times after {after}")

    def _calm(self):
        """Let all troubles end."""
        self.world.stripe.forbidden = set()
        self.world.stripe.faults.clear()
        self.world.upflow.faults.clear()
        self.world.say("no troubles any more")

    def _vary(self):
        """Let events come sooner or later, or in another version."""
        stripe = self.world.stripe
        stripe.event_delay_s = self.dice.choice([0, 0, 10, 50])
        stripe.event_api_version = self.dice.choice([OLD, API_VERSION])
        self.world.say(f"events: {stripe.event_delay_s} s late, version {stripe.event_api_version}")

    def settle(self):
        """Let everything come to its end without troubles; return how much an idle run asked of Upflow."""
        if not self._is_loaded:
            self._load()
        self._finish_all()
        for hours in (26, 25):
            self._pass_time(hours * 3_600)
            self._whole_run()
        self._pass_time(600)
        before = len(self.world.upflow.requests)
        self._whole_run()
        return len(self.world.upflow.requests) - before

    def _finish_all(self):
        """Let whatever is under way come to its end, without troubles."""
        self._calm()
        for actor in self.actors:
            actor.is_mortal = False
            if actor.task:
                actor.task.spare()
        while self.actors:
            self._go_on(self.dice.choice(self.actors))

    def _whole_run(self):
        """Do a whole run, which must not fail."""
        run = Run(f"last-{self.world.clock.unix()}")
        for step in run.steps:
            self.world.say(f"{run.name}/{step}: {Task(self.world, run, step).do()}")
