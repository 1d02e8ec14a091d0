"""What the ledger knows about a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

RETRY_DELAYS: tuple[timedelta, ...] = tuple(min(timedelta(minutes=5) * 2**n, timedelta(hours=24)) for n in range(10))
"""Time until a record is due again, by its number of rejections in a row; the last is for all further."""


class Outcome(StrEnum):
    """What became of a record the last time it was handled."""

    PENDING = "pending"
    IMPORTED = "imported"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    REMOVED = "removed"


Balancing = Mapping[str, Any]
"""
Balancing documents of a record that Upflow may have: their content by ``collection/external id``; ``None`` if it is
not known because the task died while it sent the document.
"""


class Claim(Enum):
    """
    The answer to a claim.

    It is granted, or the record or its customer is in flight elsewhere (busy), or a newer read is known (stale), or
    another task has sent the same content meanwhile (sent).
    """

    GRANTED = "granted"
    BUSY = "busy"
    STALE = "stale"
    SENT = "sent"


class Claimed(NamedTuple):
    """
    The answer to a claim.

    Attributes:
        claim: Whether it was granted; if not, why.
        balancing: The balancing documents of the record that Upflow may have; none unless the claim was granted.
    """

    claim: Claim
    balancing: Balancing


@dataclass(frozen=True, slots=True)
class Owner:
    """
    Who claims records.

    Attributes:
        name: Name of the task instance, the same on each try, so that a retry takes over at once what its dead
            predecessor had in flight.
        process: A name that no other try shares, because requests of the predecessor may still arrive.
    """

    name: str
    process: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class RecordState:
    """
    One record as the ledger knows it.

    Attributes:
        external_id: Its id in the source.
        outcome: What became of it.
        payload_hash: Hash of what Upflow has; ``None`` if that is not known (never sent, refused, or in flight when its
            task died).
        upflow_id: Its id in Upflow, once imported.
        read_at: When the source was read for it, UTC; ``None`` if it was only listed in Upflow.
        reason: Why it was skipped or rejected, or what was left out of it.
        attempts: Times it was rejected in a row.
        next_attempt_at: When a rejected record is due again, UTC.
        balancing: Its balancing documents.
        expected: What Upflow must show as outstanding on an invoice, in its minor units.
        observed: What Upflow last showed; ``None`` if that is not known.
        linked_invoices: Invoices that it was last linked to; ``None`` if that is not known.
        dependents: What was imported along with a customer: contacts and parent; ``None`` if that is not known.
        claim_process: The process that has it in flight, or died with it; ``None`` if none has.
    """

    external_id: str
    outcome: Outcome
    payload_hash: str | None = None
    upflow_id: str | None = None
    read_at: datetime | None = None
    reason: str | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    balancing: Balancing | None = None
    expected: int | None = None
    observed: int | None = None
    linked_invoices: Sequence[str] | None = None
    dependents: Sequence[str] | None = None
    claim_process: str | None = None

    @property
    def is_imported(self) -> bool:
        """Whether Upflow has the record: it was imported once, even if a later version was refused."""
        return self.upflow_id is not None


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """
    The outcome of one record, to be recorded.

    Attributes:
        external_id: Its id in the source.
        outcome: What became of it.
        read_at: When the source was read for it, UTC.
        payload_hash: Hash of what Upflow has now.
        upflow_id: Its id in Upflow.
        reason: Why it was skipped or rejected, or what was left out; ids and field names only.
        error: Class name of the error that rejected it.
        balancing: Its balancing documents; for an import only.
        expected: What Upflow must show as outstanding on an invoice; for an import only.
        observed: What Upflow shows; for an import only.
        linked_invoices: Invoices that it is linked to; for an import only.
        dependents: What is imported along with a customer; for an import only.
        is_partial: Whether it lacks something that may be accepted another time; then it is due again after a day.
    """

    external_id: str
    outcome: Outcome
    read_at: datetime
    payload_hash: str | None = None
    upflow_id: str | None = None
    reason: str | None = None
    error: str | None = None
    balancing: Balancing | None = None
    expected: int | None = None
    observed: int | None = None
    linked_invoices: Sequence[str] | None = None
    dependents: Sequence[str] | None = None
    is_partial: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether a request was sent for it."""
        return self.outcome in {Outcome.IMPORTED, Outcome.REMOVED}

    @property
    def retry_delay(self) -> timedelta | None:
        """Time until it is due again, if it is rejected for the first time; ``None`` if it is not due by itself."""
        if self.outcome is Outcome.REJECTED:
            return RETRY_DELAYS[0]
        # A record that waits is tried again at the end of its run; if the run never ends, by a later run.
        return RETRY_DELAYS[-1] if self.is_partial or self.outcome is Outcome.PENDING else None

    @property
    def differs(self) -> bool:
        """Whether it is an invoice that may not show the right amount yet."""
        return self.expected is not None and self.expected != self.observed


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """
    One record as Upflow listed it.

    Attributes:
        external_id: Its id in the source.
        upflow_id: Its id in Upflow.
        content: Hash of what Upflow has; ``None`` if it cannot be computed.
        balancing: Its balancing documents.
        observed: Outstanding amount of an invoice, in Upflow's minor units.
        linked_invoices: Invoices that it is linked to; ``None`` if that is not listed.
    """

    external_id: str
    upflow_id: str
    content: str | None = None
    balancing: Balancing | None = None
    observed: int | None = None
    linked_invoices: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """
    A record that Upflow has otherwise than the ledger says.

    Attributes:
        external_id: Its id in the source.
        upflow_id: Its id in Upflow; ``None`` if Upflow does not have it.
        balancing: Keys of its balancing documents that Upflow may have.
        observed: Outstanding amount that Upflow shows on an invoice, in its minor units.
        linked_invoices: Invoices that it may be linked to.
    """

    external_id: str
    upflow_id: str | None
    balancing: Iterable[str] = ()
    observed: int | None = None
    linked_invoices: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """
    What one try of one task did.

    Attributes:
        stream: Name of the stream.
        dag_id: The task's DAG.
        run_id: The DAG run.
        task_id: The task.
        window_start: First instant of the window, UTC.
        window_end: First instant after it, UTC.
        started_at: When the try began, UTC.
        finished_at: When it ended, UTC.
        counts: Its report: anything that JSON can hold; counts, ids and reasons only.
    """

    stream: str
    dag_id: str
    run_id: str
    task_id: str
    window_start: datetime
    window_end: datetime
    started_at: datetime
    finished_at: datetime
    counts: Mapping[str, Any]
