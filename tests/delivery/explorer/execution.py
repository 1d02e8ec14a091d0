"""One execution: two tasks, their retries, and late requests, in turns, as a schedule says."""

from functools import partial

import requests

from tests.delivery.explorer.actor import Actor
from tests.delivery.explorer.processes import Process
from tests.delivery.explorer.requests_under_way import RequestsUnderWay
from tests.delivery.explorer.schedule import Option
from tests.delivery.explorer.world import PAUSE_S
from tests.stripe_to_upflow.simulator.wire import Crashed

TIMEOUT_S = 30.0
"""How long a process waits for the answer to a request that is held back."""


class EndedError(BaseException):
    """The process was told to end, and may still speak to the ledger."""


class Execution:
    """
    One execution.

    Args:
        world: The world, in its beginning.
        schedule: Says what happens.
    """

    def __init__(self, world, schedule):
        self._world, self._schedule, self._trace = world, schedule, world.trace
        self._actors, self._tasks, self._acting, self._connections = [], {}, None, {}
        self._requests, self._is_resent, self._problems = RequestsUnderWay(world), False, []
        world.on_statement = self._statement
        for task in world.case.tasks:
            self._begin(task)

    def run(self):
        """Do everything; return what is wrong in the end, or as soon as anything is."""
        current, is_asked = None, False
        try:
            while not self._problems and any(not each.is_over for each in self._actors):
                options = self._options(current, is_asked)
                chosen = self._schedule.choose([option for option, _ in options], self._situation(current, is_asked))
                [then] = [then for option, then in options if option is chosen]
                if chosen.name != "goes on":
                    self._trace.say(current.name if current else "", f"-- {chosen.name}")
                other = then()
                current, is_asked = other or current, other is not None
        finally:
            for each in self._actors:
                self._act(each, each.kill)
        return self._problems or self._world.finish()

    def _situation(self, current, is_asked):
        states = tuple(each.situation for each in self._actors)
        return self._trace.mark, self._world.state, current and current.name, is_asked, states

    def _options(self, current, is_asked):
        """Return what may happen, each with a call that makes it happen, and returns who is asked next."""
        awake = [each for each in self._actors if not each.is_over and not each.is_asleep and each is not current]
        if current is None or not current.is_able:
            return self._turns(awake, current)
        options = [(Option("goes on"), partial(self._go_on, current))]
        if current.at == self._changes_at(current):
            later = range(self._world.state + 1, len(self._world.case.states))
            options += [
                (Option(f"Stripe comes to state {each}"), partial(self._change, current, each)) for each in later
            ]
        if current.has_read and not self._is_resent and current.at not in {"read", "busy"}:
            options += [(Option(name, troubles=1), then) for name, then in self._troubles(current, awake)]
        if not is_asked:
            options += [(Option(f"{each.name} comes", switches=1), partial(self._wake, each)) for each in awake]
        return options

    def _changes_at(self, actor):
        """Return where a change in Stripe makes a difference: later runs read again what a backfill has read."""
        if actor not in self._tasks:
            return None
        return "beginning" if self._tasks[actor].is_sync else "read"

    def _turns(self, awake, current):
        """Return who may come when the one whose turn it was cannot go on."""
        able = sorted(awake, key=lambda each: each.is_stalled)
        if current and current.is_stalled:
            able.append(current)
        options = [(Option(f"{each.name} comes"), partial(self._wake, each)) for each in able]
        if not self._is_resent and options and all(each.is_stalled for each in able):
            options.append((Option("what is due is read"), self._read_due))
        if options:
            return options
        sleeper = next(each for each in self._actors if not each.is_over)
        return [(Option("time passes"), partial(self._pass_time, sleeper))]

    def _troubles(self, actor, awake):
        if actor.at not in {"look", "queue"}:
            for again in (True, False):
                suffix = ", and tried again" if again else ""
                yield f"is killed{suffix}", partial(self._kill, actor, again=again)
                yield f"is told to end{suffix}", partial(self._end, actor, again=again)
        if actor.at == "send":
            yield "its request is held back", partial(self._hold, actor)
            yield "its request is held back, and it is killed, and tried again", partial(self._hold_of_dead, actor)
            yield "its request is held back, and it is told to end", partial(self._hold_of_ending, actor)
        if actor.at == "answer":
            yield "the answer is lost", partial(self._go_on, actor, requests.ConnectionError("connection reset"))
        if awake:
            yield "stands still beyond its lease", partial(self._stall, actor)

    def _go_on(self, actor, error=None):
        if error is not None:
            self._trace.add(actor.name, f"gets {type(error).__name__}")
        self._act(actor, partial(actor.go_on, error))

    def _change(self, actor, state):
        self._world.state = state
        self._trace.add("Stripe", f"comes to state {state}", changes=["stripe"])
        self._go_on(actor)

    def _kill(self, actor, *, again):
        self._trace.add(actor.name, "is killed")
        self._act(actor, actor.kill)
        if again:
            self._begin(self._tasks[actor])

    def _end(self, actor, *, again):
        actor.is_tried_again = again
        self._go_on(actor, EndedError())

    def _hold(self, actor):
        self._keep_back(actor)
        self._world.clock.sleep(TIMEOUT_S)
        self._go_on(actor, requests.ReadTimeout())

    def _hold_of_dead(self, actor):
        self._keep_back(actor)
        self._kill(actor, again=True)

    def _hold_of_ending(self, actor):
        self._keep_back(actor)
        self._end(actor, again=False)

    def _keep_back(self, actor):
        request, name = actor.request, f"held request {len(self._actors)}"
        self._trace.add(actor.name, f"{name} is held back")

        def arrive(_):
            self._requests.has_late = True
            request(name)

        self._actors.append(Actor(self._trace, name, arrive))

    def _stall(self, actor):
        actor.is_stalled = True
        self._world.clock.sleep(PAUSE_S)
        self._trace.add_time(actor.name, "stands still")

    def _wake(self, actor):
        actor.is_stalled = False
        return actor

    def _pass_time(self, sleeper):
        self._world.clock.sleep(PAUSE_S)
        self._trace.add_time(sleeper.name, "has waited")
        return sleeper

    def _read_due(self):
        """Let a run of the sync come before those that stand still go on."""
        self._is_resent = True
        self._world.read_due()
        self._trace.add_time("final", "has come")

    def _begin(self, task):
        name = f"{task.name} {[*self._tasks.values()].count(task) + 1}"
        actor = Actor(self._trace, name, partial(self._work, task))
        self._actors.append(actor)
        self._tasks[actor] = task

    def _work(self, task, actor):
        self._let_act(None)
        process = Process(self._world, task, actor.name, partial(self._stop, actor))
        actor.process = process.importer._owner.process
        self._let_act(actor)
        try:
            process.run()
        except Crashed:
            return
        except EndedError:
            if actor.is_tried_again:
                self._begin(task)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
            self._problems.append(f"{actor.name} fails: {type(error).__name__}: {error}")

    def _act(self, actor, work):
        """Let an actor do something, and look at what is there when it stands again."""
        self._let_act(actor)
        work()
        self._let_act(None)
        if not self._requests.has_late:
            self._problems += [f"{each}: more is linked than due" for each in self._world.overlinked()]
        if actor.is_over and not actor.is_dead and actor in self._tasks:
            left = self._world.claims_of(actor.process)
            self._problems += [f"{actor.name} has ended, and its claim on {each} is left" for each in left]

    def _let_act(self, actor):
        self._acting, self._world.acting = actor, actor.name if actor else ""

    def _stop(self, actor, at, request=None):
        if at == "send":
            self._let_act(None)
            self._problems += self._requests.begin(actor)
            self._let_act(actor)
        try:
            actor.stop(at, request)
        except BaseException:
            self._requests.end(actor)
            raise
        if at == "send":
            self._requests.send(actor)
        elif at == "answer":
            self._requests.end(actor)

    def _statement(self, connection, statement):
        actor = self._acting
        if actor is None:
            return
        if actor.is_dead:
            raise Crashed
        known = self._connections.get(actor, connection)
        self._connections[actor] = connection
        if connection is not known:  # nobody sees a transaction before its end
            self._stop(actor, "look" if statement.is_select else "change")
