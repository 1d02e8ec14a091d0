"""Both ends of a delivery: a stream, from any source, and the destination."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from upflow_provider.records.accessories import Accessory
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import (
    Collection,
    ContactPayload,
    CustomerChanges,
    Payload,
    ReconcilePayload,
)

Answer = dict[str, Any]
BeforeSend = Callable[[bool], object]
"""Called right before each attempt at a request, with whether an earlier one got no answer and may still arrive."""


@dataclass(frozen=True, slots=True)
class Stream:
    """
    One kind of source record and the collection of Upflow that it goes into.

    Attributes:
        name: Its name in the ledger.
        collection: Where its records are imported.
        to_upflow: Maps one record, with its ``id``; raises `MappingError` for one that is unusable.
        accessories: What never keeps one of its records out of Upflow; see `Accessory`.
        has_changes_only: Whether its records are changes, made by comparison with what Upflow shows. Then the ledger
            keeps no hash of them, so that the same change can be made again, and what they do not mention stays:
            contacts and parents of customers are neither listed nor removed.
    """

    name: str
    collection: Collection
    to_upflow: Callable[[Record], Mapped | Skip]
    accessories: tuple[Accessory, ...] = ()
    has_changes_only: bool = False


class Destination(Protocol):
    """The part of Upflow's client that a delivery uses."""

    def import_(self, collection: Collection, payload: Payload, *, before_send: BeforeSend | None = None) -> Answer:
        """Create or update one record; see `BeforeSend`."""

    def reconcile(self, payload: ReconcilePayload, *, before_send: BeforeSend | None = None) -> object:
        """Set one group of links; *before_send* as for an import."""

    def delete(self, collection: Collection, ref: str, *, before_send: BeforeSend | None = None) -> None:
        """Delete one record; `NotFoundError` when there is none. *before_send* as for an import."""

    def update_customer(self, ref: str, changes: CustomerChanges, *, before_send: BeforeSend | None = None) -> Answer:
        """Change some fields of a customer; *before_send* as for an import."""

    def list_contacts(self, customer_ref: str) -> Iterator[Answer]:
        """Yield the contacts of a customer."""

    def get(self, collection: Collection, ref: str) -> Answer:
        """Return one record; `NotFoundError` when there is none."""

    def create_contact(
        self, customer_ref: str, contact: ContactPayload, *, before_send: BeforeSend | None = None
    ) -> Answer:
        """Add a contact; *before_send* as for an import."""

    def update_contact(
        self, customer_ref: str, contact_ref: str, contact: ContactPayload, *, before_send: BeforeSend | None = None
    ) -> Answer:
        """Change a contact; `NotFoundError` when there is none. *before_send* as for an import."""

    def delete_contact(self, customer_ref: str, contact_ref: str, *, before_send: BeforeSend | None = None) -> None:
        """Delete one contact; `NotFoundError` when there is none. *before_send* as for an import."""


class ForwardingDestination:
    """
    A destination that passes every request on; others change some of them on the way.

    Args:
        upflow: Where requests go.
    """

    def __init__(self, upflow: Destination) -> None:
        self._upflow = upflow

    def import_(self, collection: Collection, payload: Payload, *, before_send: BeforeSend | None = None) -> Answer:
        """Create or update one record."""
        return self._upflow.import_(collection, payload, before_send=before_send)

    def reconcile(self, payload: ReconcilePayload, *, before_send: BeforeSend | None = None) -> object:
        """Set one group of links."""
        return self._upflow.reconcile(payload, before_send=before_send)

    def delete(self, collection: Collection, ref: str, *, before_send: BeforeSend | None = None) -> None:
        """Delete one record."""
        self._upflow.delete(collection, ref, before_send=before_send)

    def update_customer(self, ref: str, changes: CustomerChanges, *, before_send: BeforeSend | None = None) -> Answer:
        """Change some fields of a customer."""
        return self._upflow.update_customer(ref, changes, before_send=before_send)

    def list_contacts(self, customer_ref: str) -> Iterator[Answer]:
        """Yield the contacts of a customer."""
        return self._upflow.list_contacts(customer_ref)

    def get(self, collection: Collection, ref: str) -> Answer:
        """Return one record."""
        return self._upflow.get(collection, ref)

    def create_contact(
        self, customer_ref: str, contact: ContactPayload, *, before_send: BeforeSend | None = None
    ) -> Answer:
        """Add a contact."""
        return self._upflow.create_contact(customer_ref, contact, before_send=before_send)

    def update_contact(
        self, customer_ref: str, contact_ref: str, contact: ContactPayload, *, before_send: BeforeSend | None = None
    ) -> Answer:
        """Change a contact."""
        return self._upflow.update_contact(customer_ref, contact_ref, contact, before_send=before_send)

    def delete_contact(self, customer_ref: str, contact_ref: str, *, before_send: BeforeSend | None = None) -> None:
        """Delete one contact."""
        self._upflow.delete_contact(customer_ref, contact_ref, before_send=before_send)
