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
    One record to be imported or removed, and what is known about it.

    Attributes:
        stream: Its stream.
        external_id: Its id in the source, which is its external id in Upflow.
        record: The record. If a customer is gone from the source, the record that still describes it.
        mapped: What the mapping made of it, or why it must not stay in Upflow.
        decision: What is to be done.
        read_at: When the source was read, aware, UTC.
        balancing: Its balancing documents that Upflow may have, as known before the delivery.
        linked_invoices: Invoices that it was last linked to; ``None`` if that is not known.
        dependents: What was last imported along with a customer; ``None`` if that is not known.
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
        """Return the same delivery with what the ledger knows from earlier ones."""
        return replace(
            self, balancing=state.balancing, linked_invoices=state.linked_invoices, dependents=state.dependents
        )

    @property
    def customer(self) -> str:
        """External id of the customer that its requests are about."""
        return self.mapped.customer

    @property
    def collection(self) -> UpflowCollection:
        """The collection that its stream is imported into."""
        return COLLECTIONS[self.stream.collection]
