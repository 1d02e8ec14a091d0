"""
The incremental sync: what changed in Stripe since the watermark, read again.

``take | read | map | decide | import | record | finish``

A run *takes* its window once. Stripe's event feed tells which records changed in it; the ledger keeps their
ids as the run's, so that any of its tasks can be repeated and does exactly the same. The records are then read
again, stream by stream, and go the way of every record. When all are done the run *finishes*: the watermark
moves to the end of its window.

What the feed does not tell is listed: once a day what is open (a *sweep*), and, when the watermark is older than
Stripe keeps events, everything that may have changed since (a *gap*).
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
from upflow_provider.records.page import Page
from upflow_provider.runs.sync_report import ChangesReport
from upflow_provider.runs.window import Window, first_watermark
from upflow_provider.stripe_to_upflow.changed_records import reread
from upflow_provider.stripe_to_upflow.event_feed import changes_told, told
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.related_changes import follow
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS, Stream
from upflow_provider.stripe_to_upflow.unseen_changes import UnseenChanges

log = logging.getLogger(__name__)

KEPT = timedelta(days=29)
"""How far back the feed is asked: Stripe keeps events for 30 days, of which one is left for doubt."""
LISTING = "*"
"""Stands among the changes of a stream for what is to be listed."""
BEGAN = "incremental sync began"
LAG_S = 60.0
"""Age, in seconds, from which all events are taken to be visible in the feed."""
OVERLAP_S = 300.0
"""How far before the watermark a window starts, in seconds."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Incremental:
    """
    One run of the incremental sync.

    Args:
        source: Where the event feed is read.
        reader: Where records are read.
        ledger: Keeps watermark, window and changes.
        run: Name of the run, the same for all of its tasks and each of their tries.
        now: Current time, aware, UTC.
        lag_s: Age from which events are relied on, in seconds; see `LAG_S`.
        overlap_s: How far windows overlap, in seconds; see `OVERLAP_S`.
        sweep_every: How often what is open is listed, for what sends no event.
    """

    def __init__(
        self,
        *,
        source: StripeSource,
        reader: Reader,
        ledger: Ledger,
        run: str,
        now: Callable[[], datetime] = _utc_now,
        lag_s: float = LAG_S,
        overlap_s: float = OVERLAP_S,
        sweep_every: timedelta = timedelta(days=1),
    ) -> None:
        self._source, self._reader, self._ledger, self._run, self._now = source, reader, ledger, run, now
        self._lag, self._overlap = timedelta(seconds=lag_s), timedelta(seconds=overlap_s)
        self._sweep_every = sweep_every

    def take(self, window: Window | None = None, *, retry_all: bool = False, dry_run: bool = False) -> ChangesReport:
        """
        Take the run's window, unless it has one, and keep which records changed in it.

        Args:
            window: A window of the last 30 days to go through again; the watermark stays. What comes after the
                watermark if not given.
            retry_all: Try all rejected records again, not only those that are due.
            dry_run: Leave the watermark where it is.

        Raises:
            ConfigurationError: *window* reaches further back than the feed.
            RetriableError, FatalError: As the client raises them.
        """
        changes, now = self._ledger.changes, self._now()
        taken = changes.taken(self._run) or changes.take(self._run, self._new(window, now, dry_run=dry_run))
        report = ChangesReport(taken.start.isoformat(), taken.end.isoformat(), relisting=taken.relisting)
        # A replay takes on everything; a window of its own may leave out what its predecessors have done.
        handled = changes.handled(self._run, taken.start) if taken.moves else set()
        kept_since = max(taken.start, now - KEPT)
        # Of the window of a run that is cleared a month later the feed has nothing left; the ledger knows its changes.
        for page in told(self._source, Window(kept_since, taken.end)) if kept_since < taken.end else ():
            news = [event for event in page if event["id"] not in handled]
            report.events += len(news)
            seen = [(event["id"], datetime.fromtimestamp(event["created"], UTC)) for event in news]
            changes.add(self._run, changes_told(news), seen if taken.moves else ())
        due = changes.due(None if retry_all else taken.taken_at)
        report.due = len(due)
        changes.add(self._run, due)
        if taken.relisting:
            changes.add(self._run, (Change(name, LISTING) for name in self._relisting(taken).streams))
        if taken.relisting == "gap":
            report.unknown = self._relisting(taken).unknown
            log.warning("the watermark is older than what Stripe keeps of events: %s", report.unknown)
        changes.fed(self._run, self._now())
        counts = changes.counts(self._run)
        report.changes = {name: counts[name] for name in STREAMS if name in counts}
        return report

    def _new(self, window: Window | None, now: datetime, *, dry_run: bool) -> RunWindow:
        if window is not None:
            if window.start < now - timedelta(days=30):
                raise ConfigurationError(
                    "Stripe keeps events for 30 days: what changed before then cannot be replayed; load it with "
                    "the DAG stripe_to_upflow_backfill"
                )
            return RunWindow(window.start, window.end, now, moves=False)
        mark = self._ledger.watermark() or first_watermark(now)
        if not dry_run:
            mark = self._ledger.stamp_watermark(mark)
            if self._ledger.findings.get(BEGAN) is None:
                self._ledger.findings.keep(BEGAN, mark.isoformat())
        start, end = mark - self._overlap, max(now - self._lag, mark)
        relisted_at = self._ledger.changes.relisted_at() or self._began()
        sweep = not dry_run and now - relisted_at >= self._sweep_every
        relisting: Any = "gap" if start < now - KEPT else "sweep" if sweep else None
        return RunWindow(start, end, now, relisting, moves=not dry_run)

    def window(self) -> Window:
        """
        Return the run's window.

        Raises:
            UnfinishedError: The run's changes were not read to the end.
        """
        taken = self._taken()
        return Window(taken.start, taken.end)

    def pages(self, stream: Stream, since: datetime | None = None) -> Iterator[Page]:
        """
        Yield the records of a stream that changed, as they are now, and keep what they lead to.

        Args:
            stream: The stream.
            since: Leave out what was done at or after this instant, by an earlier try.

        Raises:
            UnfinishedError: The run's changes were not read to the end.
            RetriableError, FatalError: As the client raises them.
        """
        taken = self._taken()
        pending = self._ledger.changes.of(self._run, stream.name, since)
        wanted = [each for each in pending if each.record_id != LISTING]
        seen = 0
        for page in reread(self._reader, stream, wanted, self._now):
            self._follow(stream, page)
            seen += len(page.cursor["ids"])
            # Told as if the window was read backwards, which is what progress is worked out from.
            yield replace(page, covered_to=taken.end - (taken.end - taken.start) * min(seen / len(wanted), 1))
        if len(wanted) < len(pending):
            for page in self._relisting(taken).pages(stream):
                self._follow(stream, page)
                yield page

    def settled(self, stream: Stream, page_cursor: dict[str, Any]) -> None:
        """Note that the changes that a page came from have reached their outcome."""
        self._ledger.changes.done(self._run, stream.name, self._now(), page_cursor["ids"])

    def done(self, stream: Stream) -> None:
        """Note that every change of a stream has reached its outcome."""
        self._ledger.changes.done(self._run, stream.name, self._now())

    def finish(self) -> datetime:
        """
        Move the watermark to the end of the window; it stays for a replay and a dry run.

        Returns:
            The watermark in force, UTC.

        Raises:
            UnfinishedError: Some of the run's changes have not reached their outcome.
        """
        taken = self._taken()
        undone = self._ledger.changes.counts(self._run, only_open=True)
        if undone:
            counts = ", ".join(f"{number} of {stream}" for stream, number in sorted(undone.items()))
            raise UnfinishedError(
                f"the watermark stays: of the changes in {Window(taken.start, taken.end)} these have no outcome yet: "
                f"{counts}. The next run begins at the same watermark and covers them; see why the tasks of these "
                "streams failed"
            )
        self._ledger.changes.finish(self._run, self._now())
        return self._ledger.watermark() or taken.end

    def _taken(self) -> RunWindow:
        taken = self._ledger.changes.taken(self._run)
        if taken is None or taken.fed_at is None:
            raise UnfinishedError("this run has not read the event feed to the end: clear its first task")
        return taken

    def _began(self) -> datetime:
        began = self._ledger.findings.get(BEGAN)
        return datetime.fromisoformat(began) if began else self._now()

    def _relisting(self, taken: RunWindow) -> UnseenChanges:
        since = taken.start if taken.relisting == "gap" else None
        return UnseenChanges(
            self._reader, self._ledger, since=since, until=taken.taken_at, began=self._began(), now=self._now
        )

    def _follow(self, stream: Stream, page: Page) -> None:
        self._ledger.changes.add(self._run, follow(stream, page.records, self._ledger))
