"""An even pace for the requests of one process."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def slot_s(next_at_s: float, now_s: float, interval_s: float) -> tuple[float, float]:
    """
    Return how long the next request must wait, and when the one after it may be sent.

    Pure: does not sleep or read the clock.

    Args:
        next_at_s: First free instant, in seconds of any clock.
        now_s: The present, on the same clock.
        interval_s: Seconds between two requests.

    Returns:
        Seconds to wait before sending, and the first instant that is free afterwards.
    """
    slot_at_s = max(next_at_s, now_s)
    return slot_at_s - now_s, slot_at_s + interval_s


class Pace:
    """
    Makes threads send one request per interval; an interval that nobody used is lost.

    Args:
        per_second: Requests a second, above zero.
        clock: Returns the seconds of a monotonic clock.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval_s = 1 / per_second
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next_at_s = clock()

    def wait(self) -> None:
        """Wait for the next slot and take it."""
        with self._lock:
            wait_s, self._next_at_s = slot_s(self._next_at_s, self._clock(), self._interval_s)
        if wait_s > 0:
            self._sleep(wait_s)

    def pause(self, seconds: float) -> None:
        """Give nobody a slot for that many seconds, because the vendor asked for a pause."""
        with self._lock:
            self._next_at_s = max(self._next_at_s, self._clock() + seconds)
