"""A queue of pages, which are read ahead of the imports and finished in the order in which they were read."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from upflow_provider.delivery.decision import Action
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.errors import RecordBusyError, RetriableError
from upflow_provider.records.page import Page
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.report import MAX_EXAMPLES, counted
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id

log = logging.getLogger(__name__)

PAGES_AHEAD_MAX = 2
"""Pages that may be read while an older one is still being imported; this bounds memory."""
PROGRESS_INTERVAL_S = 1.0
"""Seconds between two updates of the progress while imports are in flight."""
BUSY_WAIT_S = 2.0
"""Seconds before a record that another task has in flight is tried again."""
BUSY_WAITS_MAX = 600
"""Waits for such records before the task gives up: twice as long as a claim lasts."""
IMPORT_ORDER = (Action.REMOVED, Action.UPDATED, Action.CREATED)
"""The order in which the records of one customer are written: what is removed from an invoice makes room for others."""

Checkpoint = Callable[[dict[str, Any], SyncReport], None]
"""Stores the cursor after a page that is done, and the counts up to it."""


@dataclass(slots=True)
class _PageWork:
    """One page that was read, its counts so far, and the imports in flight for it."""

    page: Page
    report: SyncReport
    imports: list[Future[tuple[SyncReport, list[Delivery]]]]


class PageQueue:
    """
    Imports pages in worker threads; the records of one customer are imported one after the other.

    A page is done when each of its records has its outcome; only then does the cursor move past it. While a
    record waits for the import of another task, the cursor stays before it.

    Args:
        deliver: Imports one record and returns its counts.
        total: The counts of all pages are added to it.
        progress: Informed after every page and every second.
        checkpoint: Called after each page that is done.
        threads: Imports in flight.
        title: Name of the stream, for threads and messages.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        deliver: Callable[[Delivery], SyncReport],
        *,
        total: SyncReport,
        progress: Progress,
        checkpoint: Checkpoint | None = None,
        threads: int = 1,
        title: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._deliver, self._total, self._progress, self._checkpoint = deliver, total, progress, checkpoint
        self._title, self._sleep = title, sleep
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"import-{title}")
        self._under_way: deque[_PageWork] = deque()
        self._busy: list[Delivery] = []
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, page: Page, report: SyncReport, deliveries: Iterable[Delivery]) -> None:
        """
        Start to import the records of a page; if too many pages are in progress, finish the oldest.

        Args:
            page: The page.
            report: Counts of its records that need no import.
            deliveries: Its records that need one.

        Raises:
            RetriableError, FatalError: Raised by an import; no further import is started.
        """
        imports = [self._pool.submit(self._import_group, group) for group in _customer_groups(deliveries)]
        self._under_way.append(_PageWork(page, report, imports))
        if len(self._under_way) > PAGES_AHEAD_MAX:
            self._finish_oldest()

    def finish_pages(self) -> None:
        """Finish every page in progress, unless an import has stopped the queue. Raises the errors of `add`."""
        while self._under_way and not self._stopped.is_set():
            self._finish_oldest()

    def finish_busy(self) -> None:
        """
        Import the records that other tasks had in flight.

        Raises:
            RetriableError, FatalError: As `add`; or records are in flight for longer than any claim lasts.
        """
        if self._busy:
            log.info(
                "%s: from now on, waiting for %s that another task has in flight, for %.0f minutes at most: %s",
                self._title,
                counted(len(self._busy), "record"),
                BUSY_WAITS_MAX * BUSY_WAIT_S / 60,
                self._busy_ids(),
            )
        for _ in range(BUSY_WAITS_MAX):
            if not self._busy:
                return
            self._sleep(BUSY_WAIT_S)
            self._retry_busy()
        raise RetriableError(
            f"{self._title}: other tasks have {counted(len(self._busy), 'record')} in flight for longer than any claim "
            f"lasts ({self._busy_ids()}); if a retry finds them busy again, check what those tasks are waiting for"
        )

    def _busy_ids(self) -> str:
        """Return the shown ids of the first records that other tasks have in flight."""
        return ", ".join(shown_id(each.external_id) for each in self._busy[:MAX_EXAMPLES])

    def _finish_oldest(self) -> None:
        try:
            work = self._under_way.popleft()
            self._await(work)
            self._total.add(work.report)
            self._progress.show(self._total, work.page.share)
            self._retry_busy()
            if self._checkpoint and not self._busy:
                self._checkpoint(work.page.cursor, self._total)
        except BaseException:
            self._stopped.set()
            raise

    def _await(self, work: _PageWork) -> None:
        """Wait for the imports of one page, add up their counts, and raise the error of one that failed."""
        pending = set(work.imports)
        while pending:
            done, pending = wait(pending, timeout=PROGRESS_INTERVAL_S, return_when=FIRST_EXCEPTION)
            for finished in done:
                report, busy = finished.result()
                work.report.add(report)
                self._busy.extend(busy)
            self._progress.show(self._total, work.page.share)

    def _retry_busy(self) -> None:
        """Try the records again that another task had in flight, and keep those that still are."""
        report, self._busy = self._import_group(self._busy)
        self._total.add(report)

    def _import_group(self, group: Sequence[Delivery]) -> tuple[SyncReport, list[Delivery]]:
        """Import the records of one customer, one after the other; return their counts and those that are busy."""
        report, busy = SyncReport(), []
        for delivery in group:
            if self._stopped.is_set():
                break  # the sync has ended; records that were not sent are read again
            try:
                report.add(self._deliver(delivery))
            except RecordBusyError:
                busy.append(delivery)
        return report, busy


def _customer_groups(deliveries: Iterable[Delivery]) -> list[list[Delivery]]:
    """Return the records of each customer, in the order in which they are imported."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in sorted(deliveries, key=lambda each: IMPORT_ORDER.index(each.decision.action)):
        groups.setdefault(delivery.customer, []).append(delivery)
    return list(groups.values())
