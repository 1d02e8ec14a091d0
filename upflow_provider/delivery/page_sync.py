"""
The sync of one stream, from pages of source records of any source to Upflow.

``read | map | decide | import | record | report``

Pages are read, mapped and compared with the ledger in the calling thread; what has to be imported
goes to worker threads. Those of one customer on a page go to the same thread, so that two requests for one
customer never overlap (see `PageQueue`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from upflow_provider.delivery.decision import Action, decide, is_newer
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.page_queue import Checkpoint, PageQueue
from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import MappingError, UpflowSyncError
from upflow_provider.ledger import Expectation, Ledger, Outcome, RecordOutcome, RecordState
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Page, Record
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport

log = logging.getLogger(__name__)

COMPARE_WAIT_S = 0.1
"""Seconds before a record is compared again that another task was writing."""


class Deliverer(Protocol):
    """Accepts mapped records with their decisions: an `Importer`, or a `DryRun`, which only counts."""

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing is written."""

    @property
    def link_requests(self) -> int:
        """Requests made so far that only link documents."""

    def record_outcomes(
        self, stream: Stream, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation]
    ) -> None:
        """Record the outcomes of records that need no import."""

    def record_looks(self, stream: Stream, looks: Mapping[str, str | None], read_at: datetime) -> set[str]:
        """Record that a read found nothing to send, and return the records for which that still holds."""

    def give_back(self, error: BaseException) -> None:
        """End the claims of this task, which an error stops."""

    def deliver(self, delivery: Delivery, *, reject_refused: bool = False) -> SyncReport:
        """Import one record and return its counts."""


@dataclass(slots=True)
class _PageDecisions:
    """
    The decisions about the records of one page.

    Attributes:
        report: Counts of its records that need no import.
        deliveries: Its records that need one.
        outcomes: Outcomes of the others.
        expected: Outstanding amounts that unchanged invoices must show.
    """

    report: SyncReport
    deliveries: list[Delivery] = field(default_factory=list)
    outcomes: list[RecordOutcome] = field(default_factory=list)
    expected: list[Expectation] = field(default_factory=list)


class _Look(NamedTuple):
    """A record that needs nothing, judging by what the ledger knew before."""

    action: Action
    mapped: Mapped | Skip
    before: RecordState


@dataclass(slots=True)
class StreamSync:
    """
    The sync of one stream.

    Attributes:
        stream: The stream.
        deliverer: Imports records, or counts what an import would do.
        ledger: What was sent before.
        threads: Imports under way at once.
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
                self.deliverer.record_outcomes(self.stream, decisions.outcomes, decisions.expected)
                queue.add(page, decisions.report, decisions.deliveries)
        except UpflowSyncError:
            queue.finish_pages()  # records that were read before are still imported
            raise
        queue.finish_pages()
        queue.finish_busy()

    def _deliver(self, delivery: Delivery) -> SyncReport:
        return self.deliverer.deliver(delivery, reject_refused=self.reject_refused)

    def _decide(self, page: Page) -> _PageDecisions:
        """Map the records of a page and compare them with what was sent before."""
        decisions = _PageDecisions(SyncReport(read=len(page.records)))
        undecided = list(self._mapped(page, decisions))
        while undecided:
            known = self.ledger.records(self.stream.name, [record["id"] for record, _ in undecided])
            looks: dict[str, _Look] = {}
            for record, mapped in undecided:
                self._decide_record(record, mapped, page, known.get(record["id"]), decisions, looks)
            confirmed = self._confirm(looks, page, decisions)
            # What another task has claimed or sent since, or looked at later, is compared again.
            undecided = [each for each in undecided if each[0]["id"] in looks.keys() - confirmed]
            if undecided:
                self.sleep(COMPARE_WAIT_S)
        return decisions

    def _mapped(self, page: Page, decisions: _PageDecisions) -> Iterator[tuple[Record, Mapped | Skip]]:
        """Yield the records that can be mapped, and reject the others."""
        for record in page.records:
            try:
                yield record, self.stream.to_upflow(record)
            except MappingError as error:
                decisions.report.reject(record["id"], str(error))
                decisions.outcomes.append(_rejected(record["id"], error, page))

    def _decide_record(
        self,
        record: Record,
        mapped: Mapped | Skip,
        page: Page,
        before: RecordState | None,
        decisions: _PageDecisions,
        looks: dict[str, _Look],
    ) -> None:
        external_id = record["id"]
        decision = decide(mapped, page.read_at, before)
        if decision.action not in {Action.UNCHANGED, Action.SKIPPED}:
            delivery = Delivery(self.stream, external_id, record, mapped, decision, page.read_at)
            decisions.deliveries.append(delivery.with_state(before) if before else delivery)
        elif isinstance(mapped, Skip) and _is_news(mapped, before):
            decisions.report.skipped += 1
            decisions.outcomes.append(RecordOutcome(external_id, Outcome.SKIPPED, page.read_at, reason=mapped.reason))
        elif before is None or is_newer(before, page.read_at):
            decisions.report.count(decision.action)  # a later read is the one that counts
        else:
            looks[external_id] = _Look(decision.action, mapped, before)

    def _confirm(self, looks: Mapping[str, _Look], page: Page, decisions: _PageDecisions) -> set[str]:
        """Record that records need nothing, and return those of them for which that still holds."""
        if not looks:
            return set()
        hashes = {external_id: look.before.payload_hash for external_id, look in looks.items()}
        confirmed = self.deliverer.record_looks(self.stream, hashes, page.read_at)
        for external_id in confirmed:
            action, mapped, before = looks[external_id]
            decisions.report.count(action)
            must_show = mapped.outstanding if isinstance(mapped, Mapped) else None
            # An invoice that differs becomes a matter of this run, too, in case that the run before has no check.
            if must_show is not None and (before.expected != must_show or before.observed != must_show):
                decisions.expected.append(Expectation(external_id, must_show, page.read_at))
        return confirmed


def _rejected(external_id: str, error: MappingError, page: Page) -> RecordOutcome:
    log.warning("rejected %s", error)
    return RecordOutcome(external_id, Outcome.REJECTED, page.read_at, reason=str(error), error=type(error).__name__)


def _is_news(skip: Skip, before: RecordState | None) -> bool:
    """Return whether the ledger does not know yet that the record is skipped."""
    if before is None or before.claim_process is not None:
        return True
    return before.outcome not in _SENT_OUTCOMES and before.reason != skip.reason


_SENT_OUTCOMES = {Outcome.IMPORTED, Outcome.REMOVED}
