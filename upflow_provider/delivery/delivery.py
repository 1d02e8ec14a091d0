"""One record on its way into Upflow, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from upflow_provider.delivery.decision import Decision
from upflow_provider.ledger import Lines
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.stripe_to_upflow.streams.registry import Record, Stream


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One record to be imported, or removed, and what is known about it.

    Attributes:
        stream: Its stream.
        external_id: Its id in the source, its external id in Upflow.
        record: The record; for a customer that is gone, the one that told of it.
        mapped: Its counterpart, or why it must not stay.
        decision: What is to be done.
        read_at: When the source was read, aware, UTC.
        lines: Balancing documents that Upflow may hold of it, as far as known beforehand.
        settles: Invoices that it was last linked to, or what came with a customer; ``None`` when nobody knows.
    """

    stream: Stream
    external_id: str
    record: Record
    mapped: Mapped | Skip
    decision: Decision
    read_at: datetime
    lines: Lines | None = None
    settles: Sequence[str] | None = ()

    @property
    def customer(self) -> str:
        """External id of the customer that its requests concern."""
        return self.mapped.customer
