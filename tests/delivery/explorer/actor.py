"""Somebody who works step by step, and is asked at every step whether to go on."""

import greenlet

from tests.stripe_to_upflow.simulator.wire import Crashed


class Actor:
    """
    Somebody who works from stop to stop.

    Args:
        trace: What has happened.
        name: Its name.
        work: What it does; is given the actor.

    Attributes:
        at: Where it stands: at its ``beginning``; before a ``read`` of Stripe, a ``look`` at the ledger or a
            ``change`` of it; in the ``queue`` for a slot of the budget; before it is to ``send`` a request; at the
            arrival of an ``answer``; ``busy``, while it waits for another one.
        steps: How often it stood somewhere.
        request: The request that it is about to send.
        is_dead: Whether it was killed.
        is_stalled: Whether it stands there so long that every lease ends.
        has_read: Whether it has read anything yet.
    """

    def __init__(self, trace, name, work):
        self.name, self.at, self.steps, self.request = name, "beginning", 0, None
        self.is_dead = self.is_stalled = self.has_read = False
        self._trace, self._error, self._slept_at = trace, None, None
        self._greenlet = greenlet.greenlet(lambda: work(self))

    @property
    def is_over(self):
        """Whether nothing is left to do."""
        return self.is_dead or self._greenlet.dead

    @property
    def is_able(self):
        """Whether it can go on."""
        return not (self.is_over or self.is_asleep or self.is_stalled)

    @property
    def is_asleep(self):
        """Whether it waits for others, who have done nothing since."""
        return self._slept_at == self._trace.steps

    @property
    def situation(self):
        """Where it stands, as a value."""
        return self.name, self.at, self.steps, self.is_stalled, self.is_over, self.is_asleep

    def go_on(self, error=None):
        """Let it work up to its next stop; an error is raised where it stands."""
        self._error, self._slept_at, self.is_stalled = error, None, False
        self._greenlet.parent = greenlet.getcurrent()
        self._greenlet.switch()

    def kill(self):
        """Let it end at once; it does nothing any more."""
        self.is_dead = True
        if self._greenlet:  # it has begun
            self.go_on(Crashed())

    def stop(self, at, request=None):
        """Give the turn away; called by its own work."""
        if self.is_dead:
            raise Crashed
        self.at, self.request, self.steps = at, request, self.steps + 1
        self.has_read |= at == "read"
        if at == "busy":
            self._slept_at = self._trace.steps
        self._greenlet.parent.switch()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
