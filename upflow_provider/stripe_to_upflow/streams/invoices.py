"""Finalized invoices of Stripe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from upflow_provider.records.page import Record
from upflow_provider.stripe_to_upflow.mapping import customers, invoices
from upflow_provider.stripe_to_upflow.mapping.payments import payment_id
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, RelatedChange, Source, StripeStream


def _complete(source: Source, records: Sequence[Record]) -> list[Record]:
    """Return invoices with all of their ``payments``; Stripe includes only the first ten."""
    return [
        {**invoice, "payments": {"data": source.find("invoice_payments", invoice=invoice["id"])}}
        if invoice["payments"]["has_more"]
        else invoice
        for invoice in records
    ]


def _related_payments(invoice: Record) -> list[RelatedChange]:
    """
    Return the payments that an invoice's applications name; a payment yet to be made is left out.

    A payment that is reported to Stripe, or detached from its invoice, may send no event except the invoice's.
    """
    related: dict[str, RelatedChange] = {}
    for application in (invoice.get("payments") or {}).get("data", ()):
        if application["status"] == "open":
            continue
        paid_by = payment_id(application)
        is_linked = application["status"] == "paid" or (paid_by in related and bool(related[paid_by].is_linked))
        related[paid_by] = RelatedChange("payments", paid_by, application["created"], is_linked)
    return list(related.values())


INVOICES = StripeStream(
    name="invoices",
    listings=(Listing("invoices", ("payments",), ("in_",)),),
    collection="invoices",
    to_upflow=invoices.to_upflow,
    title="finalized invoices",
    after=("customers",),
    events=(
        EventRule(
            (
                "invoice.*",
                "invoice_payment.paid",
                "credit_note.created",
                "credit_note.updated",
                "credit_note.voided",
            ),
            ("id", "invoice"),
        ),
    ),
    complete=_complete,
    related=_related_payments,
    related_stream="payments",
    open_statuses=("open", "uncollectible"),
    customer_snapshot=customers.from_invoice,
    from_upflow=invoices.from_upflow,
    gap_lookback=timedelta(0),
)
