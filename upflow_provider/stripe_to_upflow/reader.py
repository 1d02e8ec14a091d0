"""The reader of complete records of a stream: those of a window, those of an invoice, or one by its id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import NotFoundError, ProtocolError, RefusedError
from upflow_provider.records.page import Page, Record
from upflow_provider.runs.progress import share_done
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

Selection = Callable[[Sequence[Record]], Sequence[Record]]
"""Returns those of the listed objects that are wanted."""


class Reader:
    """
    Reads streams from Stripe; safe to use from several threads. Raises what `StripeSource` raises.

    Args:
        source: Where records come from.
    """

    def __init__(self, source: StripeSource) -> None:
        self._source = source

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

    def _completed(self, stream: StripeStream, listed: Sequence[Record]) -> Sequence[Record]:
        """Return listed records completed, all of them: one that was dropped on the way would be lost in silence."""
        completed = stream.complete(self._source, listed)
        dropped = {stream.id_of(record) for record in listed} - {record["id"] for record in completed}
        if dropped:
            raise ProtocolError(f"stream {stream.name}: {', '.join(sorted(dropped))} got lost when it was completed")
        return completed

    def read_again(self, stream: StripeStream, record_id: str) -> Sequence[Record]:
        """
        Read the record with an id, or the records that are looked up by it, such as the refunds of a charge.

        Instead of a record that cannot be read, one is returned that says why; see `StripeStream.map_record`.
        """
        try:
            if stream.lookup_prefixes and record_id.startswith(stream.lookup_prefixes):
                found = [
                    record
                    for listing in stream.listings
                    for record in self._source.find(listing.resource, charge=record_id)
                ]
                return stream.complete(self._source, found)
            return [self.retrieve(stream, record_id)]
        except NotFoundError:
            return [{"id": record_id, "gone": "not in Stripe"}]
        except RefusedError as error:
            return [{"id": record_id, "refused": str(error)}]

    def retrieve(self, stream: StripeStream, record_id: str) -> Record:
        """
        Read one record; a payment without an invoice is returned as one that says so.

        Raises:
            NotFoundError: The record does not exist.
            RefusedError: Stripe refuses this record, for example because of its id.
        """
        return stream.read(stream, self._source, record_id)

    def find_by_invoice(self, stream: StripeStream, invoice_id: str) -> Sequence[Record]:
        """Read the records of a stream that settle an invoice; Stripe can filter the stream's listing by invoice."""
        [listing] = stream.listings
        found = self._source.find(listing.resource, expand=listing.expand, invoice=invoice_id)
        return stream.complete(self._source, found)
