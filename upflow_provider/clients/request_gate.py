"""The gate of requests to Upflow: a few at once, at the pace of the shared budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from upflow_provider.clients.budget import Budget


class RequestGate:
    """
    Lets the requests of one task pass.

    Only one thread of the process waits for a slot of the budget at a time, so that live work in another
    process never queues behind all threads of a backfill.

    Args:
        budget: The shared budget; ``None`` for no pacing.
        max_concurrency: Requests under way at once.
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
        """Wait for a place and a slot, and keep the place while the request is under way."""
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
            while True:
                granted, wait_s = self._budget.reserve()
                if wait_s > 0:
                    self._sleep(wait_s)
                if granted:
                    return
