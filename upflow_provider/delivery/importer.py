"""
The import of one record into Upflow: parents first, then claim, send, record the outcome.

``read | map | decide | IMPORT | RECORD``
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from upflow_provider.delivery.decision import Action
from upflow_provider.delivery.delivery import Delivery, DeliveryResult, Parents
from upflow_provider.delivery.dependents.dependents import Dependents
from upflow_provider.delivery.links import LinkWriter
from upflow_provider.delivery.needs import import_needed
from upflow_provider.delivery.outcomes import Outcomes
from upflow_provider.delivery.stream import Destination, Stream
from upflow_provider.delivery.writer import Writer
from upflow_provider.errors import (
    NewerReadError,
    NotFoundError,
    RecordBusyError,
    RecordError,
    RetriableError,
    UnservedRecordError,
    UpflowSyncError,
)
from upflow_provider.ledger import Expectation, Ledger, Outcome, Owner, RecordOutcome
from upflow_provider.records.contacts import LOSSES_PER_DAY
from upflow_provider.records.mapped import Mapped, Need, Skip
from upflow_provider.runs.containment import contained
from upflow_provider.runs.customer_turns import CustomerTurns
from upflow_provider.runs.outage import Outage
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id

log = logging.getLogger(__name__)


class Importer:
    """
    Imports records of any stream; threads may share it.

    Args:
        upflow: Where records go.
        ledger: What was sent before, and the claims that keep two tasks from writing one record at a time.
        parents: Reads what records need first.
        owner: Name of this task instance. It is the same on a retry, which thus takes over at once the records that
            its dead predecessor had in flight.
        run: Name of the run; its last task checks what is still open.
        links: The method of linking to try first; see `links`.
        losses_per_day, contacts_once: See `Dependents`.
    """

    is_dry_run = False

    def __init__(
        self,
        *,
        upflow: Destination,
        ledger: Ledger,
        parents: Parents,
        owner: str,
        run: str = "",
        links: str = "inline",
        losses_per_day: int = LOSSES_PER_DAY,
        contacts_once: bool = False,
    ) -> None:
        self._ledger, self._parents, self._owner = ledger, parents, Owner(owner)
        self._outcomes = Outcomes(ledger, self._owner, run)
        self._links = LinkWriter(upflow, ledger.findings, links)
        dependents = Dependents(upflow, ledger, losses_per_day, contacts_once=contacts_once)
        self._writer = Writer(upflow, ledger, self._links, dependents, self._owner)
        self._turns, self._outage = CustomerTurns(), Outage()
        self._forgotten: set[Need] = set()
        self._is_unanswered = False

    @property
    def link_requests(self) -> int:
        """Requests made so far that only link documents."""
        return self._links.requests

    def record_outcomes(
        self, stream: Stream, outcomes: Iterable[RecordOutcome], expected: Iterable[Expectation] = ()
    ) -> None:
        """Record the outcomes of records that need no import, and the amounts that unchanged invoices must show."""
        self._outcomes.record_all(stream, outcomes, expected)

    def record_looks(self, stream: Stream, looks: Mapping[str, str | None], read_at: datetime) -> set[str]:
        """Record that a read found nothing to send; see `Claims.record_looks`."""
        return self._ledger.claims.record_looks(stream.name, looks, read_at)

    def give_back(self, error: BaseException) -> None:
        """
        End the claims of this task, which *error* stops, so that nobody waits for them.

        If not every request was refused or answered, one may still arrive, and the records are sent twice.
        """
        is_final = isinstance(error, UpflowSyncError) and not isinstance(error, RetriableError)
        may_arrive_late = self._is_unanswered or not is_final
        try:
            claimed = self._ledger.claims.give_back(self._owner, may_arrive_late=may_arrive_late)
        except (SQLAlchemyError, UpflowSyncError) as trouble:  # most likely it is what has stopped the task
            log.warning("claims remain until their leases end, because the ledger cannot be written: %s", trouble)
        else:
            if claimed:
                log.info("released the claims on %d records; the next run sends them again", claimed)

    def stop(self) -> None:
        """Send nothing more and give the claims back, because Airflow ends the task."""
        self._writer.is_stopped = self._is_unanswered = True
        self.give_back(RetriableError("the task is being stopped"))

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
            RetriableError, FatalError: Raised by the client, and no trouble of this record alone. Errors of the record
                itself are kept in the ledger and counted.
        """
        report = SyncReport()
        try:
            with contained(delivery.external_id):
                self._deliver(delivery, report, reject_refused=reject_refused)
        except RecordError as error:
            with self._turns.turn(delivery.customer):  # it ends the customer's turn, which other threads may have
                self._outcomes.set_aside(delivery, error, report, reject_refused=reject_refused)
        except RetriableError:
            self._is_unanswered = True
            raise
        return report

    def _deliver(self, delivery: Delivery, report: SyncReport, *, reject_refused: bool) -> None:
        """Import a record after its parents; once more if Upflow lacks one; without those that are accessories."""
        try:
            self._deliver_once(delivery, report, reject_refused=reject_refused)
        except NotFoundError as error:
            again = delivery if self._forget_parents(delivery) else delivery.without_needs()
            if again is None:
                raise
            log.info("%s is imported again: %s", shown_id(again.external_id), error)
            self._deliver_once(again, report, reject_refused=reject_refused)

    def _deliver_once(self, delivery: Delivery, report: SyncReport, *, reject_refused: bool) -> None:
        try:
            import_parent = partial(self._import_parent, report=report, reject_refused=reject_refused)
            import_needed(delivery, self._parents.missing, import_parent)
        except RecordError:
            fewer = delivery.without_needs()
            if fewer is None:
                raise
            delivery = fewer
        with self._turns.turn(delivery.customer):
            self._write(delivery, report)

    def _forget_parents(self, delivery: Delivery) -> bool:
        """
        Note that Upflow may no longer have what a record needs, because it has refused the record with a 404.

        Somebody has deleted the customer there, for example; the next inventory misses its other documents. Return
        whether there is anything that can be imported again, once by each task.
        """
        needs = set(delivery.mapped.needs) - self._forgotten if isinstance(delivery.mapped, Mapped) else set()
        self._forgotten |= needs
        forgotten = [self._ledger.inventory.forget(need.stream, [need.external_id]) for need in needs]
        return any(forgotten)

    def forget_rejected_parents(self) -> None:
        """Let parents that could not be imported be tried again, once, for the next record that needs them."""
        self._parents.forget_rejected()

    def _import_parent(self, parent: Delivery, report: SyncReport, *, reject_refused: bool) -> bool:
        """Import a parent, and return whether that was possible."""
        with self._turns.turn(parent.customer):
            if not self._parents.is_missing(parent):
                return True  # another thread was faster
            counts = SyncReport()
            try:
                with contained(parent.external_id):
                    is_written = self._write(parent, counts)
            except RecordError as error:
                self._outcomes.set_aside(parent, error, counts, reject_refused=reject_refused)
                self._parents.reject(parent, error)
                if parent.collection.owns_documents and parent.decision.action is Action.UPDATED:
                    report.add(replace(counts, read=1))  # what needs it is imported, so that nobody else counts it
                return False
            if not is_written and self._parents.is_missing(parent):
                raise RecordBusyError(shown_id(parent.external_id))  # another task is sending a newer read of it
        report.add(SyncReport(on_demand=1, balancing=counts.balancing, methods=counts.methods))
        return True

    def _write(self, delivery: Delivery, report: SyncReport) -> bool:
        """Send or remove one record, record the outcome, and return whether no newer read was known."""
        try:
            outcome, written = self._send(delivery)
        except NewerReadError as error:
            self._ledger.claims.abandon(
                delivery.stream.name,
                delivery.abandoned(),
                owner=self._owner,
                customer=delivery.customer,
                was_sent=error.has_begun,
            )
            report.unchanged += 1
            return False
        self._outcomes.record(delivery, outcome)
        self._outcomes.observe(delivery, outcome, written)
        report.count(delivery.decision.action)
        report.balancing += written.sent
        report.noted += outcome.outcome is Outcome.IMPORTED and outcome.reason is not None
        if written.void:
            report.methods["void invoices"] = written.void
        if self._links.method:
            report.methods["links"] = self._links.method
        return True

    def _send(self, delivery: Delivery) -> tuple[RecordOutcome, DeliveryResult]:
        """Send or remove one record, unless Upflow fails at this record only."""
        mapped = delivery.mapped
        try:
            with self._outage.watched(delivery.external_id, delivery.customer):
                if isinstance(mapped, Skip):
                    written = self._writer.remove(delivery)
                    outcome = RecordOutcome(
                        delivery.external_id, Outcome.REMOVED, delivery.read_at, reason=mapped.reason
                    )
                else:
                    written = self._writer.write(delivery, mapped)
                    outcome = written.outcome(delivery, mapped)
        except UnservedRecordError:
            self._writer.mark_late(delivery)
            raise
        self._outage.served()
        return outcome, written
