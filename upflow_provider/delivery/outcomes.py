"""
The outcomes of deliveries, as the ledger records them.

``read | map | decide | import | RECORD``
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from upflow_provider.delivery.delivery import Delivery, DeliveryResult
from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import RecordError
from upflow_provider.ledger import Expectation, Ledger, Outcome, Owner, RecordOutcome
from upflow_provider.runs.report import named
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id

log = logging.getLogger(__name__)


class Outcomes:
    """
    Records what became of records; threads may share it.

    Args:
        ledger: Where outcomes are kept.
        owner: Who has the claims that end.
        run: Name of the run; its last task checks what is still open.
    """

    def __init__(self, ledger: Ledger, owner: Owner, run: str) -> None:
        self._ledger, self._owner, self._run = ledger, owner, run

    def record_all(
        self, stream: Stream, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation] = ()
    ) -> None:
        """Record the outcomes of records that need no import, and the amounts that unchanged invoices must show."""
        self._ledger.claims.record_outcomes(stream.name, outcomes, owner=self._owner, run=self._run)
        self._ledger.balances.expect(expected, self._run)

    def record(self, delivery: Delivery, outcome: RecordOutcome) -> None:
        """Record the outcome of a delivery, and end its claim and its customer's turn."""
        stream, customer = delivery.stream.name, delivery.customer
        left = self._ledger.claims.record_outcomes(
            stream, [outcome], owner=self._owner, run=self._run, customer=customer, was_sent=True
        )
        if left:
            log.warning("%s: another task has taken it over and will send it again", shown_id(delivery.external_id))

    def observe(self, delivery: Delivery, outcome: RecordOutcome, written: DeliveryResult) -> None:
        """Record what other invoices show by now."""
        others = {name: amount for name, amount in written.observed.items() if name != delivery.external_id}
        # No answer shows what is outstanding on an invoice that this record is no longer linked to.
        others |= dict.fromkeys(set(delivery.linked_invoices or ()) - set(outcome.linked_invoices or ()))
        if others:
            self._ledger.balances.observe(others, self._run)

    def set_aside(self, delivery: Delivery, error: RecordError, report: SyncReport, *, reject_refused: bool) -> None:
        """Record and count the outcome of a record that cannot be imported or removed."""
        outcome, name = delivery.set_aside(error, reject_refused=reject_refused), shown_id(delivery.external_id)
        if outcome.outcome is Outcome.SKIPPED:
            report.skipped += 1
        elif outcome.outcome is Outcome.PENDING:
            log.info("waits for the end of the run: %s", named(name, str(error)))
            report.waiting += 1
        else:
            log.warning("rejected %s", named(name, str(error)))
            report.reject(delivery.external_id, outcome.reason or "")
        self.record(delivery, outcome)
