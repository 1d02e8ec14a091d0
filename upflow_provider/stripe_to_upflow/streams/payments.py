"""
Payments of invoices in Stripe.

Stripe lists *applications* of payments to invoices, and a payment is all applications of one intent,
charge or payment record (https://docs.stripe.com/api/invoice-payment/object).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from upflow_provider.records.page import Record
from upflow_provider.stripe_to_upflow.mapping import payments
from upflow_provider.stripe_to_upflow.mapping.payments import payment_id
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, RelatedChange, Source, StripeStream

EXPAND = ("invoice", "payment.payment_intent.latest_charge", "payment.charge", "payment.payment_record")
"""Fields of an application to expand: its invoice, and what says how and how much was paid."""
PAYMENT_TYPES = {"pi_": "payment_intent", "pr_": "payment_record"}
"""Type of a payment by the prefix of its id; any other payment is a charge."""


def _complete(source: Source, applications: Sequence[Record]) -> list[Record]:
    """
    Return the payments that applications belong to, each once, with all of its applications.

    Args:
        source: Reads further applications.
        applications: Invoice payments, with `EXPAND` expanded.
    """
    by_payment: dict[str, list[Record]] = {}
    for application in applications:
        by_payment.setdefault(payment_id(application), []).append(application)
    return [_payment(source, paid_by, known) for paid_by, known in by_payment.items()]


def _payment(source: Source, paid_by: str, known: Sequence[Record]) -> Record:
    payment: Record = known[0]["payment"][known[0]["payment"]["type"]]
    applied = sum(each["amount_paid"] for each in known if each["status"] == "paid")
    # Applications cannot be filtered by a charge without an intent (before 2019), which pays one invoice only.
    if payment["object"] != "charge" and applied != payments.amount_received(payment):
        paid_with = {"type": payment["object"], payment["object"]: paid_by}
        known = source.find("invoice_payments", expand=EXPAND, payment=paid_with)
    return {"id": paid_by, "payment": payment, "applications": [_with_siblings(source, each) for each in known]}


def _with_siblings(source: Source, application: Record) -> Record:
    """Return an application; if its invoice was overpaid, with all payments of the invoice."""
    invoice = application["invoice"]
    if not invoice["amount_overpaid"]:
        return application
    siblings = source.find("invoice_payments", invoice=invoice["id"])
    return {**application, "invoice": {**invoice, "payments": {"data": siblings}}}


def _read(stream: StripeStream, source: Source, paid_by: str) -> Record:
    """Read one payment; one without an invoice is returned as a record that says so."""
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
    """Find the applications of a charge without an intent, which only the invoices of its customer show."""
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
    Return the charge of a payment that was refunded or disputed; its refunds and disputes are looked up by it.

    A refund counts only while its payment is applied to an invoice.
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
    gap_lookback=timedelta(0),
    from_upflow=payments.from_upflow,
)
