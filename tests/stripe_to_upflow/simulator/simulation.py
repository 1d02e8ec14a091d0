"""
Months of a Stripe account in seconds: changes, syncs, crashes, cleared tasks and troubles, as dice fall.

All that happens follows from one seed. There is one time, which only the simulation moves; the clocks of the hosts and
of the ledger show another. Tasks are interrupted at every request and between transactions, for as long as it pleases
the dice, so that anything may happen between any two of them. In the end Upflow must hold what one undisturbed backfill
of the final Stripe would have brought (`ends`).
"""

import random
from datetime import timedelta

from tests.stripe_to_upflow.simulator.lives import Account
from tests.stripe_to_upflow.simulator.run import LONG_AGO, Run
from tests.stripe_to_upflow.simulator.runs import cleared, whole
from tests.stripe_to_upflow.simulator.tasks import Task
from tests.stripe_to_upflow.simulator.troubles import vendors
from tests.stripe_to_upflow.simulator.troubles.oddities import Oddities
from tests.stripe_to_upflow.simulator.troubles.people import People
from tests.stripe_to_upflow.simulator.world import Actor, World, Zombie
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

KEPT = timedelta(days=30)
"""How long Stripe keeps events."""

STALLED = 0.8
"""How often a task that stands still goes on standing still."""
EVENTS = 30
"""How many things happen in a world, at most."""


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

    task_type = Task

    def __init__(self, seed, engine, events=EVENTS):
        self.dice = random.Random(seed)
        oddities = Oddities.of(seed)
        self.world = World(self.dice, engine, f"seed {seed}", oddities.behaviour(), self.task_type)
        oddities.leave_out(self.world.stripe, seed)
        self.world.say(f"odd: {', '.join(sorted(oddities.names)) or 'nothing'}")
        self.account, self.people = Account(self.world.stripe, self.dice, oddities), People(self.world)
        self.actors, self.runs, self._current, self._stalled = [], [], None, None
        self.events = self.dice.randint(events // 3, events)
        self._long_pause = self.dice.choice([0] * 16 + [3, 3, 40, 40])
        self.gap_passed, self._loaded_at = False, None

    def happen(self):
        """Let everything happen, up to the end; nothing is compared yet."""
        for _ in range(3):
            self._change()
        pause_at = self.dice.randrange(self.events) if self._long_pause else -1
        for number in range(self.events):
            if number == pause_at:
                self._finish_all()
                self.pass_time(self._long_pause * 86_400)
            what = {
                self._change: 5,
                self._wait: 3,
                self._work: 12 if self.actors else 0,
                self._stall: 2 if self.actors else 0,
                self._give_up: 1 if self.actors else 0,
                self._sync: 5 if self._current is None else 0,
                self._replay: 0.4,
                self._clear: 1 if self.runs else 0,
                self._load: 2 if not self._is_loaded else 0.2,
                self._load_streams: 0.4,
                self._lose_ledger: 0.6 if not self.actors else 0,
                self._meddle: 1,
                self._trouble: 1.2 if not self.world.is_troubled else 0.3,
                lambda: self.world.say(vendors.end(self.world)): 1 if self.world.is_troubled else 0,
                self._vary: 0.5,
                self._step_host: 0.5,
                self._step_ledger: 0.3,
            }
            [happening] = self.dice.choices(list(what), list(what.values()))
            happening()

    @property
    def _is_loaded(self):
        """Whether everything was loaded, since the ledger was lost if that may have left out what is old by now."""
        world = self.world
        is_old = world.clock.now() - world.began_at > KEPT - timedelta(days=2)
        begin = world.lost_at if world.lost_at and is_old else world.began_at
        return self._loaded_at is not None and self._loaded_at >= begin

    def _change(self):
        """Let a few things happen in Stripe, often in one second."""
        for _ in range(self.dice.choice([1, 1, 2, 3, 6])):
            self.world.say(self.account.change())
            self.world.clock.seconds += self.dice.choice([0, 0, 0.3, 5])

    def _wait(self):
        """Let some time pass."""
        self.pass_time(self.dice.choice([1, 10, 60, 300, 900, 3_600, 20_000]) * self.dice.random())

    def pass_time(self, seconds):
        """Let time pass, whoever is in the middle of whatever."""
        self.world.clock.seconds += seconds
        self.world.say(f"{seconds:.0f} s later")
        self.world.requests.let_arrive()
        forgotten = self.world.clock.seconds - KEPT.total_seconds()
        mark = self.world.ledger.watermark()
        self.gap_passed |= mark is not None and mark.timestamp() < forgotten + 86_400
        self.account.forget_events(forgotten)

    def _work(self):
        """Let tasks work on for a while, in turns."""
        self._stalled = self._stalled if self.dice.random() < STALLED else None
        for _ in range(self.dice.choice([3, 10, 40, 150, 400])):
            if able := [actor for actor in self.actors if actor is not self._stalled]:
                self._go_on(self.dice.choice(able))

    def _stall(self):
        """Let one task stand still for a while, wherever it is, and all others go on."""
        self._stalled = self.dice.choice(self.actors)

    def _give_up(self):
        """Let Airflow take a task for dead that only stands still, and try it again."""
        if alive := [actor for actor in self.actors if actor.task and not isinstance(actor, Zombie)]:
            actor = self.dice.choice(alive)
            self.world.say(f"{actor.task.name} is taken for dead")
            self.actors.append(actor.give_up())
            self._leave(actor)

    def _go_on(self, actor):
        """Let one actor work up to its next request."""
        actor.go_on()
        self.world.requests.let_arrive()
        self._leave(actor)

    def _leave(self, actor):
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
        run = Run(f"sync-{len(self.runs)}", with_pdfs=self.world.with_pdfs)
        self._current = self._begin(run, whole(run))

    def _replay(self):
        """Go through a window once more, perhaps as a dry run."""
        end = self.world.clock.now() - timedelta(seconds=self.dice.choice([0, 3_600, 86_400]) * self.dice.random())
        start = end - timedelta(seconds=self.dice.choice([60, 3_600, 20 * 86_400]) * self.dice.random() + 1)
        is_dry, retry_all = self.dice.random() < 0.2, self.dice.random() < 0.5
        run = Run(
            f"replay-{len(self.runs)}", "replay", Window(start, end), retry_all, is_dry, with_pdfs=self.world.with_pdfs
        )
        self._begin(run, whole(run))

    def _load(self):
        """Begin the backfill of everything; like Airflow's, it loads whole months."""
        self._loaded_at = self.world.clock.now()
        window = Window(LONG_AGO, self._next_month())
        run = Run(f"backfill {len(self.runs)}", "backfill", window, with_pdfs=self.world.with_pdfs)
        self._begin(run, whole(run))

    def _next_month(self):
        now = self.world.clock.now()
        return (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)

    def _load_streams(self):
        """Begin a backfill of some streams, which checks nothing in the end."""
        names = tuple(name for name in STREAMS if self.dice.random() < 0.4) or ("payments",)
        window = Window(LONG_AGO, self._next_month())
        run = Run(
            f"backfill of {'+'.join(names)} {len(self.runs)}",
            "backfill",
            window,
            streams=names,
            with_pdfs=self.world.with_pdfs,
        )
        self._begin(run, whole(run))

    def _lose_ledger(self):
        """Replace the ledger by an empty one, while nothing is done."""
        self.world.lose_ledger()
        self.world.say("the ledger is lost")

    def _meddle(self):
        """Let somebody change something in Upflow."""
        self.world.say(self.people.meddle() or "people find nothing to change")

    def _step_host(self):
        self.world.say(self.world.clocks.step_host())

    def _step_ledger(self):
        self.world.say(self.world.clocks.step_ledger())
        self.world.requests.let_arrive()

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
        """Let something go wrong with a vendor; tasks under way may fail because of it."""
        for actor in self.actors:
            if actor.task:
                actor.task.may_fail = True
        self.world.say(vendors.begin(self.world))

    def _vary(self):
        self.world.say(vendors.vary(self.world))

    def finish(self):
        """Let whatever is under way come to its end, without troubles, and load what was not loaded."""
        self._finish_all()
        if not self._is_loaded:
            self._load()
            self._finish_all()

    def _finish_all(self):
        """Let whatever is under way come to its end, without troubles."""
        self.world.say(vendors.end(self.world))
        self.world.clocks.set_right()
        for actor in self.actors:
            actor.is_mortal = False
            if actor.task:
                actor.task.spare()
        while self.actors:
            self._go_on(self.dice.choice(self.actors))
