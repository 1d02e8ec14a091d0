"""
The import of one record into Upflow: parents first, then claim, send, record the outcome.

``read | map | decide | IMPORT | RECORD``
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Protocol

from upflow_provider.delivery.customer_turns import CustomerTurns
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.links import Destination, LinkWriter
from upflow_provider.delivery.stream import Stream
from upflow_provider.delivery.writer import DeliveryResult, Writer
from upflow_provider.errors import NewerReadError, RecordBusyError, RecordError, RefusedError
from upflow_provider.ledger import Expectation, Ledger, Outcome, RecordOutcome
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.payloads import COLLECTIONS
from upflow_provider.runs.sync_report import SyncReport

log = logging.getLogger(__name__)


class Parents(Protocol):
    """Reads from the source the records that others need first, such as the customer of an invoice."""

    def missing(self, delivery: Delivery) -> Iterator[Delivery]:
        """
        Yield the records that must be imported before *delivery*, each after those that it needs itself.

        Raises:
            RecordError: The record needs one that cannot be imported.
        """

    def is_missing(self, parent: Delivery) -> bool:
        """Return whether Upflow still lacks a parent."""

    def forget_rejected(self) -> None:
        """Forget which parents cannot be imported, so that they are tried again."""

    def reject(self, parent: Delivery, error: RecordError) -> None:
        """Remember that a parent cannot be imported."""


class Importer:
    """
    Imports records of any stream; threads may share it.

    Args:
        upflow: Where records go.
        ledger: What was sent before, and the claims that keep two tasks from writing one record at a time.
        parents: Reads what records need first.
        owner: Name of this task instance. It is the same on a retry, which thus takes over the records that its
            dead predecessor had in flight.
        run: Name of the run; its last task checks what is still open.
        links: The method of linking to try first; see `links`.
    """

    is_dry_run = False

    def __init__(
        self, *, upflow: Destination, ledger: Ledger, parents: Parents, owner: str, run: str = "", links: str = "inline"
    ) -> None:
        self._ledger, self._parents, self._owner, self._run = ledger, parents, owner, run
        self._links = LinkWriter(upflow, ledger.findings, links)
        self._writer = Writer(upflow, ledger, self._links, owner)
        self._turns = CustomerTurns()

    @property
    def link_requests(self) -> int:
        """Requests made so far that only link documents."""
        return self._links.requests

    def record_outcomes(
        self, stream: Stream, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation] = ()
    ) -> None:
        """
        Record the outcomes of records that need no import.

        Args:
            stream: Their stream.
            outcomes: Their outcomes.
            expected: Outstanding amounts that invoices must show, for invoices in which nothing else has changed.
        """
        self._ledger.record_outcomes(stream.name, outcomes, owner=self._owner, run=self._run)
        self._ledger.balances.expect(expected, self._run)

    def deliver(self, delivery: Delivery, *, reject_refused: bool = False) -> SyncReport:
        """
        Import one record, after its parents that Upflow lacks; or remove it.

        Args:
            delivery: The record.
            reject_refused: Reject at once what Upflow refuses because of its links. Otherwise it waits for other
                records of the run, which may make room for it.

        Returns:
            The counts of this one record.

        Raises:
            RecordBusyError: Another task has the record, or one that it needs, in flight.
            RetriableError, FatalError: Raised by the client. Errors of the record itself are kept in the ledger and
                counted.
        """
        report = SyncReport()
        try:
            for parent in self._parents.missing(delivery):
                self._import_parent(parent, report, reject_refused=reject_refused)
            with self._turns.turn(delivery.customer):
                self._write(delivery, report)
        except RecordError as error:
            self._set_aside(delivery, error, report, reject_refused=reject_refused)
        return report

    def forget_rejected_parents(self) -> None:
        """Let parents that could not be imported be tried again, once, for the next record that needs them."""
        self._parents.forget_rejected()

    def _import_parent(self, parent: Delivery, report: SyncReport, *, reject_refused: bool) -> None:
        with self._turns.turn(parent.customer):
            if not self._parents.is_missing(parent):
                return  # another thread was faster
            counts = SyncReport()
            try:
                self._write(parent, counts)
            except RecordError as error:
                self._set_aside(parent, error, SyncReport(), reject_refused=reject_refused)
                self._parents.reject(parent, error)
                raise
            if self._parents.is_missing(parent):
                raise RecordBusyError(parent.external_id)  # another task is sending a newer read of it
        report.on_demand += 1
        report.balancing += counts.balancing
        report.methods |= counts.methods

    def _write(self, delivery: Delivery, report: SyncReport) -> None:
        """Send or remove one record, and record the outcome."""
        mapped = delivery.mapped
        try:
            if isinstance(mapped, Skip):
                written = self._writer.remove(delivery)
                outcome = RecordOutcome(delivery.external_id, Outcome.REMOVED, delivery.read_at, reason=mapped.reason)
            else:
                written = self._writer.write(delivery, mapped)
                outcome = _imported_outcome(delivery, mapped, written)
        except NewerReadError:
            report.unchanged += 1
            return
        self._record(delivery, outcome)
        self._observe(delivery, outcome, written)
        report.count(delivery.decision.action)
        report.balancing += written.sent
        report.noted += outcome.outcome is Outcome.IMPORTED and outcome.reason is not None
        if written.void:
            report.methods["void invoices"] = written.void
        if self._links.method:
            report.methods["links"] = self._links.method

    def _observe(self, delivery: Delivery, outcome: RecordOutcome, written: DeliveryResult) -> None:
        """Record what other invoices show by now."""
        others = {name: amount for name, amount in written.observed.items() if name != delivery.external_id}
        # No answer shows what is outstanding on an invoice that this record is no longer linked to.
        others |= dict.fromkeys(set(delivery.linked_invoices or ()) - set(outcome.linked_invoices or ()))
        if others:
            self._ledger.balances.observe(others, self._run)

    def _set_aside(self, delivery: Delivery, error: RecordError, report: SyncReport, *, reject_refused: bool) -> None:
        """Reject a record, or let it wait for others of its run that may make room for it."""
        mapped, is_refused = delivery.mapped, isinstance(error, RefusedError)
        reason, kind = str(error), type(error).__name__
        if isinstance(mapped, Skip) and delivery.collection.owns_documents and is_refused:
            report.skipped += 1  # Upflow does not delete a customer that has documents, whoever created them
            reason = f"{mapped.reason}; Upflow keeps it: {error}"
            self._record(
                delivery, RecordOutcome(delivery.external_id, Outcome.SKIPPED, delivery.read_at, reason=reason)
            )
            return
        concerns_others = isinstance(mapped, Skip) or bool(mapped.links or mapped.balancing)
        if concerns_others and is_refused and not reject_refused:
            log.info("%s waits for the end of the run: %s", delivery.external_id, error)
            report.waiting += 1
            outcome = Outcome.PENDING
        else:
            log.warning("rejected %s: %s", delivery.external_id, error)
            report.reject(delivery.external_id, reason)
            outcome = Outcome.REJECTED
        self._record(
            delivery, RecordOutcome(delivery.external_id, outcome, delivery.read_at, reason=reason, error=kind)
        )

    def _record(self, delivery: Delivery, outcome: RecordOutcome) -> None:
        left = self._ledger.record_outcomes(delivery.stream.name, [outcome], owner=self._owner, run=self._run)
        if left:
            log.warning("%s: another task has taken it over, with a newer read", delivery.external_id)


def _imported_outcome(delivery: Delivery, mapped: Mapped, written: DeliveryResult) -> RecordOutcome:
    collection = delivery.collection
    return RecordOutcome(
        delivery.external_id,
        Outcome.IMPORTED,
        delivery.read_at,
        payload_hash=delivery.decision.content,
        upflow_id=written.upflow_id,
        reason="; ".join((*mapped.notes, *written.notes)) or None,
        balancing=written.balancing or None,
        expected=mapped.outstanding,
        observed=written.observed.get(delivery.external_id) if collection.has_outstanding else None,
        linked_invoices=_linked_invoices(mapped),
        dependents=list(mapped.dependents) if collection.owns_documents else None,
    )


def _linked_invoices(mapped: Mapped) -> list[str] | None:
    return [link.external_id for link in mapped.links if COLLECTIONS[link.collection].has_outstanding] or None
