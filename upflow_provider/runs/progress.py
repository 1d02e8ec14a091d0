"""The progress of a sync, for people who watch its log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window

log = logging.getLogger(__name__)

LOG_INTERVAL_S = 10.0
"""Seconds between two log messages about the progress."""


def share_done(window: Window, covered_to: datetime) -> float:
    """
    Return the share of the window that has been read, 0.0 to 1.0.

    Stripe lists the newest records first and does not say how many there are, so the oldest instant read so far
    shows the progress.
    """
    return min(1.0, max(0.0, (window.end - covered_to) / (window.end - window.start)))


def time_left(elapsed: timedelta, share: float, share_before: float = 0.0) -> timedelta | None:
    """Return the remaining time at the pace since *share_before*; ``None`` if nothing was read since."""
    return elapsed * (1 - share) / (share - share_before) if share > share_before else None


class Progress:
    """
    Logs from time to time the share done, the counts, the rate and the time left.

    Args:
        title: Beginning of each message, such as the stream's name.
        whole: What is being read: a window, or a number of records in words.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, title: str, whole: Window | str, clock: Callable[[], float] = time.monotonic) -> None:
        self._title, self._whole, self._clock = title, whole, clock
        self._started = self._last = clock()
        self._start = self._done = self._logged = (0, 0.0)
        self._has_begun = False

    def show(self, report: SyncReport, share: float) -> None:
        """
        Log the progress, if there is some, and if the last message is at least `LOG_INTERVAL_S` seconds old.

        Args:
            report: The counts so far.
            share: Share of the records that has been read, 0.0 to 1.0.
        """
        now = self._clock()
        if report.handled and not self._has_begun:
            self._start = self._done = self._logged = (report.handled, share)  # by an earlier try
        self._has_begun = True
        if report.handled != self._done[0]:
            # Until the next records are done, a greater share has been read only.
            self._done = report.handled, share
        if self._done != self._logged and now - self._last >= LOG_INTERVAL_S:
            self._last, self._logged = now, self._done
            self._log(report, now - self._started)

    def _log(self, report: SyncReport, elapsed_s: float) -> None:
        (handled, share), (handled_before, share_before) = self._done, self._start
        left = time_left(timedelta(seconds=elapsed_s), share, share_before)
        log.info(
            "%s: %.0f %% of %s, %s; %.1f records/s%s",
            self._title,
            100 * share,
            self._whole,
            report,
            (handled - handled_before) / elapsed_s,
            "" if left is None else f", about {timedelta(seconds=round(left.total_seconds()))} left",
        )
