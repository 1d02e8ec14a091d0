"""
Stripe -> Upflow, one stream, one window.

``read | map | decide | import | record | report``

Pages are read, mapped and compared with the ledger in the calling thread; what has to be imported
goes to worker threads, the records of one customer in one piece, so that two requests for one
customer never overlap. A page is done when all its records are settled; only then does the cursor
move past it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from upflow_provider.delivery.decision import Action, decide
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.dry_run import Plan
from upflow_provider.delivery.importer import Importer
from upflow_provider.errors import MappingError, RecordBusyError, UpflowSyncError
from upflow_provider.ledger import Ledger, Outcome, RecordOutcome, RecordState
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Page
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import Stream

log = logging.getLogger(__name__)

PAGES_AHEAD = 2  # pages that may be read while an older one is still being imported: bounds memory
TICK_S = 1.0  # seconds between two looks at the clock while waiting for imports
BUSY_WAIT_S = 2.0  # seconds before a record that another task had in flight is tried again

IMPORT_ORDER = (Action.REMOVED, Action.UPDATED, Action.CREATED)
"""In which order the records of one customer are imported."""

Checkpoint = Callable[[dict[str, Any], SyncReport], None]
"""Keeps the cursor after a page that is done, with the counts up to there."""


@dataclass(slots=True)
class _PageWork:
    """One page that was read, and what is still under way for it."""

    cursor: dict[str, Any]
    covered_to: datetime
    report: SyncReport
    imports: list[Future[tuple[SyncReport, list[Delivery]]]] = field(default_factory=list)


@dataclass(slots=True)
class StreamSync:
    """
    The sync of one stream.

    Attributes:
        stream: The stream.
        importer: Imports single records; ``None`` for a dry run, which writes nothing at all.
        ledger: What was sent before.
        options: The organization's mapping options.
        owner: Name of this task instance (see `Importer`).
        threads: Imports under way at once.
        links: How documents are linked, for the plan of a dry run.
        sleep: Waits that many seconds.
    """

    stream: Stream
    importer: Importer | None
    ledger: Ledger
    options: Options
    owner: str
    threads: int = 1
    links: str = "inline"
    sleep: Callable[[float], None] = time.sleep
    _plan: Plan = field(init=False)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)

    def __post_init__(self) -> None:
        """Begin with an empty plan."""
        self._plan = Plan(self.ledger, self.links)

    def run(
        self,
        pages: Iterable[Page],
        *,
        progress: Progress,
        report: SyncReport | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> SyncReport:
        """
        Sync every record of *pages*.

        Args:
            pages: The source's records, newest first.
            progress: Told about every page and every second.
            report: Counts of an earlier try that ended at the cursor *pages* start from.
            checkpoint: Called after each page whose records are all settled.

        Returns:
            The counts; the caller decides how many rejected records are too many.

        Raises:
            RetriableError, FatalError: What stops the whole sync; everything settled stays so.
        """
        total = report or SyncReport(dry_run=self.importer is None)
        linked = self.importer.link_requests if self.importer else 0
        under_way: deque[_PageWork] = deque()
        deferred: list[Delivery] = []
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix=f"import-{self.stream.name}")

        def finish_oldest() -> None:
            work = under_way.popleft()
            self._await(work, total, progress, deferred)
            total.add(work.report)
            progress.tell(total, work.covered_to)
            deferred[:] = self._try_again(deferred, total)
            # While a record waits for another task's import, the cursor must stay before it.
            if checkpoint and not deferred:
                checkpoint(work.cursor, total)

        reading = iter(pages)
        failure: UpflowSyncError | None = None
        try:
            while (page := _next(reading)) is not None:
                if isinstance(page, UpflowSyncError):
                    failure = page  # what was read before is still imported
                    break
                under_way.append(self._start(page, pool))
                if len(under_way) > PAGES_AHEAD:
                    finish_oldest()
            while under_way:
                finish_oldest()
            if failure is not None:
                raise failure
            while deferred:
                log.info("%s: waiting for %d records that another task has in flight", self.stream.name, len(deferred))
                self.sleep(BUSY_WAIT_S)  # claims expire, so that their turn comes
                deferred[:] = self._try_again(deferred, total)
        finally:
            self._stopped.set()
            pool.shutdown(wait=True, cancel_futures=True)
        if self.importer is not None:
            total.links += self.importer.link_requests - linked
        return total

    def _start(self, page: Page, pool: ThreadPoolExecutor) -> _PageWork:
        """Map and decide one page, settle what needs no import, and hand the rest to the workers."""
        work = _PageWork(page.cursor, page.covered_to, SyncReport(read=len(page.records)))
        intents = self._decide(page, work.report)
        if self.importer is None:
            self._plan.count(intents, work.report)
            return work
        groups: dict[str, list[Delivery]] = {}
        # What is taken off an invoice makes room for what settles it instead.
        for intent in sorted(intents, key=lambda intent: IMPORT_ORDER.index(intent.decision.action)):
            groups.setdefault(intent.customer, []).append(intent)
        work.imports = [pool.submit(self._import_group, group) for group in groups.values()]
        return work

    def _decide(self, page: Page, report: SyncReport) -> list[Delivery]:
        known = self.ledger.records(self.stream.name, [record["id"] for record in page.records])
        intents: list[Delivery] = []
        settled: list[RecordOutcome] = []
        expected: list[tuple[str, int, datetime]] = []
        for record in page.records:
            external_id, before = record["id"], known.get(record["id"])
            try:
                mapped = self.stream.mapped(record, self.options)
            except MappingError as error:
                report.reject(external_id, str(error))
                settled.append(_rejected(external_id, error, page.read_at))
                continue
            decision = decide(mapped, page.read_at, before)
            if decision.action is Action.UNCHANGED:
                report.unchanged += 1
                must_show = mapped.outstanding if isinstance(mapped, Mapped) else None
                if must_show is not None and before and before.expected != must_show:
                    expected.append((external_id, must_show, page.read_at))
            elif isinstance(mapped, Skip) and decision.action is Action.SKIPPED:
                report.skipped += 1
                if _is_news(mapped, before):
                    settled.append(RecordOutcome(external_id, Outcome.SKIPPED, page.read_at, reason=mapped.reason))
            else:
                lines, settles = (before.lines, before.settles) if before else (None, ())
                intents.append(
                    Delivery(self.stream, external_id, record, mapped, decision, page.read_at, lines, settles)
                )
        if self.importer is not None:
            self.ledger.settle(self.stream.name, settled, owner=self.owner, run=self.importer.run)
            self.ledger.balances.expect(expected, self.importer.run)
        return intents

    def _import_group(self, group: list[Delivery]) -> tuple[SyncReport, list[Delivery]]:
        """Import the records of one customer, one after the other; return those that are busy."""
        assert self.importer is not None  # noqa: S101 - a dry run starts no imports
        report, busy = SyncReport(), []
        for intent in group:
            if self._stopped.is_set():
                break  # the sync has ended; what was not sent is read again
            try:
                report.add(self.importer.import_(intent))
            except RecordBusyError:
                busy.append(intent)
        return report, busy

    def _try_again(self, deferred: list[Delivery], total: SyncReport) -> list[Delivery]:
        """Import records that another task had in flight; return those that still are."""
        report, busy = self._import_group(deferred) if deferred else (SyncReport(), [])
        total.add(report)
        return busy

    @staticmethod
    def _await(work: _PageWork, total: SyncReport, progress: Progress, deferred: list[Delivery]) -> None:
        """Wait for the imports of one page, add up their counts, and raise what stopped one."""
        pending = set(work.imports)
        while pending:
            done, pending = wait(pending, timeout=TICK_S, return_when=FIRST_EXCEPTION)
            for each in done:
                report, busy = each.result()
                work.report.add(report)
                deferred.extend(busy)
            progress.tell(total, work.covered_to)


def _next(reading: Iterator[Page]) -> Page | UpflowSyncError | None:
    """Return the next page, why there is none for now, or ``None`` at the end."""
    try:
        return next(reading, None)
    except UpflowSyncError as error:
        return error


def _rejected(external_id: str, error: MappingError, read_at: datetime) -> RecordOutcome:
    log.warning("rejected %s", error)
    return RecordOutcome(external_id, Outcome.REJECTED, read_at, reason=str(error), error=type(error).__name__)


def _is_news(skip: Skip, before: RecordState | None) -> bool:
    """Tell whether the ledger has yet to learn that the record is skipped."""
    return before is None or (before.outcome not in _SENT and before.reason != skip.reason)


_SENT = {Outcome.IMPORTED, Outcome.REMOVED}
