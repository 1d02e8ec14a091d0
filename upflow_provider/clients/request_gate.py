"""The gate of requests to Upflow: a few at once, at the pace of the shared budget."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from upflow_provider.clients.budget import Budget

log = logging.getLogger(__name__)

ASK_INTERVAL_S = 5.0
"""Seconds after which a thread that waits asks again: a pause may have ended early, or a clock been corrected."""
LONG_WAIT_S = 60.0
"""Seconds between two messages about a wait."""
WHY = "Upflow asked for a pause, or work with a higher priority is using it up"


class RequestGate:
    """
    Lets the requests of one task pass.

    Only one thread of the process waits for a slot of the budget at a time, so that live work in another
    process never queues behind all threads of a backfill.

    Args:
        budget: The shared budget; ``None`` for no pacing.
        max_concurrency: Requests in flight.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self, budget: Budget | None, max_concurrency: int, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._budget, self._sleep = budget, sleep
        self._places = threading.BoundedSemaphore(max_concurrency)
        self._next = threading.Lock()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Wait for a place and a slot, and keep the place while the request is in flight."""
        with self._places:
            self._await_slot()
            yield

    def pause(self, seconds: float) -> None:
        """Make every task on every host wait, because the vendor asked for a pause."""
        if self._budget is not None:
            self._budget.pause(seconds)

    def _await_slot(self) -> None:
        if self._budget is None:
            return
        with self._next:
            waited_s = 0.0
            while not (slot := self._budget.reserve()).granted:
                wait_s = min(slot.wait_s, ASK_INTERVAL_S)
                self._sleep(wait_s)
                if (waited_s + wait_s) // LONG_WAIT_S > waited_s // LONG_WAIT_S:
                    log.info("waiting for Upflow's request budget for %.0f s so far: %s", waited_s + wait_s, WHY)
                waited_s += wait_s
            if slot.wait_s > 0:
                self._sleep(slot.wait_s)
