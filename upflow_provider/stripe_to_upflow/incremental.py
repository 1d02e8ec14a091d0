"""
The incremental sync: records that have changed in Stripe since the watermark are read again.

``open window | read | map | decide | import | record | finish``

A run opens its window once. Stripe's event feed names the records that changed in it; the ledger keeps
their ids for the run, so that each of its tasks does exactly the same when it is repeated. The records are then read
again, stream by stream, and delivered like any other record. When all are done, the watermark moves to the end of
the window.

Changes that the feed does not show are found by listing: open records once a day (a *sweep*) and, if the watermark
is older than the events that Stripe keeps, everything that may have changed since (a *gap*).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import ConfigurationError, UnfinishedError
from upflow_provider.ledger import Change, Ledger, RunWindow
from upflow_provider.ledger.findings import SYNC_STARTED_AT
from upflow_provider.records.page import Page
from upflow_provider.runs.window import Window, first_watermark
from upflow_provider.stripe_to_upflow.changed_records import reread
from upflow_provider.stripe_to_upflow.changes_report import ChangesReport
from upflow_provider.stripe_to_upflow.event_feed import event_changes, events
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.related_changes import related_changes
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream
from upflow_provider.stripe_to_upflow.unseen_changes import UnseenChanges

log = logging.getLogger(__name__)

EVENT_RETENTION = timedelta(days=30)
"""How long Stripe keeps events (https://docs.stripe.com/api/events)."""
FEED_REACH = EVENT_RETENTION - timedelta(days=1)
"""How far back the feed is used: a day less than it reaches, to be safe."""
LISTING_ID = "*"
"""Record id that stands for a listing among the changes of a stream."""
EVENT_LAG_S = 60.0
"""Age in seconds from which all events are assumed to be in the feed."""
WINDOW_OVERLAP_S = 300.0
"""How far before the watermark a window starts, in seconds."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Incremental:
    """
    One run of the incremental sync.

    Args:
        source: Reads the event feed.
        reader: Reads records.
        ledger: Stores watermark, window and changes.
        run: Name of the run, the same for all of its tasks and each of their tries.
        now: Current time, aware, UTC.
        lag_s: Age in seconds from which events are complete; see `EVENT_LAG_S`.
        overlap_s: How far windows overlap, in seconds; see `WINDOW_OVERLAP_S`.
        sweep_interval: Time between two sweeps.
    """

    def __init__(
        self,
        *,
        source: StripeSource,
        reader: Reader,
        ledger: Ledger,
        run: str,
        now: Callable[[], datetime] = _utc_now,
        lag_s: float = EVENT_LAG_S,
        overlap_s: float = WINDOW_OVERLAP_S,
        sweep_interval: timedelta = timedelta(days=1),
    ) -> None:
        self._source, self._reader, self._ledger, self._run, self._now = source, reader, ledger, run, now
        self._lag, self._overlap = timedelta(seconds=lag_s), timedelta(seconds=overlap_s)
        self._sweep_interval = sweep_interval

    def open_window(
        self, window: Window | None = None, *, retry_all: bool = False, dry_run: bool = False
    ) -> ChangesReport:
        """
        Open the run's window, unless it is open, and store which records changed in it.

        Args:
            window: A window of the last 30 days to replay; the watermark stays. By default the window begins at the
                watermark.
            retry_all: Try all rejected records again, not only those that are due.
            dry_run: Leave the watermark where it is.

        Raises:
            ConfigurationError: *window* reaches further back than the feed.
            RetriableError, FatalError: Raised by the client.
        """
        changes, now = self._ledger.changes, self._now()
        opened = changes.window_of(self._run) or changes.open_window(
            self._run, self._new_window(window, now, dry_run=dry_run)
        )
        report = ChangesReport(opened.start.isoformat(), opened.end.isoformat(), relisting=opened.relisting)
        self._add_events(opened, now, report)
        due = changes.due(STREAMS, None if retry_all else opened.opened_at)
        report.due = len(due)
        changes.add(self._run, due)
        self._add_listings(opened, report)
        changes.mark_feed_read(self._run, self._now())
        counts = changes.counts(self._run)
        report.changes = {name: counts[name] for name in STREAMS if name in counts}
        return report

    def _add_events(self, opened: RunWindow, now: datetime, report: ChangesReport) -> None:
        """Store the changes that the feed shows."""
        changes, is_new = self._ledger.changes, opened.advances_watermark
        # A replay repeats everything; another window leaves out what earlier runs have done.
        handled = changes.handled(self._run, opened.start) if is_new else set()
        start = max(opened.start, now - FEED_REACH)
        if start >= opened.end:
            return  # if a run is cleared a month later, only the ledger knows its changes
        for page in events(self._source, Window(start, opened.end)):
            unhandled = [event for event in page if event["id"] not in handled]
            report.events += len(unhandled)
            event_ids = [(event["id"], datetime.fromtimestamp(event["created"], UTC)) for event in unhandled]
            changes.add(self._run, event_changes(unhandled), event_ids if is_new else ())

    def _add_listings(self, opened: RunWindow, report: ChangesReport) -> None:
        """Store which streams have to be listed because of changes that the feed does not show."""
        if not opened.relisting:
            return
        unseen = self._unseen(opened)
        self._ledger.changes.add(self._run, (Change(name, LISTING_ID) for name in unseen.streams))
        if opened.relisting == "gap":
            report.unknown = unseen.unknown
            log.warning("the watermark is older than the events that Stripe keeps: %s", report.unknown)

    def _new_window(self, window: Window | None, now: datetime, *, dry_run: bool) -> RunWindow:
        if window is not None:
            if window.start < now - EVENT_RETENTION:
                raise ConfigurationError(
                    "Stripe keeps events for 30 days: what changed before then cannot be replayed; load it with "
                    "the DAG stripe_to_upflow_backfill"
                )
            return RunWindow(window.start, window.end, now, advances_watermark=False)
        mark = self._ledger.watermark() or first_watermark(now)
        if not dry_run:
            mark = self._ledger.stamp_watermark(mark)
            if self._ledger.findings.get(SYNC_STARTED_AT) is None:
                self._ledger.findings.keep(SYNC_STARTED_AT, mark.isoformat())
        start, end = mark - self._overlap, max(now - self._lag, mark)
        relisted_at = self._ledger.changes.relisted_at() or self._sync_started_at()
        sweep = not dry_run and now - relisted_at >= self._sweep_interval
        relisting: Any = "gap" if start < now - FEED_REACH else "sweep" if sweep else None
        return RunWindow(start, end, now, relisting, advances_watermark=not dry_run)

    def window(self) -> Window:
        """
        Return the run's window.

        Raises:
            UnfinishedError: The run's changes were not read to the end.
        """
        opened = self._window()
        return Window(opened.start, opened.end)

    def pages(self, stream: StripeStream, first_try_at: datetime | None = None) -> Iterator[Page]:
        """
        Yield the changed records of a stream as they are now, and store the changes that are related to them.

        Args:
            stream: The stream.
            first_try_at: When the task's first try began, UTC: changes done since then are left out.

        Raises:
            UnfinishedError: The run's changes were not read to the end.
            RetriableError, FatalError: Raised by the client.
        """
        opened = self._window()
        pending = self._ledger.changes.stream_changes(self._run, stream.name, first_try_at)
        wanted = [each for each in pending if each.record_id != LISTING_ID]
        read_count = 0
        for page in reread(self._reader, stream, wanted, self._now):
            self._add_related(stream, page)
            read_count += len(page.cursor["ids"])
            yield replace(page, share=min(read_count / len(wanted), 1.0))
        if len(wanted) < len(pending):
            for page in self._unseen(opened).pages(stream):
                self._add_related(stream, page)
                yield page

    def page_done(self, stream: StripeStream, page_cursor: dict[str, Any]) -> None:
        """Record that the changes of a page have their outcome."""
        self._ledger.changes.mark_done(self._run, stream.name, self._now(), page_cursor["ids"])

    def stream_done(self, stream: StripeStream) -> None:
        """Record that all changes of a stream have their outcome."""
        self._ledger.changes.mark_done(self._run, stream.name, self._now())

    def finish(self) -> datetime:
        """
        Move the watermark to the end of the window; in a replay and in a dry run it stays.

        Returns:
            The watermark, UTC.

        Raises:
            UnfinishedError: Some of the run's changes have no outcome yet.
        """
        opened = self._window()
        undone = self._ledger.changes.counts(self._run, only_open=True)
        if undone:
            counts = ", ".join(f"{number} of {stream}" for stream, number in sorted(undone.items()))
            raise UnfinishedError(
                f"the watermark stays, because changes in {Window(opened.start, opened.end)} have no outcome yet: "
                f"{counts}. The next run begins at the same watermark and covers them; see why the tasks of these "
                "streams failed"
            )
        self._ledger.changes.finish(self._run, self._now())
        return self._ledger.watermark() or opened.end

    def _window(self) -> RunWindow:
        opened = self._ledger.changes.window_of(self._run)
        if opened is None or opened.feed_read_at is None:
            raise UnfinishedError("this run has not read the event feed to the end: clear its first task")
        return opened

    def _sync_started_at(self) -> datetime:
        started_at = self._ledger.findings.get(SYNC_STARTED_AT)
        return datetime.fromisoformat(started_at) if started_at else self._now()

    def _unseen(self, opened: RunWindow) -> UnseenChanges:
        gap_start = opened.start if opened.relisting == "gap" else None
        return UnseenChanges(
            self._reader,
            self._ledger,
            gap_start=gap_start,
            created_before=opened.opened_at,
            sync_started_at=self._sync_started_at(),
            now=self._now,
        )

    def _add_related(self, stream: StripeStream, page: Page) -> None:
        self._ledger.changes.add(self._run, related_changes(stream, page.records, self._ledger))
