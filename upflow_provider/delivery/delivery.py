"""One record on its way into Upflow, the parents that it needs, and the result of its import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from upflow_provider.delivery.balancing import document_key
from upflow_provider.delivery.decision import Decision
from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import RecordError, RefusedError
from upflow_provider.ledger import Outcome, RecordOutcome, RecordState
from upflow_provider.records.accessories import is_due_again, lacks_position, without_needs
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import COLLECTIONS, UpflowCollection
from upflow_provider.records.text import cleaned


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
        linked_invoices: Invoices that it was last linked to; ``None`` if that is not known.
        dependents: What was last imported along with a customer; ``None`` if that is not known.
        is_new: Whether the ledger has never known it, so that nobody has added anything to it in Upflow.
    """

    stream: Stream
    external_id: str
    record: Record
    mapped: Mapped | Skip
    decision: Decision
    read_at: datetime
    linked_invoices: Sequence[str] | None = ()
    dependents: Sequence[str] | None = ()
    is_new: bool = True

    def with_state(self, state: RecordState) -> Delivery:
        """Return the same delivery with what the ledger knows from earlier ones."""
        return replace(self, linked_invoices=state.linked_invoices, dependents=state.dependents, is_new=False)

    def abandoned(self) -> RecordOutcome:
        """Return the outcome of a delivery that ends because a newer read is known."""
        documents = self.mapped.balancing if isinstance(self.mapped, Mapped) else ()
        may_exist = dict.fromkeys(document_key(each) for each in documents)
        return RecordOutcome(self.external_id, Outcome.SKIPPED, self.read_at, balancing=may_exist)

    def without_needs(self) -> Delivery | None:
        """Return it without accessories that need another record first; ``None`` if it has none of them."""
        fewer = without_needs(self.mapped, self.stream.accessories) if isinstance(self.mapped, Mapped) else None
        if fewer is None:
            return None
        return replace(self, mapped=fewer)

    def set_aside(self, error: RecordError, *, reject_refused: bool) -> RecordOutcome:
        """
        Return the outcome of a record that cannot be imported or removed.

        It is rejected, or waits for other records of its run, which may make room for it. A customer that has documents
        stays in Upflow, whoever created them.

        Args:
            error: Why it cannot.
            reject_refused: Reject it instead of letting it wait.
        """
        mapped, reason, outcome = self.mapped, cleaned(str(error)), Outcome.REJECTED
        if isinstance(error, RefusedError):
            if isinstance(mapped, Skip) and self.collection.owns_documents:
                reason = f"{mapped.reason}; Upflow keeps it: {reason}"
                return RecordOutcome(self.external_id, Outcome.SKIPPED, self.read_at, reason=reason)
            if (isinstance(mapped, Skip) or mapped.links or mapped.balancing) and not reject_refused:
                outcome = Outcome.PENDING
        return RecordOutcome(self.external_id, outcome, self.read_at, reason=reason, error=type(error).__name__)

    @property
    def customer(self) -> str:
        """External id of the customer that its requests are about."""
        return self.mapped.customer

    @property
    def collection(self) -> UpflowCollection:
        """The collection that its stream is imported into."""
        return COLLECTIONS[self.stream.collection]


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


@dataclass(slots=True)
class DeliveryResult:
    """
    The result of a write.

    Attributes:
        upflow_id: The record's id in Upflow.
        balancing: Its balancing documents there.
        observed: Outstanding amounts of invoices by now, in Upflow's minor units; ``None`` if an amount has changed and
            is not known.
        sent: Number of balancing documents sent or deleted.
        void: How a void invoice was brought to zero; empty for other records.
        sent_as: What was imported, if it lacks accessories that Upflow refuses.
        content: Hash of what was imported, if its collection takes less than what was mapped; empty otherwise.
    """

    upflow_id: str | None = None
    balancing: dict[str, Any] = field(default_factory=dict)
    observed: dict[str, int | None] = field(default_factory=dict)
    sent: int = 0
    void: str = ""
    sent_as: Mapped | None = None
    content: str = ""

    def outcome(self, delivery: Delivery, mapped: Mapped) -> RecordOutcome:
        """Return the outcome of an import; its hash is that of what was to be imported, so that it counts as done."""
        mapped = self.sent_as or mapped
        is_partial, reason = is_due_again(mapped.notes), "; ".join(mapped.notes) or None
        is_change = delivery.stream.has_changes_only
        collection = delivery.collection
        linked = [link.external_id for link in mapped.links if COLLECTIONS[link.collection].has_outstanding]
        return RecordOutcome(
            delivery.external_id,
            Outcome.IMPORTED,
            delivery.read_at,
            payload_hash=None if is_partial or is_change else self.content or delivery.decision.content,
            upflow_id=self.upflow_id,
            reason=reason,
            balancing=self.balancing or None,
            expected=mapped.outstanding,
            observed=self.observed.get(delivery.external_id) if collection.has_outstanding else None,
            linked_invoices=linked or None,
            dependents=list(mapped.dependents) if collection.owns_documents else None,
            is_partial=is_partial or lacks_position(reason),
        )
