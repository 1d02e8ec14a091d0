"""
One record into Upflow: parents first, claimed, sent, written down.

``read | map | decide | IMPORT | RECORD``
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from upflow_provider.closing import Destination, import_line, lines_needed
from upflow_provider.decide import Action, Decision, decide
from upflow_provider.errors import MappingError, NotFoundError, RecordError, RefusedError
from upflow_provider.ledger import Claim, Ledger, Outcome, RecordState, Settled
from upflow_provider.mapping.options import Options
from upflow_provider.mapping.outcome import Mapped, Skip
from upflow_provider.payloads import InvoicePayload, Payload
from upflow_provider.report import SyncReport
from upflow_provider.streams import CUSTOMERS, Record, Stream

log = logging.getLogger(__name__)


class Source(Protocol):
    """What an import needs of the source: one record, by id."""

    def retrieve(self, resource: str, record_id: str, *, expand: tuple[str, ...] = ()) -> dict[str, Any]:
        """Read one record; `NotFoundError` when there is none."""


class BusyError(Exception):
    """Another task has this record in flight; its turn comes later."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One record to be imported, and what is known about it."""

    stream: Stream
    record: Record
    mapped: Mapped
    decision: Decision
    read_at: datetime

    @property
    def external_id(self) -> str:
        """The record's id in the source, its external id in Upflow."""
        return self.mapped.payload["externalId"]


class Turns:
    """Locks by name, so that one customer has one request in flight; unused names are forgotten."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Wait until nobody else has the turn of *name*, and keep it."""
        with self._guard:
            lock, users = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = lock, users + 1
        try:
            with lock:
                yield
        finally:
            with self._guard:
                users = self._locks[name][1] - 1
                if users:
                    self._locks[name] = lock, users
                else:
                    del self._locks[name]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Importer:
    """
    Imports records of any stream, from several threads at once.

    Args:
        source: Where a missing parent is read from.
        upflow: Where records go.
        ledger: What was sent before, and the claims that keep two tasks off one record.
        options: The organization's mapping options.
        owner: Name of this task instance, the same when it is retried: it takes over what its
            dead predecessor had in flight.
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
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._source, self._upflow, self._ledger = source, upflow, ledger
        self._options, self._owner, self._now = options, owner, now
        self._turns = Turns()
        self._unusable: dict[str, str] = {}

    def import_(self, intent: Intent) -> SyncReport:
        """
        Import one record, and before it the customers it needs that Upflow does not have.

        Returns:
            The counts of this one record.

        Raises:
            BusyError: Another task has the record, or a customer it needs, in flight.
            RetriableError, FatalError: As the client raises them; the record's own errors end in
                the ledger and in the counts.
        """
        report = SyncReport()
        try:
            for ancestor in self._missing_ancestors(intent):
                self._import_ancestor(ancestor, report)
            with self._turns.turn(intent.mapped.customer):
                self._write(intent, report)
        except RecordError as error:
            self._reject(intent, error)
            report.reject(intent.external_id, str(error))
        return report

    def _missing_ancestors(self, intent: Intent) -> list[Intent]:
        """Return the customers that must be imported first, those without a missing parent first."""
        missing: dict[str, Intent] = {}
        child, parent = intent, intent.mapped.parent
        while parent and not self._is_imported(parent):
            if parent in missing or parent == intent.external_id:
                raise MappingError(intent.external_id, "parent", "leads in a circle")
            if parent in self._unusable:
                raise MappingError(intent.external_id, "customer", f"{parent} is rejected: {self._unusable[parent]}")
            child = missing[parent] = self._read_customer(parent, child)
            parent = child.mapped.parent
        return list(reversed(missing.values()))

    def _read_customer(self, customer_id: str, needed_by: Intent) -> Intent:
        """Read a customer from the source; one that is gone there, from the record that needs it."""
        record: Record
        read_at = self._now()
        try:
            record = self._source.retrieve(CUSTOMERS.resource, customer_id, expand=CUSTOMERS.expand)
            mapped = CUSTOMERS.to_upflow(record, self._options)
        except NotFoundError:
            mapped = Skip("not in the source")
        if isinstance(mapped, Skip):
            if needed_by.stream.snapshot is None:
                raise MappingError(needed_by.external_id, "parent", "names no customer that Stripe has")
            record, read_at = needed_by.record, needed_by.read_at
            mapped = needed_by.stream.snapshot(record, self._options)
        return Intent(CUSTOMERS, record, mapped, decide(mapped, read_at, None), read_at)

    def _import_ancestor(self, ancestor: Intent, report: SyncReport) -> None:
        with self._turns.turn(ancestor.external_id):
            if self._is_imported(ancestor.external_id):
                return  # another thread was faster
            try:
                self._write(ancestor, SyncReport())
            except RecordError as error:
                self._reject(ancestor, error)
                self._unusable[ancestor.external_id] = str(error)
                raise
            if not self._is_imported(ancestor.external_id):
                raise BusyError  # a newer read of it is under way in another task
        report.on_demand += 1

    def _write(self, intent: Intent, report: SyncReport) -> None:
        """Send one record and write down what became of it."""
        try:
            answer, lines = self._send(intent)
        except _StaleError:
            report.unchanged += 1
            return
        notes = "; ".join(intent.mapped.notes) or None
        self._settle(
            intent,
            Outcome.IMPORTED,
            payload_hash=intent.decision.content,
            upflow_id=answer.get("id"),
            reason=notes,
        )
        if intent.decision.action is Action.CREATED:
            report.created += 1
        else:
            report.updated += 1
        report.lines += lines
        report.noted += notes is not None

    def _send(self, intent: Intent) -> tuple[dict[str, Any], int]:
        payload = intent.mapped.payload
        try:
            answer = self._import_payload(intent, payload)
        except RefusedError:
            if "state" not in payload:
                raise
            # Whether Upflow takes `state` is not verified; without it, the lines do its work.
            payload = cast("Payload", {key: value for key, value in payload.items() if key != "state"})
            answer = self._import_payload(intent, payload)
        lines = lines_needed(intent.mapped, answer)
        for line in lines:
            import_line(self._upflow, cast("InvoicePayload", payload), line, before_send=lambda: self._claim(intent))
        return answer, len(lines)

    def _import_payload(self, intent: Intent, payload: Payload) -> dict[str, Any]:
        return self._upflow.import_(intent.stream.collection, payload, before_send=lambda: self._claim(intent))

    def _claim(self, intent: Intent) -> None:
        """Mark the record as in flight; the last thing before each attempt, so that claims are short."""
        claim = self._ledger.claim(intent.stream.name, intent.external_id, read_at=intent.read_at, owner=self._owner)
        if claim is Claim.BUSY:
            raise BusyError
        if claim is Claim.STALE:
            raise _StaleError

    def _is_imported(self, customer_id: str) -> bool:
        known = self._ledger.records(CUSTOMERS.name, [customer_id]).get(customer_id)
        return is_imported(known)

    def _reject(self, intent: Intent, error: RecordError) -> None:
        log.warning("rejected %s: %s", intent.external_id, error)
        self._settle(intent, Outcome.REJECTED, reason=str(error), error=type(error).__name__)

    def _settle(self, intent: Intent, outcome: Outcome, **values: str | None) -> None:
        settled = Settled(intent.external_id, outcome, intent.read_at, **values)
        if self._ledger.settle(intent.stream.name, [settled], owner=self._owner):
            log.warning("%s: another task has taken it over, with a newer read", intent.external_id)


class _StaleError(Exception):
    """A newer read of this record has been sent already."""


def is_imported(known: RecordState | None) -> bool:
    """Tell whether Upflow has the record: imported once, even if a later version was refused."""
    return known is not None and known.upflow_id is not None
