"""Upflow's limits: requests in any rolling minute, and requests at once."""

import math
from collections import deque
from collections.abc import Callable

WINDOW_S = 60.0


class Limits:
    """
    Counts requests and refuses those beyond the limits (https://docs.upflow.io, API guide).

    Refused requests count for no limit.

    Args:
        requests_per_minute: Requests granted in any 60 s.
        max_concurrency: Requests granted at once.
        enforced: Whether anything is refused at all.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self, requests_per_minute: int, max_concurrency: int, *, enforced: bool, clock: Callable[[], float]
    ) -> None:
        self.requests_per_minute = requests_per_minute
        self.max_concurrency = max_concurrency
        self.enforced = enforced
        self._clock = clock
        self._granted: deque[float] = deque()
        self._running = 0

    def enter(self) -> int | None:
        """Grant a request and return None, or refuse it and return after how many whole seconds to retry."""
        now = self._clock()
        while self._granted and self._granted[0] <= now - WINDOW_S:
            self._granted.popleft()
        if self.enforced and self._running >= self.max_concurrency:
            return 1
        if self.enforced and len(self._granted) >= self.requests_per_minute:
            return math.ceil(self._granted[0] + WINDOW_S - now)
        self._granted.append(now)
        self._running += 1
        return None

    def leave(self) -> None:
        """Count a granted request as answered."""
        self._running -= 1

    def forget(self) -> None:
        """Forget the requests of the last minute; those that run still count as running."""
        self._granted.clear()
