"""Stripe's limits: requests a second, over all and for each endpoint (https://docs.stripe.com/rate-limits)."""

import time
from collections import defaultdict, deque
from collections.abc import Callable


class StripeLimits:
    """
    Counts requests of the last second.

    Args:
        per_second: Requests granted in any second, over all.
        per_endpoint: Requests granted in any second to one endpoint.
        enforced: Whether more are refused.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        per_second: int = 100,
        per_endpoint: int = 25,
        *,
        enforced: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_second, self.per_endpoint, self.enforced, self._clock = (
            per_second,
            per_endpoint,
            enforced,
            clock,
        )
        self._granted: dict[str, deque[float]] = defaultdict(deque)

    def exceeded(self, endpoint: str) -> str | None:
        """Count a request; return Stripe's word for the limit that it exceeds, if one."""
        now = self._clock()
        for name, limit, reason in (
            ("", self.per_second, "global-rate"),
            (endpoint, self.per_endpoint, "endpoint-rate"),
        ):
            granted = self._granted[name]
            while granted and granted[0] <= now - 1.0:
                granted.popleft()
            if self.enforced and len(granted) >= limit:
                return reason
        self._granted[""].append(now)
        self._granted[endpoint].append(now)
        return None
