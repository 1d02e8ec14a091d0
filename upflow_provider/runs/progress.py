"""How far a sync is, for people who watch its log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window

log = logging.getLogger(__name__)

LOG_INTERVAL_S = 10.0
"""Seconds between two lines of progress."""


def share_done(window: Window, covered_to: datetime) -> float:
    """
    Return how much of the window has been read, 0.0 to 1.0.

    Stripe lists the newest first and does not say how many there are: the oldest instant read so
    far says how far we are.
    """
    return min(1.0, max(0.0, (window.end - covered_to) / (window.end - window.start)))


def time_left(elapsed: timedelta, share: float, share_before: float = 0.0) -> timedelta | None:
    """Return the time still needed at the pace since *before*; ``None`` before anything can be said."""
    return elapsed * (1 - share) / (share - share_before) if share > share_before else None


class Progress:
    """
    Writes a line to the task's log from time to time: share done, rate, time left, rejected.

    Args:
        title: What the line begins with, such as the stream's name.
        window: The window being read.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, title: str, window: Window, clock: Callable[[], float] = time.monotonic) -> None:
        self._title, self._window, self._clock = title, window, clock
        self._started = self._last = clock()
        self._before: tuple[int, float] | None = None

    def show(self, report: SyncReport, share: float) -> None:
        """
        Log where the sync is, unless that was done less than `LOG_INTERVAL_S` seconds ago.

        Args:
            report: The counts so far.
            share: How much has been read, 0.0 to 1.0.
        """
        now = self._clock()
        if self._before is None:
            self._before = report.handled, share  # an earlier try may have brought us here
        if now - self._last < LOG_INTERVAL_S:
            return
        self._last = now
        elapsed_s = now - self._started
        handled, done_before = self._before
        left = time_left(timedelta(seconds=elapsed_s), share, done_before)
        log.info(
            "%s: %.0f %% of %s, %s; %.1f records/s, about %s left",
            self._title,
            100 * share,
            self._window,
            report,
            (report.handled - handled) / elapsed_s,
            "an unknown time" if left is None else timedelta(seconds=round(left.total_seconds())),
        )
