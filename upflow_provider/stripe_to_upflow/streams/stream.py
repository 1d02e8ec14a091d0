"""
The definition of a stream of Stripe: everything about one kind of record, in one row.

DAG tasks, event filters, the listings after a gap, the rebuild of the ledger, the permissions that a key needs,
the table in docs/stripe-to-upflow.md and the conformance tests derive from these rows. A new stream is one module
in this folder with its row, one mapping, and one test; see docs/adding-a-stream.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import MappingError, NotFoundError
from upflow_provider.records.accessories import CUSTOM_FIELDS, EMPTY_FIELDS, Accessory, without_empty_fields
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import COLLECTIONS, Collection, Payload
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.mapping.custom_fields import with_listed_values, with_values
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.portal_money import PortalMoney, without_portal_money


class Source(Protocol):
    """The part of `StripeSource` that streams use."""

    def find(self, resource: str, *, expand: Sequence[str] = (), **filters: Any) -> Sequence[Record]:  # noqa: ANN401 - Stripe's filters
        """Return all records that match the filters."""

    def retrieve(self, resource: str, record_id: str, *, expand: Sequence[str] = ()) -> Record:
        """Read one record; raises `NotFoundError` if it does not exist."""


@dataclass(frozen=True, slots=True)
class Listing:
    """
    A collection of the Stripe API that a stream is read from.

    Attributes:
        resource: The collection, as in the API's paths.
        object_type: What Stripe calls the type of its records, in their field ``object``.
        expand: Fields of one record that Stripe includes only on request.
        prefixes: Beginnings of the ids that Stripe gives. They say which collection is asked first, and never what a
            record is: the owner of an account may choose the ids of customers.
    """

    resource: str
    object_type: str
    expand: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRule:
    """
    Events of Stripe's feed after which records of a stream are read again (https://docs.stripe.com/api/events/types).

    Attributes:
        types: Exact types, or a family such as ``invoice.*``.
        id_paths: Paths in the event's object to the record's id, or to the id of an object by which the record is
            looked up; the first path at which there is one counts. The object's own ``id`` counts only if it is of a
            type that the stream consists of or is looked up by.
    """

    types: tuple[str, ...]
    id_paths: tuple[str, ...] = ("id",)

    def covers(self, event_type: str) -> bool:
        """Return whether the rule is about events of a type."""
        return any(event_type.startswith(own[:-1]) if own.endswith(".*") else event_type == own for own in self.types)


class RelatedChange(NamedTuple):
    """
    A record of a later stream that may have changed together with another one.

    Attributes:
        stream: Name of its stream.
        record_id: Its id.
        created_at: When it was created, in Unix seconds; ``None`` if that is not known.
        is_linked: Whether it is now linked to the record that it is related to; ``None`` if only the related record
            itself shows that, or if it does not matter: then the record is read again in any case.
    """

    stream: str
    record_id: str
    created_at: int | None = None
    is_linked: bool | None = None


def complete_as_listed(source: Source, listed: Sequence[Record]) -> Record:  # noqa: ARG001 - as all of them
    """Return a record that is complete in a listing."""
    return listed[0]


def read_by_id(stream: StripeStream, source: Source, record_id: str) -> Sequence[Record]:
    """Read one record as it is listed, from the collection that has it."""
    for listing in stream.listings_of(record_id):
        try:
            return [source.retrieve(listing.resource, record_id, expand=listing.expand)]
        except NotFoundError:
            continue
    raise NotFoundError(f"{shown_id(record_id)} is in none of {', '.join(each.resource for each in stream.listings)}")


def nothing_related(record: Record) -> Sequence[RelatedChange]:  # noqa: ARG001 - as all of them
    """Return nothing: Stripe sends an event for everything that changes together with the record."""
    return ()


@dataclass(frozen=True, slots=True)
class StripeStream:
    """
    One kind of record, from Stripe to Upflow.

    Attributes:
        name: Name of the stream, of its task, and of its records in the ledger.
        listings: The collections that it is read from, one after the other.
        collection: Collection of the Upflow API that it is imported into.
        to_upflow: Mapping of one complete record, pure.
        title: Name of its records in messages and docs, in the plural.
        after: Names of streams that come first, because this one refers to their records.
        events: The events after which its records are read again.
        complete: Completes one record, given the objects of a listing that belong to it: reads what the mapping needs
            and the listing does not contain. What it raises concerns this record only.
        portal_money: Returns complete records with what the mapping has to know of money that Upflow took itself.
        read: Reads the objects of a listing that belong to a record, or to the records that are looked up by the id of
            another object; one with ``gone`` instead says why there are none.
        id_of: Returns the id of the record that a listed object belongs to.
        lookup_type: Type of other objects by which its records can be looked up, such as the charge of a refund.
        related: Returns the records that may have changed with one of its records and send no event.
        related_stream: Name of the stream that those belong to; needed with `related`.
        linked_invoices: Returns the ids of the invoices that a record is linked to; Stripe must be able to filter the
            listing by invoice. ``None`` for a stream whose records settle no invoice.
        open_statuses: Statuses of records that are not final: the daily sweep lists them. For collections with
            outstanding amounts only, because the ledger knows by those which records were open and are no longer.
        gap_lookback: Greatest age, at the beginning of a gap in the event feed, of records that may have changed in
            the gap; ``None``, which misses nothing, for any age.
        customer_snapshot: Mapping of the customer that one of its records describes, if that customer is gone from
            Stripe; ``None`` if its records describe no customer.
        from_upflow: Returns the payload that `to_upflow` returns for a record, given the record as Upflow lists it and
            the external id of its customer, or ``None`` if the list does not show it; ``None`` if it never does. A
            rebuilt ledger knows such records, and an edit in Upflow is found.
        accessories: What never keeps one of its records out of Upflow; see `Accessory`.
    """

    name: str
    listings: tuple[Listing, ...]
    collection: Collection
    to_upflow: Callable[[Record, Options], Mapped | Skip]
    title: str
    after: tuple[str, ...] = ()
    events: tuple[EventRule, ...] = ()
    complete: Callable[[Source, Sequence[Record]], Record] = complete_as_listed
    portal_money: PortalMoney = without_portal_money
    read: Callable[[StripeStream, Source, str], Sequence[Record]] = read_by_id
    id_of: Callable[[Record], str] = itemgetter("id")
    lookup_type: str | None = None
    related: Callable[[Record], Sequence[RelatedChange]] = nothing_related
    related_stream: str | None = None
    linked_invoices: Callable[[Record], Iterable[str]] | None = None
    open_statuses: tuple[str, ...] = ()
    gap_lookback: timedelta | None = None
    customer_snapshot: Callable[[Record, Options], Mapped] | None = None
    from_upflow: Callable[[Mapping[str, Any], str | None], Payload | None] | None = None
    accessories: tuple[Accessory, ...] = ()

    def __post_init__(self) -> None:
        """
        Refuse a definition that would lose changes without a word.

        Raises:
            ValueError: Two attributes do not go together; the message says which.
        """
        if (self.related is nothing_related) != (self.related_stream is None):
            raise ValueError(f"stream {self.name}: related and related_stream belong together")
        if self.open_statuses and not COLLECTIONS[self.collection].has_outstanding:
            raise ValueError(f"stream {self.name}: open_statuses is for documents with an outstanding amount")

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Beginnings of the ids that Stripe gives its records."""
        return tuple(prefix for listing in self.listings for prefix in listing.prefixes)

    @property
    def object_types(self) -> frozenset[str]:
        """Types of the objects whose id says which records have changed."""
        types = frozenset(listing.object_type for listing in self.listings)
        return types | {self.lookup_type} if self.lookup_type else types

    def listings_of(self, record_id: str) -> list[Listing]:
        """Return the collections that may have a record, the most likely one first."""
        return sorted(self.listings, key=lambda each: not record_id.startswith(each.prefixes))

    def map_record(self, record: Record, options: Options) -> Mapped | Skip:
        """
        Map a record that was read, with its custom fields, or one that says why it could not be read.

        See `Reader.read_again` for such records.

        Raises:
            MappingError: The record is unusable, or Stripe refused to return it.
        """
        if "refused" in record:
            raise MappingError(record["id"], self.name, f"cannot be read: {record['refused']}")
        if "gone" in record:
            return Skip(record["gone"], remove=record.get("remove", False))
        mapped = self.to_upflow(record, options)
        if isinstance(mapped, Skip):
            return mapped
        filled = with_values(mapped, record, options.fields_of(self.name), options.time_zone)
        return filled if options.sends_empty_fields else without_empty_fields(filled)

    def read_back(self, entity: Mapping[str, Any], customer: str | None, options: Options) -> Payload | None:
        """
        Return the payload that a record of the stream was imported with, its custom fields included.

        Args:
            entity: The record as Upflow lists it.
            customer: External id of its customer.
            options: The organization's mapping options.

        Returns:
            The payload, without custom fields if the list does not show them; ``None`` if it does not show the rest.
        """
        payload = self.from_upflow and self.from_upflow(entity, customer)
        if not payload or self.name in options.unshown_fields:
            return payload or None
        return with_listed_values(payload, entity, options.fields_of(self.name))

    def delivery_stream(self, options: Options) -> Stream:
        """Return the stream as the delivery sees it, with the mapping options of an organization."""
        return Stream(
            self.name,
            self.collection,
            lambda record: self.map_record(record, options),
            (EMPTY_FIELDS, CUSTOM_FIELDS, *self.accessories),
        )
