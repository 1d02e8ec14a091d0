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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import UnfinishedError
from upflow_provider.ledger import Change, Ledger, RunWindow
from upflow_provider.records.page import Page
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.changed_records import looked_up, reread
from upflow_provider.stripe_to_upflow.changes_report import ChangesReport
from upflow_provider.stripe_to_upflow.event_feed import Event, created_at, event_changes, events
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.related_changes import related_changes
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream
from upflow_provider.stripe_to_upflow.sync_windows import FEED_REACH, SyncWindows
from upflow_provider.stripe_to_upflow.unseen_changes import UnseenChanges

log = logging.getLogger(__name__)

LISTING_ID = "*"
"""Record id that stands for a listing among the changes of a stream."""
EVENT_LAG_S = 60.0
"""Age in seconds from which all events are assumed to be in the feed."""
WINDOW_OVERLAP_S = 300.0
"""How far before the watermark a window starts, in seconds."""


class Incremental:
    """
    One run of the incremental sync.

    Its window is bounded by Stripe's clock, and its reads and progress go by the ledger's clock; the host's decides
    nothing.

    Args:
        source: Reads the event feed, and knows Stripe's time.
        reader: Reads records.
        ledger: Stores watermark, window and changes.
        run: Name of the run, the same for all of its tasks and each of their tries.
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
        lag_s: float = EVENT_LAG_S,
        overlap_s: float = WINDOW_OVERLAP_S,
        sweep_interval: timedelta = timedelta(days=1),
    ) -> None:
        self._source, self._reader, self._ledger, self._run = source, reader, ledger, run
        self._windows = SyncWindows(ledger, timedelta(seconds=lag_s), timedelta(seconds=overlap_s), sweep_interval)

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
            ProtocolError: Stripe's answers do not show its time.
            RetriableError, FatalError: Raised by the client.
        """
        changes, report = self._ledger.changes, ChangesReport()
        opened, feed = self._opened(window, report, dry_run=dry_run)
        report.start, report.end, report.relisting = opened.start.isoformat(), opened.end.isoformat(), opened.relisting
        self._add_events(opened, feed, report)
        due = changes.due(STREAMS, None if retry_all else opened.opened_at)
        report.due = len(due)
        changes.add(self._run, due)
        self._add_listings(opened, report)
        changes.mark_feed_read(self._run, self._ledger.clock.now())
        counts = changes.counts(self._run)
        report.changes = {name: counts[name] for name in STREAMS if name in counts}
        return report

    def _opened(
        self, window: Window | None, report: ChangesReport, *, dry_run: bool
    ) -> tuple[RunWindow, Iterable[Sequence[Event]]]:
        """
        Return the run's window and the pages of the feed in it.

        The end of a new window is known when Stripe has answered. Its feed is therefore listed without an end first.
        """
        opened = self._ledger.changes.window_of(self._run)
        bounds = opened or window
        start = bounds.start if bounds else self._windows.next_start(self._source.server_time, dry_run=dry_run)
        pages = events(self._source, start, bounds.end if bounds else None)
        first_page, stripe_now = next(pages), self._source.server_time()
        if opened is None:
            new, report.correction = (
                (self._windows.replayed(window, stripe_now), "")
                if window
                else self._windows.next(stripe_now, dry_run=dry_run)
            )
            opened = self._ledger.changes.open_window(self._run, new)
        reach = max(opened.start, stripe_now - FEED_REACH)
        if reach == start:
            return opened, chain([first_page], pages)
        # If a run is cleared a month later, only the ledger knows its changes.
        return opened, events(self._source, reach, opened.end) if reach < opened.end else ()

    def _add_events(self, opened: RunWindow, feed: Iterable[Sequence[Event]], report: ChangesReport) -> None:
        """Store the changes that the feed shows."""
        changes, is_new = self._ledger.changes, opened.advances_watermark
        # A replay repeats everything; another window leaves out what earlier runs have done.
        handled = changes.handled(self._run, opened.start) if is_new else set()
        for page in feed:
            wanted = [event for event in page if (created_at(event) or opened.start) < opened.end]
            unhandled = [event for event in wanted if event["id"] not in handled]
            report.events += len(unhandled)
            # An event without id or date is not remembered: the next window handles it again.
            event_ids = [(event["id"], at) for event in unhandled if event["id"] and (at := created_at(event))]
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
            first_try_at: When the task's first try began, a tick of the ledger's clock: changes done since then are
                left out.

        Raises:
            UnfinishedError: The run's changes were not read to the end.
            RetriableError, FatalError: Raised by the client.
        """
        opened = self._window()
        pending = self._ledger.changes.stream_changes(self._run, stream.name, first_try_at)
        wanted = [each for each in pending if each.record_id != LISTING_ID]
        read_count = 0
        known = self._ledger.records(stream.name, [each.record_id for each in wanted])
        for found in reread(self._reader, stream, wanted, self._ledger.clock.tick, known):
            page = replace(found, records=[*found.records, *looked_up(stream, found, self._ledger)])
            self._add_related(stream, page)
            read_count += len(page.cursor["ids"])
            yield replace(page, share=min(read_count / len(wanted), 1.0))
        if len(wanted) < len(pending):
            for page in self._unseen(opened).pages(stream):
                self._add_related(stream, page)
                yield page

    def page_done(self, stream: StripeStream, page_cursor: dict[str, Any]) -> None:
        """Record that the changes of a page have their outcome."""
        self._ledger.changes.mark_done(self._run, stream.name, self._ledger.clock.tick(), page_cursor["ids"])

    def stream_done(self, stream: StripeStream) -> None:
        """Record that all changes of a stream have their outcome."""
        self._ledger.changes.mark_done(self._run, stream.name, self._ledger.clock.tick())

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
        self._ledger.changes.finish(self._run, self._ledger.clock.now())
        return self._ledger.watermark() or opened.end

    def _window(self) -> RunWindow:
        opened = self._ledger.changes.window_of(self._run)
        if opened is None or opened.feed_read_at is None:
            raise UnfinishedError("this run has not read the event feed to the end: clear its first task")
        return opened

    def _unseen(self, opened: RunWindow) -> UnseenChanges:
        gap_start = opened.start if opened.relisting == "gap" else None
        return UnseenChanges(
            self._reader,
            self._ledger,
            gap_start=gap_start,
            created_before=opened.end,
            sync_started_at=self._windows.sync_started_at(opened.end),
        )

    def _add_related(self, stream: StripeStream, page: Page) -> None:
        self._ledger.changes.add(self._run, related_changes(stream, page.records, self._ledger))
