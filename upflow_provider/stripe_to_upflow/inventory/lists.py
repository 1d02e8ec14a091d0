"""Upflow's lists, read as records of the streams of Stripe."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.links import LINK_FIELDS, shown_links
from upflow_provider.errors import NotFoundError, RecordError
from upflow_provider.ledger import ListedRecord
from upflow_provider.records.content_hash import content_hash, links_digest, payload_digest
from upflow_provider.records.payloads import COLLECTIONS, Collection, Payload
from upflow_provider.runs.batches import batches
from upflow_provider.runs.containment import contained
from upflow_provider.stripe_to_upflow.mapping.contacts import contact_variants
from upflow_provider.stripe_to_upflow.mapping.invoices import VOIDED
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS, stream_of
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

Entity = Mapping[str, Any]
"""One record as Upflow lists it."""

BATCH_SIZE = 100
"""Records that are compared together."""
CUSTOMER_COLLECTIONS = tuple(name for name, each in COLLECTIONS.items() if each.owns_documents)
DOCUMENT_COLLECTIONS = tuple(
    sorted(
        (name for name, each in COLLECTIONS.items() if not each.owns_documents),
        key=lambda name: (COLLECTIONS[name].has_outstanding, name),
    )
)
"""Collections of documents; those with outstanding amounts come last, because the others contain what balances them."""
SOURCES = {stream.collection: stream for stream in reversed(STREAMS.values())}
"""The stream that reads back the records of a collection. A negative invoice, for example, is a credit note there."""


class Lister(Protocol):
    """The part of Upflow's client that lists records."""

    def list(self, collection: Collection) -> Iterator[dict[str, Any]]:
        """List every record of a collection."""


class RecordFinder(Lister, Protocol):
    """The part of Upflow's client that lists records, and returns one."""

    def get(self, collection: Collection, ref: str) -> dict[str, Any]:
        """Return one record; `NotFoundError` if there is none."""


@dataclass(frozen=True, slots=True)
class ListedDocument:
    """
    One customer or document that came from a record of Stripe.

    Attributes:
        stream: Name of its stream.
        record: It, as the ledger adopts it.
        payloads: Digests of the payloads that lead to what is listed; empty if the list does not show enough.
        links: Digest of its links; ``None`` if the list does not show them.
        balancing: Its balancing documents by key: amount, date and links (``None`` if the list does not show them).
    """

    stream: str
    record: ListedRecord
    payloads: frozenset[str]
    links: str | None
    balancing: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What is listed, in 16 characters."""
        shown = [sorted(self.payloads), self.links, self.balancing, self.record.observed]
        return sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


class UpflowLists:
    """
    Lists what one organization of Upflow has.

    Args:
        upflow: Lists and returns records.
        options: The organization's mapping options.

    Attributes:
        balancing: The balancing documents that were listed, by the record of Stripe that they belong to; see
            `ListedDocument`.
    """

    def __init__(self, upflow: RecordFinder, options: Options) -> None:
        self._upflow, self._options = upflow, options
        self._customers: dict[str, str] = {}
        self.balancing: dict[str, dict[str, list[Any]]] = defaultdict(dict)

    def batches(self) -> Iterator[list[ListedDocument]]:
        """Yield every record that came from Stripe, in batches of one stream, together with its balancing documents."""
        for collection in CUSTOMER_COLLECTIONS:
            yield from _by_stream(self._listed(collection))
        # A refund's balancing documents are credit notes, and those of a credit note are refunds. There are fewer
        # refunds than other documents; they are therefore kept until all that may belong to them was listed.
        refunds = list(self._listed("refunds"))
        for collection in DOCUMENT_COLLECTIONS:
            documents = refunds if collection == "refunds" else self._listed(collection)
            yield from _by_stream(self._with_balancing(each) for each in documents)

    def find(self, stream: str, external_id: str) -> ListedDocument | None:
        """Ask for one record; return ``None`` if Upflow says that it does not exist."""
        own = STREAMS[stream].collection
        collections: tuple[Collection, ...] = (own, "credit_notes") if COLLECTIONS[own].has_outstanding else (own,)
        for collection in collections:
            try:
                entity = self._upflow.get(collection, external(external_id))
            except NotFoundError:
                continue
            return self._with_balancing(self._document(STREAMS[stream], collection, entity))
        return None

    def exists(self, key: str) -> bool:
        """Ask whether Upflow has a balancing document; *key* is its collection and external id."""
        collection, _, external_id = key.partition("/")
        try:
            self._upflow.get(cast("Collection", collection), external(external_id))
        except NotFoundError:
            return False
        return True

    def _listed(self, collection: Collection) -> Iterator[ListedDocument]:
        """Yield what a collection has of records of Stripe; keep its balancing documents."""
        for entity in self._upflow.list(collection):
            external_id = entity.get("externalId") or ""
            owner, colon, _ = external_id.partition(":")
            stream = stream_of(owner)
            if stream is None:
                continue
            if colon:
                self.balancing[owner][f"{collection}/{external_id}"] = _balancing_content(entity)
                continue
            if COLLECTIONS[collection].owns_documents:
                self._customers[entity["id"]] = external_id
            yield self._document(stream, collection, entity)

    def _document(self, stream: StripeStream, collection: Collection, entity: Entity) -> ListedDocument:
        is_invoice = COLLECTIONS[collection].has_outstanding
        observed = entity.get("amountOutstanding") if is_invoice else None
        payload = self._read_back(stream if collection == stream.collection else SOURCES[collection], entity)
        if is_invoice and observed is None:
            payload = None  # to send it again is the only way to see what it shows
        links = _links(collection, entity)
        record = ListedRecord(
            entity["externalId"],
            entity["id"],
            content=_content(payload, links),
            observed=observed,
            linked_invoices=_linked_invoices(entity) if links else None,
        )
        return ListedDocument(stream.name, record, _payload_digests(payload) if payload else frozenset(), links)

    def _with_balancing(self, document: ListedDocument) -> ListedDocument:
        """Return a document with its balancing documents; their reasons are not listed, so that its content is not."""
        balancing = self.balancing.get(document.record.external_id)
        if not balancing:
            return document
        record = replace(document.record, content=None, balancing=dict.fromkeys(balancing))
        return replace(document, record=record, balancing=balancing)

    def _read_back(self, source: StripeStream, entity: Entity) -> Payload | None:
        """Return the payload of a record's import; ``None`` if it is not listed, or in a form not expected."""
        try:
            with contained(entity["externalId"]):
                return source.read_back(entity, self._customer_of(entity), self._options)
        except RecordError:  # the log names the place in the code
            return None

    def _customer_of(self, entity: Entity) -> str | None:
        """Return the external id of a document's customer; lists of invoices contain only Upflow's id."""
        summary = entity.get("customer") or {}
        return summary.get("externalId") or self._customers.get(entity.get("customerId") or summary.get("id") or "")


def _by_stream(documents: Iterable[ListedDocument]) -> Iterator[list[ListedDocument]]:
    for batch in batches(documents, BATCH_SIZE):
        for _, group in groupby(sorted(batch, key=attrgetter("stream")), key=attrgetter("stream")):
            yield list(group)


def _content(payload: Payload | None, links: str | None) -> str | None:
    """Return the hash of what is listed; ``None`` if a part is not, such as what balances a void invoice."""
    if payload is None or links is None or "state" in payload:
        return None
    return content_hash(payload_digest(payload), links)


def _payload_digests(payload: Payload) -> frozenset[str]:
    """Return the digests of a listed payload, with and without what an import may have left alone."""
    return frozenset(payload_digest(cast("Payload", each)) for each in _variants({**payload}))


def _variants(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """
    Yield the payloads that may have been imported, given that which is listed.

    What Stripe does not show stays in Upflow: a parent, a phone or VAT number, the fields of a customer that is gone.
    It is not verified that Upflow keeps the state of a void invoice; the outstanding amount shows whether it is void.
    """
    if payload.get("customFields"):
        yield from _variants({name: value for name, value in payload.items() if name != "customFields"})
    without_state = {name: value for name, value in payload.items() if name != "state"}
    for stateful in (without_state, {**without_state, "state": VOIDED}):
        for orphaned in (stateful, {name: value for name, value in stateful.items() if name != "parent"}):
            untaxed = {name: value for name, value in orphaned.items() if name != "vatNumber"}
            for taxed in (orphaned, untaxed) if "vatNumber" in orphaned else (orphaned,):
                if "contacts" in taxed:
                    yield from ({**taxed, "contacts": each} for each in contact_variants(taxed["contacts"]))
                else:
                    yield taxed


def _links(collection: Collection, entity: Entity) -> str | None:
    """Return the digest of what a document settles; ``None`` if the list does not show it."""
    row = COLLECTIONS[collection]
    if row.owns_documents or row.has_outstanding:
        return ""  # others settle an invoice, and their links show it
    return links_digest(shown_links(entity)) if any(name in entity for name in LINK_FIELDS) else None


def _linked_invoices(entity: Entity) -> list[str] | None:
    linked = [external_id for external_id, _ in shown_links(entity) if external_id]
    return [each for each in linked if _is_invoice(each)] or None


def _is_invoice(external_id: str) -> bool:
    stream = stream_of(external_id)
    return stream is not None and ":" not in external_id and COLLECTIONS[stream.collection].has_outstanding


def _balancing_content(entity: Entity) -> list[Any]:
    """Return the content of a balancing document in the form in which the ledger has it."""
    date = entity.get("issuedAt") or entity.get("validatedAt") or ""
    links = shown_links(entity) if any(name in entity for name in LINK_FIELDS) else None
    return [entity.get("grossAmount", entity.get("amount")), date[:10], links]
