"""
The rebuild of a lost ledger from what Upflow has.

Losing the ledger costs time, never correctness. Upflow's lists show which records it has, which balancing documents
belong to them and, in part, their content. The next sync sends only records whose content is not known to be equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from upflow_provider.ledger import Ledger, ListedRecord
from upflow_provider.records.content_hash import payload_hash
from upflow_provider.records.payloads import COLLECTIONS, Collection
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS, stream_of
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

Entity = Mapping[str, Any]
"""One record as Upflow lists it."""


DOCUMENT_COLLECTIONS = tuple(name for name, each in COLLECTIONS.items() if not each.owns_documents)
BALANCING_COLLECTIONS = tuple(
    name for name in DOCUMENT_COLLECTIONS if COLLECTIONS[name].group_field and not COLLECTIONS[name].has_outstanding
)
"""Collections that contain balancing documents: all that are linked, except invoices."""


class Lister(Protocol):
    """The part of Upflow's client that a rebuild uses."""

    def list(self, collection: Collection) -> Iterator[dict[str, Any]]:
        """List every record of a collection."""


def rebuild(ledger: Ledger, upflow: Lister) -> dict[str, int]:
    """
    List the records that Upflow has and adopt them into the ledger.

    Records that the ledger knows from a read of the source stay as they are, so a rebuild may run at any time.

    Returns:
        Number of records that Upflow has under an external id, by stream.
    """
    counts = Counter(dict.fromkeys(STREAMS, 0))
    customer_ids: dict[str, str] = {}
    for stream in STREAMS.values():
        if COLLECTIONS[stream.collection].owns_documents:
            counts[stream.name] += ledger.adopt(stream.name, _listed_customers(stream, upflow, customer_ids))
    balancing = _balancing_by_record(upflow)
    for collection in DOCUMENT_COLLECTIONS:
        for name, documents in _listed_documents(collection, upflow, customer_ids, balancing).items():
            counts[name] += ledger.adopt(name, documents)
    return dict(counts)


def _listed_customers(stream: StripeStream, upflow: Lister, customer_ids: dict[str, str]) -> Iterator[ListedRecord]:
    """Yield the customers that Upflow has, and add their external ids by Upflow's id to *customer_ids*."""
    for entity in upflow.list(stream.collection):
        external_id = entity.get("externalId")
        if external_id:
            customer_ids[entity["id"]] = external_id
            yield ListedRecord(external_id, entity["id"], _content(stream, entity, external_id))


def _listed_documents(
    collection: Collection,
    upflow: Lister,
    customer_ids: Mapping[str, str],
    balancing: Mapping[str, dict[str, None]],
) -> dict[str, list[ListedRecord]]:
    """Return the documents of a collection that come from a record of Stripe, by stream."""
    by_stream: dict[str, list[ListedRecord]] = defaultdict(list)
    for entity in upflow.list(collection):
        external_id = entity.get("externalId") or ""
        stream = stream_of(external_id)
        if stream is not None and ":" not in external_id:
            customer = customer_ids.get(entity.get("customerId", ""))
            by_stream[stream.name].append(
                _listed_document(stream, collection, entity, customer, balancing.get(external_id))
            )
    return by_stream


def _listed_document(
    stream: StripeStream,
    collection: Collection,
    entity: Entity,
    customer: str | None,
    balancing: dict[str, None] | None,
) -> ListedRecord:
    """Return a listed document; without content if it has balancing documents, whose content is not listed."""
    has_outstanding = COLLECTIONS[collection].has_outstanding
    # A negative invoice of Stripe is a credit note in Upflow; its stream can only read back invoices.
    is_readable = collection == stream.collection and (not has_outstanding or "amountOutstanding" in entity)
    observed = entity.get("amountOutstanding") if is_readable and has_outstanding else None
    content = _content(stream, entity, customer) if is_readable and not balancing else None
    return ListedRecord(entity["externalId"], entity["id"], content, balancing, observed)


def _content(stream: StripeStream, entity: Entity, customer: str | None) -> str | None:
    payload = stream.from_upflow(entity, customer) if stream.from_upflow else None
    return payload_hash(payload) if payload else None


def _balancing_by_record(upflow: Lister) -> dict[str, dict[str, None]]:
    """Return the keys of the balancing documents that Upflow has, by the record that they belong to."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for collection in BALANCING_COLLECTIONS:
        for entity in upflow.list(collection):
            owner, colon, _ = (entity.get("externalId") or "").partition(":")
            if colon and stream_of(owner):
                found[owner][f"{collection}/{entity['externalId']}"] = None
    return found
