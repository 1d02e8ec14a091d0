"""
The sync of one stream, from pages of source records of any source to Upflow.

``read | map | decide | import | record | report``

Pages are read, mapped and compared with the ledger in the calling thread; what has to be imported
goes to worker threads. Those of one customer on a page go to the same thread, so that two requests for one
customer never overlap (see `PageQueue`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.page_decisions import Deliverer, PageDecisions
from upflow_provider.delivery.page_queue import Checkpoint, PageQueue
from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import UpflowSyncError
from upflow_provider.ledger import Ledger
from upflow_provider.records.page import Page
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport


@dataclass(slots=True)
class StreamSync:
    """
    The sync of one stream.

    Attributes:
        stream: The stream.
        deliverer: Imports records, or counts what an import would do.
        ledger: What was sent before.
        threads: Imports in flight.
        reject_refused: As for `Importer.deliver`.
        sleep: Waits for a number of seconds.
    """

    stream: Stream
    deliverer: Deliverer
    ledger: Ledger
    threads: int = 1
    reject_refused: bool = False
    sleep: Callable[[float], None] = time.sleep

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
            progress: Informed after every page and every second.
            report: Counts of an earlier try that ended where *pages* begin.
            checkpoint: Called after each page whose records all have their outcome.

        Returns:
            The counts; the caller decides how many rejected records are too many.

        Raises:
            RetriableError, FatalError: Something stops the whole sync; every outcome up to then is recorded.
        """
        total = report or SyncReport(dry_run=self.deliverer.is_dry_run)
        links_before = self.deliverer.link_requests
        queue = PageQueue(
            self._deliver,
            total=total,
            progress=progress,
            checkpoint=checkpoint,
            threads=self.threads,
            title=self.stream.name,
            sleep=self.sleep,
        )
        try:
            with queue:
                self._sync_pages(pages, queue)
        except BaseException as error:
            self.deliverer.give_back(error)
            raise
        total.links += self.deliverer.link_requests - links_before
        return total

    def _sync_pages(self, pages: Iterable[Page], queue: PageQueue) -> None:
        try:
            for page in pages:
                decisions = self._decide(page)
                decisions.record()
                queue.add(page, decisions.report, decisions.deliveries)
        except UpflowSyncError:
            queue.finish_pages()  # records that were read before are still imported
            raise
        queue.finish_pages()
        queue.finish_busy()

    def _deliver(self, delivery: Delivery) -> SyncReport:
        return self.deliverer.deliver(delivery, reject_refused=self.reject_refused)

    def _decide(self, page: Page) -> PageDecisions:
        """Map the records of a page and compare them with what was sent before."""
        decisions = PageDecisions(self.stream, self.deliverer, self.ledger, page, self.sleep)
        decisions.decide()
        return decisions
