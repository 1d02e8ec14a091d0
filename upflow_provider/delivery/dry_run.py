"""The deliverer of a dry run: it counts the requests that an import would take."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime

from upflow_provider.delivery.balancing import document_content, document_key
from upflow_provider.delivery.delivery import Delivery, Parents
from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import RecordError
from upflow_provider.ledger import Balancing, Expectation, Ledger, Plan, RecordOutcome
from upflow_provider.ledger.findings import VOID_INVOICES, link_method
from upflow_provider.records.mapped import Mapped
from upflow_provider.runs.containment import contained
from upflow_provider.runs.sync_report import SyncReport

log = logging.getLogger(__name__)


class DryRun:
    """
    Accepts deliveries as `Importer` does, writes nothing to Upflow, and counts the requests that an import would take.

    It reads the same records from the source as an import, and counts each record once, even if several tasks of the
    run need it. Only refusals of Upflow's are not foreseen.

    Args:
        ledger: What was sent before.
        parents: Reads what records need first; it must know *plan*.
        plan: What the tasks of the run would have imported by now.
        links: The organization's setting; ``reconcile`` needs one more request for each document with links.
    """

    is_dry_run = True
    link_requests = 0

    def __init__(self, ledger: Ledger, parents: Parents, plan: Plan, links: str = "inline") -> None:
        self._ledger, self._parents, self._plan = ledger, parents, plan
        self._is_reconciled = (ledger.findings.get(link_method(links)) or links) == "reconcile"
        self._is_void_balanced = ledger.findings.get(VOID_INVOICES) == "credit note"
        self._lock = threading.Lock()

    def record_outcomes(
        self, stream: Stream, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation]
    ) -> None:
        """Write nothing."""

    def record_looks(self, stream: Stream, looks: Mapping[str, str | None], read_at: datetime) -> set[str]:  # noqa: ARG002 - as the importer
        """Write nothing; what was compared counts."""
        return set(looks)

    def give_back(self, error: BaseException) -> None:
        """Give nothing back, because a dry run claims nothing."""

    def stop(self) -> None:
        """Give nothing back."""

    def deliver(self, delivery: Delivery, *, reject_refused: bool = False) -> SyncReport:  # noqa: ARG002 - as the importer
        """Return the counts that an import of one record would have."""
        report = SyncReport()
        if self._plan.has(delivery.stream.name, delivery.external_id):
            report.unchanged += 1  # another record needed it, and is first
            return report
        try:
            with contained(delivery.external_id), self._lock:  # so that no parent is counted by two threads
                delivery = self._count_parents(delivery, report)
                report.count(delivery.decision.action)
                report.noted += isinstance(delivery.mapped, Mapped) and bool(delivery.mapped.notes)
                self._count(delivery, report)
        except RecordError as error:
            log.warning("would reject %s", error)
            report.reject(delivery.external_id, str(error))
        return report

    def _count_parents(self, delivery: Delivery, report: SyncReport) -> Delivery:
        """Count what would be imported first; return the delivery, without accessories that cannot be."""
        try:
            for parent in self._parents.missing(delivery):
                report.on_demand += 1
                self._count(parent, report)
        except RecordError:
            fewer = delivery.without_needs()
            if fewer is None:
                raise
            return fewer
        return delivery

    def _count(self, delivery: Delivery, report: SyncReport) -> None:
        """Count the requests beside that of the record itself, as `Writer` would make them."""
        mapped, name = delivery.mapped, delivery.stream.name
        known = self._ledger.records(name, [delivery.external_id]).get(delivery.external_id)
        before: Balancing = (known and known.balancing) or {}
        if isinstance(mapped, Mapped):
            is_void = "state" in mapped.payload and not self._is_void_balanced  # Upflow is assumed to take it
            wanted = {} if is_void else {document_key(each): each for each in mapped.balancing}
            sent = [each for key, each in wanted.items() if before.get(key) != document_content(each)]
            deleted = len(before.keys() - wanted.keys())
            links = bool(mapped.links) + sum(bool(each.links) for each in sent) + deleted
            report.balancing += len(sent) + deleted
            self._plan.add(name, delivery.external_id)
        else:
            links = len(before) + (not delivery.collection.owns_documents)
            report.balancing += len(before)
        report.links += links if self._is_reconciled else 0
