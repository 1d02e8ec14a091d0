"""Complete records of a stream: of a window, of an invoice, or one by its id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import NotFoundError, RefusedError
from upflow_provider.records.page import Page
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.completing import OF_PAYMENT, payment_id
from upflow_provider.stripe_to_upflow.streams.registry import Record, Stream

Wanted = Callable[[Sequence[Record]], Sequence[Record]]

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

    def pages(
        self,
        stream: Stream,
        window: Window,
        cursor: Mapping[str, Any] | None = None,
        *,
        wanted: Wanted = list,
        filters: Mapping[str, Any] | None = None,
    ) -> Iterator[Page]:
        """
        Yield the records of a stream that were created in a window, collection by collection, newest first.

        Args:
            stream: The stream.
            window: When they were created; a payment comes with each of its applications of that window.
            cursor: That of the last page that is done with, to go on after it.
            wanted: Picks those records of a page that are to be made complete; a page may become empty.
            filters: Further filters of the listing.
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
                filters=filters,
            )
            for page in pages:
                records = stream.complete(self._source, wanted(page.records))
                yield replace(page, records=[dict(each) for each in records], cursor={**page.cursor, "read": number})

    def read_again(self, stream: Stream, record_id: str) -> list[Record]:
        """
        Read what an id stands for: a record, or those that are found by it, such as the refunds of a charge.

        A record that cannot be read comes as one that says why; see `Stream.mapped`.
        """
        try:
            if stream.found_by and record_id.startswith(stream.found_by):
                found = [each for read in stream.reads for each in self._source.find(read.resource, charge=record_id)]
                return list(stream.complete(self._source, found))
            return [self.retrieve(stream, record_id)]
        except NotFoundError:
            return [{"id": record_id, "gone": "not in Stripe"}]
        except RefusedError as error:
            return [{"id": record_id, "refused": str(error)}]

    def retrieve(self, stream: Stream, record_id: str) -> Record:
        """
        Read one record; a payment that is applied to no invoice says so.

        Raises:
            NotFoundError: There is none.
            RefusedError: Stripe refuses this one, for example because of its id.
        """
        if stream.name == "payments":
            return self._payment(stream, record_id)
        read = stream.read_of(record_id)
        found = self._source.retrieve(read.resource, record_id, expand=read.expand)
        if not found.get("deleted"):
            return stream.complete(self._source, [found])[0]
        invoices = self._source.find("invoices", customer=record_id)
        return {**found, "has_invoices": any(invoice["status"] != "draft" for invoice in invoices)}

    def of_invoice(self, stream: Stream, invoice_id: str) -> list[Record]:
        """Read the records of a stream whose lists can be filtered by invoice."""
        [read] = stream.reads
        found = self._source.find(read.resource, expand=read.expand, invoice=invoice_id)
        return list(stream.complete(self._source, found))

    def _payment(self, stream: Stream, of_id: str) -> Record:
        kind = PAYMENT_KINDS.get(of_id[:3])
        if kind is None:
            found = self._applications_of_charge(of_id)
        else:
            of = {"type": kind, kind: of_id}
            found = self._source.find("invoice_payments", expand=OF_PAYMENT, payment=of)
        if not found:
            return {"id": of_id, "applications": [], "gone": "applied to no invoice", "remove": True}
        return stream.complete(self._source, found)[0]

    def _applications_of_charge(self, charge_id: str) -> list[dict[str, Any]]:
        """Find to what a charge without an intent was applied: Stripe tells it only with its customer's invoices."""
        charge = self._source.retrieve("charges", charge_id)
        if not charge["customer"]:
            return []
        applications = (
            application
            for invoice in self._source.find("invoices", customer=charge["customer"])
            for application in self._source.find("invoice_payments", expand=OF_PAYMENT, invoice=invoice["id"])
        )
        return [each for each in applications if payment_id(each) == charge_id]
