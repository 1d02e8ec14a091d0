"""Complete records of a stream: of a window, of an invoice, or one by its id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from upflow_provider.clients.stripe import Page, StripeSource
from upflow_provider.completing import OF_PAYMENT
from upflow_provider.errors import NotFoundError
from upflow_provider.streams import Record, Stream
from upflow_provider.window import Window

PAYMENT_KINDS = {"pi_": "payment_intent", "pr_": "payment_record"}
"""What a payment is, by how its id begins."""


class Reader:
    """
    Reads streams from Stripe; safe to use from several threads. Raises what `StripeSource` raises.

    Args:
        source: Where records come from.
    """

    def __init__(self, source: StripeSource) -> None:
        self._source = source

    def pages(self, stream: Stream, window: Window, cursor: Mapping[str, Any] | None = None) -> Iterator[Page]:
        """
        Yield the records of a stream that were created in a window, collection by collection, newest first.

        Args:
            stream: The stream.
            window: When they were created; a payment comes with each of its applications of that window.
            cursor: That of the last page that is done with, to go on after it.
        """
        position = dict(cursor or {})
        first = position.pop("read", 0)
        for number, read in enumerate(stream.reads[first:], start=first):
            pages = self._source.pages(
                read.resource,
                start=window.start,
                end=window.end,
                expand=read.expand,
                cursor=(position or None) if number == first else None,
            )
            for page in pages:
                records = stream.complete(self._source, page.records)
                yield replace(page, records=[dict(each) for each in records], cursor={**page.cursor, "read": number})

    def retrieve(self, stream: Stream, record_id: str) -> Record:
        """
        Read one record.

        Raises:
            NotFoundError: There is none.
            RefusedError: Stripe refuses this one, for example because of its id.
        """
        if stream.name == "payments":
            return self._payment(stream, record_id)
        read = stream.read_of(record_id)
        found = self._source.retrieve(read.resource, record_id, expand=read.expand)
        return found if found.get("deleted") else stream.complete(self._source, [found])[0]

    def of_invoice(self, stream: Stream, invoice_id: str) -> list[Record]:
        """Read the records of a stream whose lists can be filtered by invoice."""
        [read] = stream.reads
        found = self._source.find(read.resource, expand=read.expand, invoice=invoice_id)
        return list(stream.complete(self._source, found))

    def _payment(self, stream: Stream, payment_id: str) -> Record:
        kind = PAYMENT_KINDS.get(payment_id[:3])
        if kind is None:
            raise NotFoundError(f"{payment_id}: Stripe tells such a payment only with its invoice; load that window")
        of = {"type": kind, kind: payment_id}
        found = self._source.find("invoice_payments", expand=OF_PAYMENT, payment=of)
        if not found:
            raise NotFoundError(f"{payment_id}: is applied to no invoice")
        return stream.complete(self._source, found)[0]
