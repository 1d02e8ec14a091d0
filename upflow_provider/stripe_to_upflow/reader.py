"""The reader of complete records of a stream: those of a window, those of an invoice, or one by its id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import NotFoundError, RecordError
from upflow_provider.records.page import NO_ID, Page, Record
from upflow_provider.runs.containment import contained
from upflow_provider.runs.outage import Outage
from upflow_provider.runs.progress import share_done
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.portal_money import Settlements
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Selection = Callable[[Sequence[Record]], Sequence[Record]]
"""Returns those of the listed objects that are wanted."""


class Reader:
    """
    Reads streams from Stripe; safe to use from several threads. Raises what `StripeSource` raises.

    Args:
        source: Where records come from.
        settlements: What the ledger knows of money that Upflow took itself; ``None`` if there is none.
    """

    def __init__(self, source: StripeSource, settlements: Settlements | None = None) -> None:
        self._source, self._settlements, self._outage = source, settlements, Outage()

    def pages(
        self,
        stream: StripeStream,
        window: Window,
        cursor: Mapping[str, Any] | None = None,
        *,
        wanted: Selection = list,
        filters: Mapping[str, Any] | None = None,
    ) -> Iterator[Page]:
        """
        Yield the records of a stream that were created in a window, collection by collection, newest first.

        Args:
            stream: The stream.
            window: When they were created; a payment is yielded for each page with an application of it.
            cursor: Cursor of the last page that is done, to continue after it.
            wanted: Selects the records of a page that are completed; a page may become empty.
            filters: Further filters of the listing.
        """
        position = dict(cursor or {})
        first = position.pop("read", 0)
        for number, listing in enumerate(stream.listings[first:], start=first):
            pages = self._source.pages(
                listing.resource,
                start=window.start,
                end=window.end,
                expand=listing.expand,
                cursor=(position or None) if number == first else None,
                filters=filters,
            )
            for page in pages:
                yield replace(
                    page,
                    records=self._completed(stream, wanted(page.records)),
                    cursor={**page.cursor, "read": number},
                    share=share_done(window, page.covered_to),
                )

    def _completed(self, stream: StripeStream, listed: Sequence[Record], *, were_single: bool = False) -> list[Record]:
        """
        Return the records that listed objects belong to, each once and completed, and those that have no id.

        If requests about single records have returned them (*were_single*), Stripe is known to serve such requests.
        """
        by_record: dict[str, list[Record]] = {}
        for each in listed:
            by_record.setdefault(stream.id_of(each), []).append(each)
        unnamed = [{"id": NO_ID, "refused": "it has no usable id"} for _ in by_record.pop(NO_ID, ())]
        named = [
            self._complete(stream, record_id, own, Lookups(self._source, were_made=were_single))
            for record_id, own in by_record.items()
        ]
        if self._settlements is not None:
            named = list(stream.portal_money(self._settlements, self._source, named))
        return [*named, *unnamed]

    def _complete(self, stream: StripeStream, record_id: str, listed: Sequence[Record], lookups: Lookups) -> Record:
        """Complete one record; if that fails for this record, return one that says why."""
        if "gone" in listed[0]:
            return listed[0]
        try:
            with contained(record_id), self._outage.watched(record_id):
                record = stream.complete(lookups, listed)
        except RecordError as error:
            return unreadable(record_id, error)
        if lookups.were_made:
            self._outage.served()
        return record

    def read_again(self, stream: StripeStream, record_id: str) -> list[Record]:
        """
        Read the record with an id, or the records that are looked up by it, such as the refunds of a charge.

        Instead of a record that cannot be read, one is returned that says why; see `StripeStream.map_record`.
        """
        try:
            return self._read(stream, record_id)
        except NotFoundError:
            return [{"id": record_id, "gone": "not in Stripe"}]
        except RecordError as error:
            return [unreadable(record_id, error)]

    def retrieve(self, stream: StripeStream, record_id: str) -> Record:
        """
        Read one record; a payment without an invoice is returned as one that says so.

        Raises:
            NotFoundError: The record does not exist.
            RecordError: This record cannot be read, for example because Stripe refuses its id, or fails at it only.
        """
        return self._read(stream, record_id)[0]

    def find_by_invoice(self, stream: StripeStream, invoice_id: str) -> list[Record]:
        """
        Read the records of a stream that settle an invoice; Stripe can filter the stream's listing by invoice.

        Raises:
            RecordError: Those of this invoice cannot be read.
        """
        [listing] = stream.listings
        with self._outage.watched(invoice_id):
            listed = self._source.find(listing.resource, expand=listing.expand, invoice=invoice_id)
        return self._completed(stream, listed, were_single=True)

    def newest_invoice(self, customer: Mapping[str, str]) -> Record | None:
        """
        Read the newest finalized invoice of a customer; ``None`` if there is none.

        Args:
            customer: Filter of Stripe's list: ``customer`` or ``customer_account``, and its id.

        Raises:
            RecordError: The invoices of this customer cannot be read.
        """
        with self._outage.watched(*customer.values()):
            pages = self._source.pages("invoices", start=EPOCH, end=None, filters=customer)
            finalized = (each for page in pages for each in page.records if each.get("status") != "draft")
            return next(finalized, None)

    def _read(self, stream: StripeStream, record_id: str) -> list[Record]:
        with contained(record_id):
            with self._outage.watched(record_id):
                listed = stream.read(stream, self._source, record_id)
            return self._completed(stream, listed, were_single=True)


class Lookups:
    """
    What is looked up in Stripe to complete one record.

    Args:
        source: Where it is looked up.
        were_made: Whether requests about the record were made before.

    Attributes:
        were_made: Whether requests about the record were made.
    """

    def __init__(self, source: StripeSource, *, were_made: bool) -> None:
        self._source, self.were_made = source, were_made

    def find(self, resource: str, *, expand: Sequence[str] = (), **filters: Any) -> Sequence[Record]:  # noqa: ANN401 - Stripe's filters
        """Return all records that match the filters; see `StripeSource.find`."""
        self.were_made = True
        return self._source.find(resource, expand=expand, **filters)

    def retrieve(self, resource: str, record_id: str, *, expand: Sequence[str] = ()) -> Record:
        """Read one record; see `StripeSource.retrieve`."""
        self.were_made = True
        return self._source.retrieve(resource, record_id, expand=expand)


def unreadable(record_id: str, error: RecordError) -> Record:
    """Return a record that says why the record with an id cannot be read; see `StripeStream.map_record`."""
    return {"id": record_id, "refused": str(error)}
