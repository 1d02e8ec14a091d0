"""Finalized invoices of Stripe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from upflow_provider.records.accessories import DUE_DATE, NET_AMOUNT
from upflow_provider.records.dates import first_instant
from upflow_provider.records.page import Record
from upflow_provider.records.text import entries_in, mapping_in
from upflow_provider.stripe_to_upflow.mapping import customers, invoices
from upflow_provider.stripe_to_upflow.mapping.applications import needs_siblings, payment_id
from upflow_provider.stripe_to_upflow.portal_money import on_invoices
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, RelatedChange, Source, StripeStream


def _complete(source: Source, listed: Sequence[Record]) -> Record:
    """Return an invoice with all of its ``payments``; Stripe includes only the first ten."""
    [invoice] = listed
    payments = mapping_in(invoice.get("payments"))
    if isinstance(payments.get("data"), list) and not payments.get("has_more"):
        return invoice
    return {**invoice, "payments": {"data": source.find("invoice_payments", invoice=invoice["id"])}}


def _related_payments(invoice: Record) -> list[RelatedChange]:
    """
    Return the payments that an invoice's applications name; a payment yet to be made is left out.

    A payment that is reported to Stripe, or detached from its invoice, may send no event except the invoice's.
    """
    related: dict[str, RelatedChange] = {}
    for application in entries_in(invoice.get("payments")):
        if application.get("status") == "open":
            continue
        paid_by, is_linked = payment_id(application), _is_linked(invoice, application)
        if paid_by in related and is_linked is False:
            is_linked = related[paid_by].is_linked
        related[paid_by] = RelatedChange("payments", paid_by, first_instant(application.get("created")), is_linked)
    return list(related.values())


def _is_linked(invoice: Record, application: Record) -> bool | None:
    """
    Return whether an application links its payment to the invoice; ``None`` if it does not say.

    An application stays paid when its invoice becomes void or overpaid, and settles less. A payment record that is
    corrected sends no event of its own, and the application does not show it.
    """
    if application.get("status") != "paid":
        return False
    is_record = mapping_in(application.get("payment")).get("type") == "payment_record"
    return None if is_record or needs_siblings(invoice) else True


INVOICES = StripeStream(
    name="invoices",
    listings=(Listing("invoices", "invoice", ("payments",), ("in_",)),),
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
    portal_money=on_invoices,
    related=_related_payments,
    related_stream="payments",
    open_statuses=("open", "uncollectible"),
    customer_snapshot=customers.from_invoice,
    from_upflow=invoices.from_upflow,
    gap_lookback=timedelta(0),
    accessories=(DUE_DATE, NET_AMOUNT),
)
