"""One record on its way into Upflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from upflow_provider.delivery.decision import Decision
from upflow_provider.delivery.stream import Stream
from upflow_provider.ledger import Balancing, RecordState
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import COLLECTIONS, UpflowCollection


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One record to be imported, or removed, and what is known about it.

    Attributes:
        stream: Its stream.
        external_id: Its id in the source, its external id in Upflow.
        record: The record; for a customer that is gone, the one that still describes it.
        mapped: Its counterpart, or why it must not stay.
        decision: What is to be done.
        read_at: When the source was read, aware, UTC.
        balancing: Balancing documents that Upflow may hold of it, as far as known beforehand.
        linked_invoices: Invoices that it was last linked to; ``None`` when nobody knows.
        dependents: What came along with a customer before; ``None`` when nobody knows.
    """

    stream: Stream
    external_id: str
    record: Record
    mapped: Mapped | Skip
    decision: Decision
    read_at: datetime
    balancing: Balancing | None = None
    linked_invoices: Sequence[str] | None = ()
    dependents: Sequence[str] | None = ()

    def with_state(self, state: RecordState) -> Delivery:
        """Return the same delivery with what the ledger knows of earlier ones."""
        return replace(
            self, balancing=state.balancing, linked_invoices=state.linked_invoices, dependents=state.dependents
        )

    @property
    def customer(self) -> str:
        """External id of the customer that its requests concern."""
        return self.mapped.customer

    @property
    def collection(self) -> UpflowCollection:
        """The collection that its stream is imported into."""
        return COLLECTIONS[self.stream.collection]
