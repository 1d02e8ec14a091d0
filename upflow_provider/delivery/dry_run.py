"""What a sync would do, counted: for dry runs."""

from __future__ import annotations

from collections.abc import Iterable

from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.importer import is_imported
from upflow_provider.ledger import Ledger
from upflow_provider.records.mapped import Mapped, Need
from upflow_provider.runs.sync_report import SyncReport


class Plan:
    """
    Counts of a dry run.

    Args:
        ledger: What was sent before.
        links: How documents are linked: ``reconcile`` takes a request more for each.
    """

    def __init__(self, ledger: Ledger, links: str) -> None:
        self._ledger, self._links = ledger, links
        self._needed: set[Need] = set()

    def count(self, intents: Iterable[Delivery], report: SyncReport) -> None:
        """Add what imports of these records would do to a report."""
        for intent in intents:
            setattr(report, intent.decision.action, getattr(report, intent.decision.action) + 1)
            if isinstance(intent.mapped, Mapped):
                self._count(intent.mapped, report)

    def _count(self, mapped: Mapped, report: SyncReport) -> None:
        # Upflow is taken to honour `state: VOIDED`; otherwise a void invoice takes a line.
        lines = [line for line in mapped.lines if not line.external_id.endswith(":void")]
        report.lines += len(lines)
        report.noted += bool(mapped.notes)
        if self._links == "reconcile":
            report.links += bool(mapped.links) + sum(bool(line.links) for line in lines)
        for need in set(mapped.needs) - self._needed:
            self._needed.add(need)
            known = self._ledger.records(need.stream, [need.external_id])
            report.on_demand += not is_imported(known.get(need.external_id))
