"""Requests to Upflow from the moment that they are sent to the arrival of their answers."""

from upflow_provider.ledger.ledger import CLAIM_LEASE_S


class RequestsUnderWay:
    """
    The requests under way, all of them for one customer.

    Args:
        world: The world.

    Attributes:
        has_late: Whether any was sent, or arrived, beyond the lease of its claim, which nobody can prevent.
    """

    def __init__(self, world):
        self._world, self._since_s, self.has_late = world, {}, False

    def begin(self, actor):
        """Note that a request is about to be sent; return what is wrong with that, in words."""
        due = [each for each in self._since_s if not self._is_beyond_lease(each)]
        problems = [f"requests of {actor.name} and {each.name} overlap" for each in due]
        if len(self._world.claims_of(actor.process)) < len({"its record", "its customer"}):
            problems.append(f"{actor.name} sends a request without a claim")
        self._since_s[actor] = self._world.clock.seconds
        return problems

    def send(self, actor):
        """Note that a request is sent."""
        self.has_late |= self._is_beyond_lease(actor)

    def end(self, actor):
        """Note that nobody waits for a request any more."""
        self._since_s.pop(actor, None)

    def _is_beyond_lease(self, actor):
        return self._world.clock.seconds - self._since_s[actor] > CLAIM_LEASE_S
