"""Refunds and lost disputes of Stripe, linked to the credit notes that name them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from upflow_provider.records.page import Record
from upflow_provider.stripe_to_upflow.mapping import payments, refunds
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, Source, StripeStream

LATE_CHANGE_MAX = timedelta(days=120)
"""Greatest time after which a refund may still fail, or a dispute end."""


def _complete(source: Source, records: Sequence[Record]) -> list[Record]:
    """Return refunds and disputes with their customer, an invoice of theirs, and the credit notes that name them."""
    return [_refund(source, each) for each in records]


def _refund(source: Source, refund: Record) -> Record:
    complete = {**refund, "customer_id": refund.get("customer"), "invoice_id": None, "credit_notes": []}
    if not refunds.is_made(refund):
        return complete
    applications = _applications(source, refund)
    notes = [note for note in _candidate_notes(source, refund, applications) if _amount_named(note, refund)]
    complete["credit_notes"] = [{"id": note["id"], "amount": _amount_named(note, refund)} for note in notes]
    paid_invoices = [each["invoice"] for each in applications if each["status"] == "paid"]
    if paid_invoices:
        complete["customer_id"] = paid_invoices[0]["customer"] or paid_invoices[0].get("customer_account")
        complete["invoice_id"] = paid_invoices[0]["id"]
    elif notes:
        complete["customer_id"] = notes[0]["customer"] or notes[0].get("customer_account")
        complete["invoice_id"] = notes[0]["invoice"]
    return complete


def _applications(source: Source, refund: Record) -> Sequence[Record]:
    """Return the applications of the refunded payment, of any status, with their invoices."""
    if refund["payment_intent"] is None:
        return []  # Stripe does not show the applications of a charge without an intent
    paid_with = {"type": "payment_intent", "payment_intent": refund["payment_intent"]}
    return source.find("invoice_payments", expand=("invoice",), payment=paid_with)


def _candidate_notes(source: Source, refund: Record, applications: Sequence[Record]) -> Sequence[Record]:
    """Return the credit notes that may name a refund."""
    if refund["payment_intent"] is None and refund.get("customer"):
        return source.find("credit_notes", customer=refund["customer"])
    credited = {each["invoice"]["id"]: each["invoice"]["post_payment_credit_notes_amount"] for each in applications}
    return [
        note
        for invoice_id, amount in credited.items()
        if amount
        for note in source.find("credit_notes", invoice=invoice_id)
    ]


def _amount_named(note: Record, refund: Record) -> int:
    """Return the amount of a refund that an issued credit note names, in Stripe's minor units; 0 if it does not."""
    if note["status"] != "issued":
        return 0
    return sum(each["amount_refunded"] for each in note["refunds"] if each["refund"] == refund["id"])


REFUNDS = StripeStream(
    name="refunds",
    listings=(Listing("refunds", prefixes=("re_", "pyr_")), Listing("disputes", prefixes=("dp_", "du_"))),
    collection="refunds",
    to_upflow=refunds.to_upflow,
    title="refunds and lost disputes, linked to credit notes",
    after=("credit_notes", "payments"),
    events=(
        EventRule(
            (
                "refund.created",
                "refund.updated",
                "refund.failed",
                "charge.refunded",
                "charge.refund.updated",
                "charge.dispute.closed",
                "charge.dispute.funds_withdrawn",
                "charge.dispute.funds_reinstated",
            )
        ),
    ),
    complete=_complete,
    lookup_prefixes=("ch_", "py_"),
    gap_lookback=LATE_CHANGE_MAX,
    from_upflow=payments.from_upflow,
)
