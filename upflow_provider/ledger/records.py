"""What the ledger says about a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

RETRY_DELAYS = tuple(min(timedelta(minutes=5) * 2**n, timedelta(hours=24)) for n in range(10))
"""How long after its first, second ... rejection in a row a record is due again; the last stands for all further."""


class Outcome(StrEnum):
    """What became of a record the last time it was handled."""

    PENDING = "pending"
    IMPORTED = "imported"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    REMOVED = "removed"


Balancing = Mapping[str, Any]
"""
Balancing documents of a record that Upflow may hold: amount and date by ``collection/external id``, or
``None`` where nobody knows (one was being sent when its task died).
"""


class Claim(Enum):
    """The answer to a claim: it is yours; another task has it in flight; a newer read was sent."""

    GRANTED = "granted"
    BUSY = "busy"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class RecordState:
    """
    One record as the ledger knows it.

    Attributes:
        external_id: Its id in the source.
        outcome: What became of it.
        payload_hash: Hash of what Upflow holds; ``None`` when nobody knows (never sent, refused,
            or in flight when its task died).
        upflow_id: Its id in Upflow, once imported.
        read_at: When the source was read for it, UTC; ``None`` when it was only seen in Upflow.
        reason: Why it was skipped or rejected, or what was left out of it.
        attempts: Times it was rejected in a row.
        next_attempt_at: When a rejected record is due again, UTC.
        balancing: Its balancing documents.
        expected: What Upflow must show as outstanding on an invoice, in its minor units.
        observed: What Upflow last showed; ``None`` when nobody knows.
        linked_invoices: Invoices that it was last linked to; ``None`` when nobody knows.
        dependents: What a customer brought along: contacts and its parent; ``None`` when nobody knows.
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

    @property
    def is_imported(self) -> bool:
        """Whether Upflow has the record: it was imported once, even if a later version was refused."""
        return self.upflow_id is not None


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """
    What became of one record, to be written down.

    Attributes:
        external_id: Its id in the source.
        outcome: What became of it.
        read_at: When the source was read for it, UTC.
        payload_hash: Hash of what Upflow holds now.
        upflow_id: Its id in Upflow.
        reason: Why it was skipped or rejected, or what was left out; ids and field names only.
        error: Class name of the error that rejected it.
        balancing: Its balancing documents; for an import only.
        expected: What Upflow must show as outstanding on an invoice; for an import only.
        observed: What it shows; for an import only.
        linked_invoices: Invoices that it is linked to; for an import only.
        dependents: What a customer brings along; for an import only.
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


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """
    One record as Upflow listed it.

    Attributes:
        external_id: Its id in the source.
        upflow_id: Its id in Upflow.
        content: Hash of what Upflow holds, where it can be told.
        balancing: Its balancing documents.
        observed: What is outstanding on an invoice, in Upflow's minor units.
    """

    external_id: str
    upflow_id: str
    content: str | None = None
    balancing: Balancing | None = None
    observed: int | None = None


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
