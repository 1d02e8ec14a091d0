"""
One record into Upflow: what it needs first, claimed, sent, written down.

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
    """Reads what records need first, such as the customer of an invoice, from their source."""

    def missing(self, delivery: Delivery) -> Iterator[Delivery]:
        """
        Yield what must be imported before a record, each after what it needs itself.

        Raises:
            RecordError: The record needs something that cannot be imported.
        """

    def is_missing(self, parent: Delivery) -> bool:
        """Tell whether Upflow still lacks a parent."""

    def reject(self, parent: Delivery, error: RecordError) -> None:
        """Remember that a parent cannot be imported."""


class Importer:
    """
    Imports records of any stream, from several threads at once.

    Args:
        upflow: Where records go.
        ledger: What was sent before, and the claims that keep two tasks off one record.
        parents: Reads what records need first.
        owner: Name of this task instance, the same when it is retried: it takes over what its
            dead predecessor had in flight.
        run: Name of the run, whose last task checks what was left open.
        links: Which method of linking to begin with; see `links`.
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
        self, stream: Stream, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation]
    ) -> None:
        """
        Write down what became of records that need no import.

        Args:
            stream: Their stream.
            outcomes: What became of each.
            expected: What invoices must show as outstanding, where only that has changed.
        """
        self._ledger.record_outcomes(stream.name, outcomes, owner=self._owner, run=self._run)
        self._ledger.balances.expect(expected, self._run)

    def deliver(self, delivery: Delivery, *, reject_refused: bool = False) -> SyncReport:
        """
        Import one record, and before it what it needs that Upflow does not have; or remove it.

        Args:
            delivery: The record.
            reject_refused: Reject at once what Upflow refuses because of its links, instead of letting it
                wait for other records of the run: no others are coming that could make room for it.

        Returns:
            The counts of this one record.

        Raises:
            RecordBusyError: Another task has the record, or one it needs, in flight.
            RetriableError, FatalError: As the client raises them; the record's own errors end in
                the ledger and in the counts.
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
                raise RecordBusyError(parent.external_id)  # a newer read of it is under way in another task
        report.on_demand += 1
        report.balancing += counts.balancing
        report.methods |= counts.methods

    def _write(self, delivery: Delivery, report: SyncReport) -> None:
        """Send or remove one record and write down what became of it."""
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
        """Write down what other invoices show by now."""
        others = {name: amount for name, amount in written.observed.items() if name != delivery.external_id}
        # No answer shows what is outstanding on an invoice that this record is no longer linked to.
        others |= dict.fromkeys(set(delivery.linked_invoices or ()) - set(outcome.linked_invoices or ()))
        if others:
            self._ledger.balances.observe(others, self._run)

    def _set_aside(self, delivery: Delivery, error: RecordError, report: SyncReport, *, reject_refused: bool) -> None:
        """Let a record wait for others of its run that may make room for it, or reject it."""
        mapped, is_refused = delivery.mapped, isinstance(error, RefusedError)
        reason, kind = str(error), type(error).__name__
        if isinstance(mapped, Skip) and delivery.collection.owns_documents and is_refused:
            report.skipped += 1  # Upflow deletes no customer that has documents, whoever made them
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
