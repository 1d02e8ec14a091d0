"""
The windows of the incremental sync: where the runs of it begin and end.

Both ends are instants of Stripe's clock, like the events that lie between them. When a run opens its window, and
whether it lists records once more, goes by the ledger's clock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Ledger, RunWindow
from upflow_provider.ledger.findings import SYNC_STARTED_AT
from upflow_provider.runs.window import Window, first_watermark

log = logging.getLogger(__name__)

EVENT_RETENTION = timedelta(days=30)
"""How long Stripe keeps events (https://docs.stripe.com/api/events)."""
FEED_REACH = EVENT_RETENTION - timedelta(days=1)
"""How far back the feed is used: a day less than it reaches, to be safe."""
LATE_EVENTS_MAX = timedelta(hours=2)
"""How much further than to the sweep before a sweep reads the feed again, for events that appeared late."""
CORRECTION_REACH = FEED_REACH - timedelta(days=1)
"""How far a watermark from the future is set back: the retries of a day stay within the feed."""
FUTURE_MIN = timedelta(seconds=10)
"""How far ahead of Stripe a watermark must be to come from a wrong clock; Stripe's servers differ by less."""


@dataclass(frozen=True, slots=True)
class SyncWindows:
    """
    The rules for the windows of one organization.

    Attributes:
        ledger: Keeps the watermark.
        lag: Age from which events are complete.
        overlap: How far before the watermark a window starts.
        sweep_interval: Time between two sweeps.
    """

    ledger: Ledger
    lag: timedelta
    overlap: timedelta
    sweep_interval: timedelta

    def next_start(self, server_time: Callable[[], datetime], *, dry_run: bool) -> datetime:
        """
        Return the start of the window after the watermark, UTC; the first run sets that, before it reads anything.

        Args:
            server_time: Returns the present by Stripe's clock, aware, UTC.
            dry_run: Whether the ledger stays as it is.
        """
        mark = self.ledger.watermark() or first_watermark(server_time())
        if not dry_run:
            mark = self.ledger.stamp_watermark(mark)
            if self.ledger.findings.get(SYNC_STARTED_AT) is None:
                self.ledger.findings.keep(SYNC_STARTED_AT, mark.isoformat())
        return mark - self.overlap

    def next(self, stripe_now: datetime, *, dry_run: bool) -> tuple[RunWindow, str]:
        """
        Return the window after the watermark, and in words how that was corrected; no words if it was right.

        Args:
            stripe_now: The present by Stripe's clock, aware, UTC.
            dry_run: Whether the ledger stays as it is.
        """
        mark, now = self.ledger.watermark() or first_watermark(stripe_now), self.ledger.clock.now()
        mark, correction = self._corrected(mark, stripe_now, dry_run=dry_run)
        start, end = mark - self.overlap, max(stripe_now - self.lag, mark)
        relisted_at = self.ledger.changes.relisted_at(now) or self.sync_started_at(mark)
        sweep = not dry_run and now - relisted_at >= self.sweep_interval
        relisting: Any = "gap" if start < stripe_now - FEED_REACH else "sweep" if sweep else None
        if relisting == "sweep":
            # Earlier runs have handled nearly all of these events, and those are left out.
            reach = stripe_now - self.sweep_interval - LATE_EVENTS_MAX
            start = min(start, max(reach, self.sync_started_at(mark) - self.overlap))
        return RunWindow(start, end, now, relisting, advances_watermark=not dry_run), correction

    def replayed(self, window: Window, stripe_now: datetime) -> RunWindow:
        """
        Return the window of a run that repeats a stretch of time; the watermark stays.

        Raises:
            ConfigurationError: It reaches further back than Stripe keeps events.
        """
        if window.start < stripe_now - EVENT_RETENTION:
            raise ConfigurationError(
                f"start is {window.start:%Y-%m-%dT%H:%M:%SZ}, but Stripe keeps events for 30 days only: what changed "
                "before then cannot be replayed; load it with the DAG stripe_to_upflow_backfill"
            )
        return RunWindow(window.start, window.end, self.ledger.clock.now(), advances_watermark=False)

    def sync_started_at(self, default: datetime) -> datetime:
        """Return when the sync took over from the backfill, by Stripe's clock, UTC; *default* before its first run."""
        started_at = self.ledger.findings.get(SYNC_STARTED_AT)
        return datetime.fromisoformat(started_at) if started_at else default

    def _corrected(self, mark: datetime, stripe_now: datetime, *, dry_run: bool) -> tuple[datetime, str]:
        """
        Return the watermark from which nothing is lost, and in words why it is another than *mark*, if it is.

        Only a wrong clock can have put a watermark into Stripe's future, and nobody knows since when it was wrong. All
        that time, windows ended in the future, and changes were left out. The feed is therefore read again from 28
        days ago, or from where the sync began.
        """
        ahead = mark - stripe_now
        if ahead < FUTURE_MIN:
            return mark, ""
        started_at = min(self.sync_started_at(mark), first_watermark(stripe_now))
        right = max(stripe_now - CORRECTION_REACH, started_at)
        reason = (
            f"the watermark {mark:%Y-%m-%d %H:%M:%S} UTC is {ahead.total_seconds():,.0f} s ahead of Stripe's clock, "
            "because a host's clock was wrong; changes may have been left out since then, so the feed is read "
            f"again from {right:%Y-%m-%d %H:%M:%S} UTC on"
        )
        log.warning("%s", reason)
        if not dry_run:
            self.ledger.changes.correct_watermark(mark, right)
            self.ledger.findings.keep(SYNC_STARTED_AT, started_at.isoformat())
        return right, reason
