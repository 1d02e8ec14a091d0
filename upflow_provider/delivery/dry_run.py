"""The deliverer of a dry run: it counts what an import would do."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime

from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.stream import Stream
from upflow_provider.ledger import Expectation, Ledger, RecordOutcome
from upflow_provider.records.mapped import Mapped, Need
from upflow_provider.runs.sync_report import SyncReport


class DryRun:
    """
    Accepts deliveries as `Importer` does, writes nothing, and counts what an import would do.

    Args:
        ledger: What was sent before.
        links: The organization's method of linking; ``reconcile`` needs one more request for each document.
    """

    is_dry_run = True
    link_requests = 0

    def __init__(self, ledger: Ledger, links: str = "inline") -> None:
        self._ledger, self._links = ledger, links
        self._needed: set[Need] = set()
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

    def deliver(self, delivery: Delivery, *, reject_refused: bool = False) -> SyncReport:  # noqa: ARG002 - as the importer
        """Return the counts that an import of one record would have, judging by the ledger."""
        report = SyncReport()
        report.count(delivery.decision.action)
        if isinstance(delivery.mapped, Mapped):
            with self._lock:
                self._count(delivery.mapped, report)
        return report

    def _count(self, mapped: Mapped, report: SyncReport) -> None:
        # This assumes that Upflow accepts `state: VOIDED`; otherwise a void invoice needs a balancing document.
        balancing = [each for each in mapped.balancing if not each.external_id.endswith(":void")]
        report.balancing += len(balancing)
        report.noted += bool(mapped.notes)
        if self._links == "reconcile":
            report.links += bool(mapped.links) + sum(bool(each.links) for each in balancing)
        for need in set(mapped.needs) - self._needed:
            self._needed.add(need)
            known = self._ledger.records(need.stream, [need.external_id]).get(need.external_id)
            report.on_demand += known is None or not known.is_imported
