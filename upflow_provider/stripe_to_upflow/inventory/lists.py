"""Upflow's lists, read as records of the streams of Stripe; one that cannot be read concerns no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.errors import MappingError, NotFoundError, ProtocolError, RecordError
from upflow_provider.ledger import ListedRecord
from upflow_provider.records.contacts import stand_ins_in
from upflow_provider.records.payloads import COLLECTIONS, Collection
from upflow_provider.records.text import entries_in, is_id, mapping_in
from upflow_provider.runs.batches import batches
from upflow_provider.runs.containment import contained
from upflow_provider.stripe_to_upflow.inventory.content import (
    Entity,
    ListedDocument,
    Unreadable,
    balancing_content_of,
    content_of,
    linked_invoices_of,
    links_of,
    name_of,
)
from upflow_provider.stripe_to_upflow.inventory.variants import NOT_LISTED, Content, listed_content
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.customers import CUSTOMERS
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS, document_stream_of
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

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

    def list(self, collection: Collection, *, with_unnamed: bool = False) -> Iterator[dict[str, Any]]:
        """List every record of a collection; those without a usable id only if they are wanted."""


class RecordFinder(Lister, Protocol):
    """The part of Upflow's client that lists records, and returns one."""

    def get(self, collection: Collection, ref: str) -> dict[str, Any]:
        """Return one record; `NotFoundError` if there is none."""


class UpflowLists:
    """
    Lists what one organization of Upflow has.

    Args:
        upflow: Lists and returns records.
        options: The organization's mapping options.
        elsewhere: Returns those of some ids that are known to come from elsewhere than from Stripe.

    Attributes:
        balancing: The balancing documents that were listed, by the record of Stripe that they belong to; see
            `ListedDocument`.
        unreadable: What could not be read, so far.
    """

    def __init__(self, upflow: RecordFinder, options: Options, elsewhere: Callable[[Sequence[str]], set[str]]) -> None:
        self._upflow, self._options, self._elsewhere = upflow, options, elsewhere
        self._customers: dict[str, str] = {}
        self.balancing: dict[str, dict[str, list[Any] | None]] = defaultdict(dict)
        self.unreadable: list[Unreadable] = []

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
        """
        Ask for one record; return ``None`` if Upflow says that it does not exist.

        Raises:
            RecordError: Upflow refuses to say, or its answer cannot be read; nothing follows from that.
        """
        own = STREAMS[stream].collection
        collections: tuple[Collection, ...] = (own, "credit_notes") if COLLECTIONS[own].has_outstanding else (own,)
        for collection in collections:
            entity = self._asked(collection, external_id)
            if entity is not None:
                with contained(external_id):
                    return self._with_balancing(self._document(STREAMS[stream], collection, entity))
        return None

    def exists(self, key: str) -> bool:
        """
        Ask whether Upflow has a balancing document; *key* is its collection and external id.

        Raises:
            RecordError: As `find`.
        """
        collection, _, external_id = key.partition("/")
        return self._asked(cast("Collection", collection), external_id) is not None

    def _asked(self, collection: Collection, external_id: str) -> Entity | None:
        """Return what Upflow answers about one record, under the external id that it was asked for."""
        try:
            return {**self._upflow.get(collection, external(external_id)), "externalId": external_id}
        except NotFoundError:
            return None
        except ProtocolError as error:  # its lists were read, so that it is Upflow, and only this answer is odd
            raise MappingError(external_id, "id", "is absent in Upflow's answer") from error

    def _listed(self, collection: Collection) -> Iterator[ListedDocument]:
        """Yield what a collection has that may be a record of Stripe; keep its balancing documents."""
        for entity in self._of_ours(collection):
            external_id = entity.get("externalId")
            if isinstance(external_id, str | None) and not is_id(external_id):
                continue  # nothing is imported without one, or under such a one
            owner, stream = self._owner(collection, external_id)
            if stream is None and is_id(external_id):
                continue
            try:
                with contained(name_of(entity)):
                    document = self._read(collection, stream, owner, entity)
            except RecordError:  # the log names the place in the code
                self._note(stream.name if stream and owner == external_id else "", entity)
            else:
                if document:
                    yield document

    def _of_ours(self, collection: Collection) -> Iterator[Entity]:
        """Yield what a collection has, except documents of others whose ids look like those of balancing documents."""
        for batch in batches(self._upflow.list(collection, with_unnamed=True), BATCH_SIZE):
            with_colon = [name for each in batch if is_id(name := each.get("externalId")) and ":" in name]
            others = set[str]() if COLLECTIONS[collection].owns_documents else self._elsewhere(with_colon)
            yield from (each for each in batch if not is_id(each.get("externalId")) or each["externalId"] not in others)

    @staticmethod
    def _owner(collection: Collection, external_id: object) -> tuple[str, StripeStream | None]:
        """
        Return the id of the record of Stripe that an entity is or belongs to, and its stream.

        In the list of customers every record is a customer, whatever its id looks like: their owners chose it.
        """
        if not is_id(external_id):
            return "", None
        if COLLECTIONS[collection].owns_documents:
            return external_id, CUSTOMERS
        owner = external_id.partition(":")[0]
        return owner, document_stream_of(owner)

    def _read(
        self, collection: Collection, stream: StripeStream | None, owner: str, entity: Entity
    ) -> ListedDocument | None:
        """Return a document; keep a balancing document, and return ``None``."""
        external_id = entity["externalId"]
        if stream is None:
            raise MappingError(name_of(entity), "externalId", "is no text")
        if owner == external_id:
            if COLLECTIONS[collection].owns_documents and is_id(entity["id"]):
                self._customers[entity["id"]] = external_id
            return self._document(stream, collection, entity)
        kept = self.balancing[owner]
        kept[f"{collection}/{external_id}"] = None
        kept[f"{collection}/{external_id}"] = balancing_content_of(entity)
        return None

    def note(self, external_id: str) -> None:
        """Note that a record which was asked for cannot be read."""
        self.unreadable.append(Unreadable("", external_id, external_id))

    def _note(self, stream: str, entity: Entity) -> None:
        external_id = entity.get("externalId")
        self.unreadable.append(Unreadable(stream, external_id if is_id(external_id) else "", name_of(entity)))

    def _document(self, stream: StripeStream, collection: Collection, entity: Entity) -> ListedDocument:
        if not is_id(entity["id"]):
            raise MappingError(entity["externalId"], "id", "is absent in Upflow's list, or cannot be stored")
        is_invoice = COLLECTIONS[collection].has_outstanding
        observed = entity.get("amountOutstanding") if is_invoice else None
        links = links_of(collection, entity)
        content = self._read_back(stream if collection == stream.collection else SOURCES[collection], entity)
        if is_invoice and observed is None:
            content = NOT_LISTED  # to send it again is the only way to see what it shows
        record = ListedRecord(
            entity["externalId"],
            entity["id"],
            content=content_of(content.payload, links),
            observed=observed,
            linked_invoices=linked_invoices_of(entity) if links else None,
        )
        contacts = entity.get("contacts")
        stand_ins = None if contacts is None else stand_ins_in(record.external_id, entries_in(contacts))
        return ListedDocument(stream.name, record, content.payloads, content.custom_fields, links, stand_ins)

    def _with_balancing(self, document: ListedDocument) -> ListedDocument:
        """Return a document with its balancing documents; their reasons are not listed, so that its content is not."""
        balancing = self.balancing.get(document.record.external_id)
        if not balancing:
            return document
        record = replace(document.record, content=None, balancing=dict.fromkeys(balancing))
        return replace(document, record=record, balancing=balancing)

    def _read_back(self, source: StripeStream, entity: Entity) -> Content:
        """Return the payload of a record's import and its digests; nothing if it is not listed, or in an odd form."""
        try:
            with contained(entity["externalId"]):
                return listed_content(source.read_back(entity, self._customer_of(entity), self._options))
        except RecordError:  # the log names the place in the code
            self._note("", entity)
            return NOT_LISTED

    def _customer_of(self, entity: Entity) -> str | None:
        """Return the external id of a document's customer; lists of invoices contain only Upflow's id."""
        summary = mapping_in(entity.get("customer"))
        return summary.get("externalId") or self._customers.get(entity.get("customerId") or summary.get("id") or "")


def _by_stream(documents: Iterable[ListedDocument]) -> Iterator[list[ListedDocument]]:
    for batch in batches(documents, BATCH_SIZE):
        for _, group in groupby(sorted(batch, key=attrgetter("stream")), key=attrgetter("stream")):
            yield list(group)
