"""What one record of Upflow's lists shows: content, links, and what it is compared by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from upflow_provider.delivery.links import LINK_FIELDS, shown_links
from upflow_provider.errors import MappingError
from upflow_provider.ledger import ListedRecord
from upflow_provider.records.content_hash import content_hash, custom_fields_digest, links_digest, payload_digest
from upflow_provider.records.money import is_amount
from upflow_provider.records.payloads import COLLECTIONS, Collection, Payload
from upflow_provider.records.text import is_id
from upflow_provider.stripe_to_upflow.streams.registry import document_stream_of

Entity = Mapping[str, Any]
"""One record as Upflow lists it."""


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """
    One customer or document that came from a record of Stripe.

    Attributes:
        stream: Name of its stream.
        record: It, as the ledger adopts it.
        payloads: Digests of the payloads that lead to what is listed; empty if the list does not show enough.
        custom_fields: Digests of the custom fields that lead to it; empty if the list does not show them.
        links: Digest of its links; ``None`` if the list does not show them.
        stand_ins: What contacts of somebody else stand in for, of a customer; ``None`` if the list shows no contacts.
        balancing: Its balancing documents by key: amount, date and links (``None`` if the list does not show them);
            ``None`` instead of all that if it cannot be read.
    """

    stream: str
    record: ListedRecord
    payloads: frozenset[str]
    custom_fields: frozenset[str]
    links: str | None
    stand_ins: frozenset[str] | None = None
    balancing: Mapping[str, list[Any] | None] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What is listed, in 16 characters."""
        contents = [sorted(self.payloads), sorted(self.custom_fields)]
        shown = [*contents, self.links, self.balancing, self.record.observed]
        return sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


class Unreadable(NamedTuple):
    """
    A record that cannot be read, wholly or in part; it is there, and that is all that is known.

    Attributes:
        stream: Name of its stream; empty if it is not known, or if it is a balancing document.
        external_id: Its external id; empty if it has none that is usable.
        name: What messages call it: its external id, or else its id in Upflow, or ``-``.
    """

    stream: str
    external_id: str
    name: str


def content_of(payload: Payload | None, links: str | None) -> str | None:
    """Return the hash of what is listed; ``None`` if a part is not, such as what balances a void invoice."""
    if payload is None or links is None or "state" in payload:
        return None
    return content_hash(payload_digest(payload), links, custom_fields=custom_fields_digest(payload))


def links_of(collection: Collection, entity: Entity) -> str | None:
    """Return the digest of what a document settles; ``None`` if the list does not show it."""
    row = COLLECTIONS[collection]
    if row.owns_documents or row.has_outstanding:
        return ""  # others settle an invoice, and their links show it
    return links_digest(shown_links(entity)) if any(name in entity for name in LINK_FIELDS) else None


def linked_invoices_of(entity: Entity) -> list[str] | None:
    """Return the invoices that a document is linked to; ``None`` if there are none."""
    linked = [external_id for external_id, _ in shown_links(entity) if external_id]
    return [each for each in linked if _is_invoice(each)] or None


def _is_invoice(external_id: str) -> bool:
    stream = document_stream_of(external_id)
    return stream is not None and ":" not in external_id and COLLECTIONS[stream.collection].has_outstanding


def balancing_content_of(entity: Entity) -> list[Any]:
    """
    Return the content of a balancing document in the form in which the ledger has it.

    Raises:
        MappingError: Its amount or date is none.
    """
    date = entity.get("issuedAt") or entity.get("validatedAt") or ""
    name, amount = next(
        ((each, entity[each]) for each in ("grossAmount", "amount") if each in entity), ("amount", None)
    )
    if not is_amount(amount) and amount is not None:
        raise MappingError(entity["externalId"], name, "is not a whole number of minor units")
    if not isinstance(date, str):
        raise MappingError(entity["externalId"], "issuedAt or validatedAt", "is no date")
    links = shown_links(entity) if any(name in entity for name in LINK_FIELDS) else None
    return [amount, date[:10], links]


def name_of(entity: Entity) -> str:
    """Return what messages call an entity."""
    return next((each for each in (entity.get("externalId"), entity["id"]) if is_id(each)), "-")
