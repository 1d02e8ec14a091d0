"""
What a stream of Stripe is: everything about one kind of record, in one row.

DAG tasks, event filters, the listings after a gap, the rebuild of the ledger, the permissions that a key needs,
the README's table and the conformance tests derive from these rows. A new stream is one module in this
folder with its row, one mapping, and one test; see docs/adding-a-stream.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from upflow_provider.delivery.stream import Stream
from upflow_provider.errors import MappingError
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import Collection, Payload
from upflow_provider.stripe_to_upflow.mapping.options import Options


class Source(Protocol):
    """What a stream needs of Stripe; see `StripeSource`."""

    def find(self, resource: str, *, expand: Sequence[str] = (), **filters: Any) -> Sequence[Record]:  # noqa: ANN401 - Stripe's filters
        """Return all records that match the filters."""

    def retrieve(self, resource: str, record_id: str, *, expand: Sequence[str] = ()) -> Record:
        """Read one record; `NotFoundError` when there is none."""


@dataclass(frozen=True, slots=True)
class Listing:
    """
    A collection of the Stripe API that a stream is read from.

    Attributes:
        resource: The collection, as in the API's paths.
        expand: What Stripe leaves out unless asked; relative to one record.
        prefixes: How the ids of its records begin.
    """

    resource: str
    expand: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRule:
    """
    Events of Stripe's feed after which records of a stream are read again (https://docs.stripe.com/api/events/types).

    Attributes:
        types: Exact types, or a family such as ``invoice.*``.
        id_paths: Where the event's object holds the record's id, or the id of something that the record is
            found by; the first of these paths that holds one counts.
    """

    types: tuple[str, ...]
    id_paths: tuple[str, ...] = ("id",)

    def covers(self, event_type: str) -> bool:
        """Tell whether the rule is about events of a type."""
        return any(event_type.startswith(own[:-1]) if own.endswith(".*") else event_type == own for own in self.types)


class RelatedChange(NamedTuple):
    """
    A record of a later stream that may have changed together with another one.

    Attributes:
        stream: Name of its stream.
        record_id: Its id.
        created_at: When it was created, Unix seconds, where that is known.
        is_linked: Whether it is now linked to the record it is related to; ``None`` where that is not the question.
    """

    stream: str
    record_id: str
    created_at: int | None = None
    is_linked: bool | None = None


def complete_as_listed(source: Source, records: Sequence[Record]) -> Sequence[Record]:  # noqa: ARG001 - as all of them
    """Return records that a listing holds in full."""
    return records


def read_by_id(stream: StripeStream, source: Source, record_id: str) -> Record:
    """Read one record and complete it."""
    listing = stream.listing_of(record_id)
    found = source.retrieve(listing.resource, record_id, expand=listing.expand)
    return stream.complete(source, [found])[0]


def nothing_related(record: Record) -> Sequence[RelatedChange]:  # noqa: ARG001 - as all of them
    """Return nothing: Stripe sends an event for everything that changes together with the record."""
    return ()


@dataclass(frozen=True, slots=True)
class StripeStream:
    """
    One kind of record, from Stripe to Upflow.

    Attributes:
        name: Name of the stream: of its task, and in the ledger.
        listings: Where it is read from, one collection after the other.
        collection: Collection of the Upflow API that it is imported into.
        to_upflow: Mapping of one complete record, pure.
        title: What to call its records in messages and docs, in the plural.
        after: Streams that come first because this one refers to their records.
        events: The events after which its records are read again.
        complete: Completes the records of a page: reads what the mapping needs and the listing does not hold.
        read: Reads one complete record by its id.
        id_of: Returns the id of the record that a listed object belongs to.
        lookup_prefixes: How the ids of other objects begin that its records can be looked up by, such as the charge
            of a refund.
        related: What else may have changed when one of its records has, and sends no event.
        related_stream: Name of the stream that those belong to.
        linked_invoices: Ids of the invoices that a record is linked to; ``None`` for a stream whose records
            settle no invoice. Its listing can be filtered by invoice then.
        open_statuses: Statuses of records that are not final: the daily sweep lists them.
        gap_lookback: After a gap in the event feed, how long before the gap a record may have been created that
            has changed in it; ``None``: any time.
        customer_snapshot: Mapping of the customer that one of its records describes, for a customer that is
            gone from Stripe; ``None`` when its records describe none.
        from_upflow: Returns the payload that `to_upflow` would have made for a record found in Upflow, given
            the record and the external id of its customer, if that can be told; ``None``: it never can.
    """

    name: str
    listings: tuple[Listing, ...]
    collection: Collection
    to_upflow: Callable[[Record, Options], Mapped | Skip]
    title: str
    after: tuple[str, ...] = ()
    events: tuple[EventRule, ...] = ()
    complete: Callable[[Source, Sequence[Record]], Sequence[Record]] = complete_as_listed
    read: Callable[[StripeStream, Source, str], Record] = read_by_id
    id_of: Callable[[Record], str] = itemgetter("id")
    lookup_prefixes: tuple[str, ...] = ()
    related: Callable[[Record], Sequence[RelatedChange]] = nothing_related
    related_stream: str | None = None
    linked_invoices: Callable[[Record], Iterable[str]] | None = None
    open_statuses: tuple[str, ...] = ()
    gap_lookback: timedelta | None = timedelta(0)
    customer_snapshot: Callable[[Record, Options], Mapped] | None = None
    from_upflow: Callable[[Mapping[str, Any], str | None], Payload | None] | None = None

    @property
    def prefixes(self) -> tuple[str, ...]:
        """How the ids of its records begin."""
        return tuple(prefix for listing in self.listings for prefix in listing.prefixes)

    def listing_of(self, record_id: str) -> Listing:
        """Return the collection that a record is read from."""
        return next((each for each in self.listings if record_id.startswith(each.prefixes)), self.listings[0])

    def map_record(self, record: Record, options: Options) -> Mapped | Skip:
        """
        Map a record that was read, or one that says why it could not be; see `Reader.read_again`.

        Raises:
            MappingError: It is unusable, or Stripe refused to return it.
        """
        if "refused" in record:
            raise MappingError(record["id"], self.name, f"cannot be read: {record['refused']}")
        if "gone" in record:
            return Skip(record["gone"], remove=record.get("remove", False))
        return self.to_upflow(record, options)

    def delivery_stream(self, options: Options) -> Stream:
        """Return what the delivery needs to know of the stream, with the mapping options of an organization."""
        return Stream(self.name, self.collection, lambda record: self.map_record(record, options))
