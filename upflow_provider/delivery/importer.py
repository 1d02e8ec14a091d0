"""
One record into Upflow: what it needs first, claimed, sent, written down.

``read | map | decide | IMPORT | RECORD``
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

from upflow_provider.delivery.customer_turns import CustomerTurns
from upflow_provider.delivery.decision import decide
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.links import Destination, LinkWriter
from upflow_provider.delivery.writer import Writer, Written
from upflow_provider.errors import (
    MappingError,
    NewerReadError,
    NotFoundError,
    RecordBusyError,
    RecordError,
    RefusedError,
)
from upflow_provider.ledger import Ledger, Outcome, RecordOutcome, RecordState
from upflow_provider.records.mapped import Mapped, Need, Skip
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import CUSTOMERS, INVOICES, STREAMS, Record, Stream

log = logging.getLogger(__name__)


class Source(Protocol):
    """What an import needs of the source: one complete record, by id."""

    def retrieve(self, stream: Stream, record_id: str) -> Record:
        """Read one record; `NotFoundError` when there is none."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Importer:
    """
    Imports records of any stream, from several threads at once.

    Args:
        source: Where a missing record is read from.
        upflow: Where records go.
        ledger: What was sent before, and the claims that keep two tasks off one record.
        options: The organization's mapping options.
        owner: Name of this task instance, the same when it is retried: it takes over what its
            dead predecessor had in flight.
        run: Name of the run, whose last task checks what was left open.
        links: Which way of linking to begin with; see `linking`.
        reject_refused: Whether records that are refused because of what they settle are rejected at once, for nothing
            comes that could make room for them.
        now: Current time, aware, UTC.
    """

    def __init__(
        self,
        *,
        source: Source,
        upflow: Destination,
        ledger: Ledger,
        options: Options,
        owner: str,
        run: str = "",
        links: str = "inline",
        reject_refused: bool = False,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._source, self._ledger, self._options, self._owner = source, ledger, options, owner
        self.run, self._is_last, self._now = run, reject_refused, now
        self._linking = LinkWriter(upflow, ledger.findings, links)
        self._writer = Writer(upflow, ledger, self._linking, owner)
        self._turns = CustomerTurns()
        self._unusable: dict[Need, RecordError] = {}

    @property
    def link_requests(self) -> int:
        """Requests made so far that only link documents."""
        return self._linking.requests

    def import_(self, intent: Delivery) -> SyncReport:
        """
        Import one record, and before it what it needs that Upflow does not have; or remove it.

        Returns:
            The counts of this one record.

        Raises:
            RecordBusyError: Another task has the record, or one it needs, in flight.
            RetriableError, FatalError: As the client raises them; the record's own errors end in
                the ledger and in the counts.
        """
        report = SyncReport()
        try:
            for ancestor in self._missing(intent, (intent.external_id,)):
                self._import_ancestor(ancestor, report)
            with self._turns.turn(intent.customer):
                self._write(intent, report)
        except RecordError as error:
            self._set_aside(intent, error, report)
        return report

    def _missing(self, intent: Delivery, path: tuple[str, ...]) -> Iterator[Delivery]:
        """Yield what must be imported first, each after what it needs itself."""
        for need in intent.mapped.needs if isinstance(intent.mapped, Mapped) else ():
            if self._is_imported(need):
                continue
            if need.external_id in path:
                raise MappingError(path[0], need.stream, "leads in a circle")
            if need in self._unusable:
                raise _because_of(intent.external_id, need, self._unusable[need])
            ancestor = self._read(need, intent)
            yield from self._missing(ancestor, (*path, need.external_id))
            yield ancestor

    def _read(self, need: Need, needed_by: Delivery) -> Delivery:
        """Read a record from the source; a customer that is gone there, from the record that needs it."""
        stream, read_at = STREAMS[need.stream], self._now()
        record: Record = {}
        try:
            record = self._source.retrieve(stream, need.external_id)
            mapped = stream.to_upflow(record, self._options)
        except NotFoundError:
            mapped = Skip("not in Stripe")
        if isinstance(mapped, Skip):
            if stream is not CUSTOMERS or needed_by.stream.snapshot is None:
                problem = f"{need.external_id} is not for Upflow: {mapped.reason}"
                raise MappingError(needed_by.external_id, need.stream, problem)
            record, read_at = needed_by.record, needed_by.read_at
            mapped = needed_by.stream.snapshot(record, self._options)
        return Delivery(stream, need.external_id, record, mapped, decide(mapped, read_at, None), read_at)

    def _import_ancestor(self, ancestor: Delivery, report: SyncReport) -> None:
        need = Need(ancestor.stream.name, ancestor.external_id)
        with self._turns.turn(ancestor.customer):
            if self._is_imported(need):
                return  # another thread was faster
            counts = SyncReport()
            try:
                self._write(ancestor, counts)
            except RecordError as error:
                self._set_aside(ancestor, error, SyncReport())
                self._unusable[need] = error
                raise
            if not self._is_imported(need):
                raise RecordBusyError  # a newer read of it is under way in another task
        report.on_demand += 1
        report.lines += counts.lines
        report.ways |= counts.ways

    def _write(self, intent: Delivery, report: SyncReport) -> None:
        """Send or remove one record and write down what became of it."""
        mapped = intent.mapped
        try:
            if isinstance(mapped, Skip):
                written = self._writer.remove(intent, intent.stream.collection)
                settled = RecordOutcome(intent.external_id, Outcome.REMOVED, intent.read_at, reason=mapped.reason)
            else:
                written = self._writer.write(intent, mapped)
                settled = _imported(intent, mapped, written)
        except NewerReadError:
            report.unchanged += 1
            return
        self._settle(intent, settled)
        others = {name: amount for name, amount in written.observed.items() if name != intent.external_id}
        # Nobody tells what is outstanding on an invoice that this record settles no more.
        if intent.stream is not CUSTOMERS:
            others |= dict.fromkeys(set(intent.settles or ()) - set(settled.settles or ()))
        if others:
            self._ledger.balances.observe(others, self.run)
        action = intent.decision.action.value
        setattr(report, action, getattr(report, action) + 1)
        report.lines += written.sent
        report.noted += settled.outcome is Outcome.IMPORTED and settled.reason is not None
        if written.void:
            report.ways["void invoices"] = written.void
        if self._linking.way:
            report.ways["links"] = self._linking.way

    def _set_aside(self, intent: Delivery, error: RecordError, report: SyncReport) -> None:
        """Let a record wait for others of its run that may make room for it, or reject it."""
        mapped = intent.mapped
        if isinstance(mapped, Skip) and intent.stream is CUSTOMERS and isinstance(error, RefusedError):
            report.skipped += 1  # Upflow deletes no customer that has documents, whoever made them
            reason = f"{mapped.reason}; Upflow keeps it: {error}"
            self._settle(intent, RecordOutcome(intent.external_id, Outcome.SKIPPED, intent.read_at, reason=reason))
            return
        settles = isinstance(mapped, Skip) or bool(mapped.links or mapped.lines)
        if settles and isinstance(error, RefusedError) and not self._is_last:
            log.info("%s waits for the end of the run: %s", intent.external_id, error)
            report.waiting += 1
            outcome = Outcome.PENDING
        else:
            log.warning("rejected %s: %s", intent.external_id, error)
            report.reject(intent.external_id, str(error))
            outcome = Outcome.REJECTED
        reason, kind = str(error), type(error).__name__
        self._settle(intent, RecordOutcome(intent.external_id, outcome, intent.read_at, reason=reason, error=kind))

    def _settle(self, intent: Delivery, settled: RecordOutcome) -> None:
        if self._ledger.settle(intent.stream.name, [settled], owner=self._owner, run=self.run):
            log.warning("%s: another task has taken it over, with a newer read", intent.external_id)

    def _is_imported(self, need: Need) -> bool:
        return is_imported(self._ledger.records(need.stream, [need.external_id]).get(need.external_id))


def _imported(intent: Delivery, mapped: Mapped, written: Written) -> RecordOutcome:
    return RecordOutcome(
        intent.external_id,
        Outcome.IMPORTED,
        intent.read_at,
        payload_hash=intent.decision.content,
        upflow_id=written.upflow_id,
        reason="; ".join((*mapped.notes, *written.notes)) or None,
        lines=written.lines or None,
        expected=mapped.outstanding,
        observed=written.observed.get(intent.external_id) if intent.stream is INVOICES else None,
        settles=list(mapped.holds) if intent.stream is CUSTOMERS else _settles(mapped),
    )


def _settles(mapped: Mapped) -> list[str] | None:
    return [link.external_id for link in mapped.links if link.collection == INVOICES.collection] or None


def _because_of(external_id: str, need: Need, error: RecordError) -> RecordError:
    """Return what is wrong with a record that needs another one."""
    problem = f"{need.external_id} is rejected: {error}"
    if isinstance(error, RefusedError):
        return RefusedError(f"{external_id}: {need.stream} {problem}", error.status)
    return MappingError(external_id, need.stream, problem)


def is_imported(known: RecordState | None) -> bool:
    """Tell whether Upflow has the record: imported once, even if a later version was refused."""
    return known is not None and known.upflow_id is not None
