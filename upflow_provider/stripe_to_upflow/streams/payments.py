"""
Payments of invoices in Stripe.

Stripe lists *applications* of payments to invoices, and a payment is all applications of one intent,
charge or payment record (https://docs.stripe.com/api/invoice-payment/object).
"""

from __future__ import annotations

from collections.abc import Sequence

from upflow_provider.records.page import Record
from upflow_provider.stripe_to_upflow.mapping import payments
from upflow_provider.stripe_to_upflow.mapping.payments import payment_id
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, RelatedChange, Source, StripeStream

EXPAND = ("invoice", "payment.payment_intent.latest_charge", "payment.charge", "payment.payment_record")
"""What to expand of an application to know its invoice, and how and how much was paid."""
PAYMENT_TYPES = {"pi_": "payment_intent", "pr_": "payment_record"}
"""What a payment is, by how its id begins; anything else is a charge."""


def _complete(source: Source, applications: Sequence[Record]) -> list[Record]:
    """
    Return the payments that applications belong to, each once, with all of its applications.

    Args:
        source: Where further applications are read from.
        applications: Invoice payments, with `EXPAND` expanded.
    """
    by_payment: dict[str, list[Record]] = {}
    for application in applications:
        by_payment.setdefault(payment_id(application), []).append(application)
    return [_payment(source, paid_by, known) for paid_by, known in by_payment.items()]


def _payment(source: Source, paid_by: str, known: Sequence[Record]) -> Record:
    payment: Record = known[0]["payment"][known[0]["payment"]["type"]]
    applied = sum(each["amount_paid"] for each in known if each["status"] == "paid")
    # Charges without an intent, from before 2019, cannot be asked for; they pay one invoice each.
    if payment["object"] != "charge" and applied != payments.amount_received(payment):
        paid_with = {"type": payment["object"], payment["object"]: paid_by}
        known = source.find("invoice_payments", expand=EXPAND, payment=paid_with)
    return {"id": paid_by, "payment": payment, "applications": [_with_siblings(source, each) for each in known]}


def _with_siblings(source: Source, application: Record) -> Record:
    """Return an application whose invoice, if it was overpaid, holds all of its payments."""
    invoice = application["invoice"]
    if not invoice["amount_overpaid"]:
        return application
    siblings = source.find("invoice_payments", invoice=invoice["id"])
    return {**application, "invoice": {**invoice, "payments": {"data": siblings}}}


def _read(stream: StripeStream, source: Source, paid_by: str) -> Record:
    """Read one payment; one that is applied to no invoice says so."""
    kind = PAYMENT_TYPES.get(paid_by[:3])
    if kind is None:
        applications = _applications_of_charge(source, paid_by)
    else:
        paid_with = {"type": kind, kind: paid_by}
        applications = source.find("invoice_payments", expand=EXPAND, payment=paid_with)
    if not applications:
        return {"id": paid_by, "applications": [], "gone": "applied to no invoice", "remove": True}
    return stream.complete(source, applications)[0]


def _applications_of_charge(source: Source, charge_id: str) -> Sequence[Record]:
    """Find what a charge without an intent was applied to: only its customer's invoices show it."""
    charge = source.retrieve("charges", charge_id)
    if not charge["customer"]:
        return []
    applications = (
        application
        for invoice in source.find("invoices", customer=charge["customer"])
        for application in source.find("invoice_payments", expand=EXPAND, invoice=invoice["id"])
    )
    return [each for each in applications if payment_id(each) == charge_id]


def _related_refunds(payment: Record) -> list[RelatedChange]:
    """
    Return the charge of a payment that was refunded or disputed: what was given back is found by it.

    Money given back of a payment counts only while the payment is applied to an invoice.
    """
    paid_with = payment["payment"]
    charge = paid_with.get("latest_charge") if paid_with["object"] == "payment_intent" else paid_with
    if not isinstance(charge, dict) or not (charge.get("amount_refunded") or charge.get("disputed")):
        return []
    return [RelatedChange("refunds", charge["id"])]


PAYMENTS = StripeStream(
    name="payments",
    listings=(Listing("invoice_payments", EXPAND, ("pi_", "ch_", "py_", "pr_")),),
    collection="payments",
    to_upflow=payments.to_upflow,
    title="payments, linked to their invoices",
    after=("invoices", "credit_notes"),
    events=(
        EventRule(("invoice_payment.paid",), ("payment.payment_intent", "payment.payment_record")),
        EventRule(("charge.updated",), ("payment_intent",)),
    ),
    complete=_complete,
    read=_read,
    id_of=payment_id,
    related=_related_refunds,
    related_stream="refunds",
    linked_invoices=lambda payment: (each["invoice"]["id"] for each in payment["applications"]),
)
