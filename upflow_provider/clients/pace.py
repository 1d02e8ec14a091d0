"""An even pace for the requests of one process."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from upflow_provider.clients.budget import MAX_PAUSE_S
from upflow_provider.clients.retry import in_pieces

if TYPE_CHECKING:
    from collections.abc import Callable


log = logging.getLogger(__name__)

LONG_WAIT_S = 10.0
"""Seconds from which a wait is worth a line in the log."""


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
            in_pieces(wait_s, self._sleep)

    def pause(self, seconds: float) -> None:
        """
        Give nobody a slot for that many seconds, because the vendor asked for a pause.

        A pause of more than `MAX_PAUSE_S` ends then, so that somebody asks again.
        """
        seconds = min(seconds, MAX_PAUSE_S)
        with self._lock:
            added_s = self._clock() + seconds - self._next_at_s
            self._next_at_s += max(added_s, 0.0)
        if added_s > LONG_WAIT_S:
            log.warning("no request is sent for %.0f s, because the vendor has asked for a pause", seconds)
