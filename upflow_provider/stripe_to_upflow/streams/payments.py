"""
Payments of invoices in Stripe.

Stripe lists *applications* of payments to invoices, and a payment is all applications of one intent,
charge or payment record (https://docs.stripe.com/api/invoice-payment/object).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from upflow_provider.errors import MappingError
from upflow_provider.records.money import is_amount
from upflow_provider.records.page import Record
from upflow_provider.records.text import entries_in, id_in, mapping_in
from upflow_provider.stripe_to_upflow.mapping import payments
from upflow_provider.stripe_to_upflow.mapping.applications import needs_siblings, payment_id, payment_of
from upflow_provider.stripe_to_upflow.mapping.payments import amount_received
from upflow_provider.stripe_to_upflow.portal_money import on_payments
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, RelatedChange, Source, StripeStream

EXPAND = ("invoice", "payment.payment_intent.latest_charge", "payment.charge", "payment.payment_record")
"""Fields of an application to expand: its invoice, and what says how and how much was paid."""
PAYMENT_TYPES = {"pi_": "payment_intent", "pr_": "payment_record", "ch_": "charge", "py_": "charge"}
"""Type of a payment by the beginning of its id, which Stripe gives; a payment with another one may be of any type."""


def _id_of(application: Record) -> str:
    """Return the id of the payment that an application belongs to, or its own if it names none."""
    try:
        return payment_id(application)
    except MappingError:
        return str(application["id"])


def _complete(source: Source, listed: Sequence[Record]) -> Record:
    """
    Return the payment that applications belong to, with all of its applications.

    Args:
        source: Reads further applications.
        listed: Invoice payments of one payment, with `EXPAND` expanded.
    """
    paid_by, payment = payment_id(listed[0]), payment_of(listed[0])
    kind, applied = payment.get("object"), [each for each in listed if each.get("status") == "paid"]
    # Applications cannot be filtered by a charge without an intent (before 2019), which pays one invoice only.
    if kind in {"payment_intent", "payment_record"} and _sum(applied) != amount_received(payment):
        listed = source.find("invoice_payments", expand=EXPAND, payment={"type": kind, kind: paid_by})
    return {"id": paid_by, "payment": payment, "applications": [_with_siblings(source, each) for each in listed]}


def _sum(applications: Sequence[Record]) -> int:
    """Return the sum of what applications say that they settled, in Stripe's minor units."""
    amounts = (each.get("amount_paid") for each in applications)
    return sum(amount for amount in amounts if is_amount(amount))


def _with_siblings(source: Source, application: Record) -> Record:
    """Return an application; if only all payments of its invoice show what each settled, with all of them."""
    invoice = mapping_in(application.get("invoice"))
    if not needs_siblings(invoice):
        return application
    siblings = source.find("invoice_payments", invoice=invoice["id"])
    return {**application, "invoice": {**invoice, "payments": {"data": siblings}}}


def _read(stream: StripeStream, source: Source, paid_by: str) -> Sequence[Record]:  # noqa: ARG001 - as all of them
    """Read the applications of one payment; one without an invoice is returned as a record that says so."""
    if paid_by.startswith("inpay_"):
        return [source.retrieve("invoice_payments", paid_by, expand=EXPAND)]  # it named no payment before
    kind = PAYMENT_TYPES.get(paid_by[:3])
    for each in (kind,) if kind else dict.fromkeys(PAYMENT_TYPES.values()):
        if applications := _applications(source, each, paid_by):
            return applications
    return [{"id": paid_by, "applications": [], "gone": "not applied to any invoice", "remove": True}]


def _applications(source: Source, kind: str, paid_by: str) -> Sequence[Record]:
    if kind == "charge":
        return applications_of_charge(source, source.retrieve("charges", paid_by))
    return source.find("invoice_payments", expand=EXPAND, payment={"type": kind, kind: paid_by})


def applications_of_charge(source: Source, charge: Record) -> Sequence[Record]:
    """
    Find the applications of a charge without an intent, which only the invoices of its customer show.

    Returns:
        The applications, of any status, with `EXPAND` expanded.

    Raises:
        MappingError: The charge names no customer, so that nobody can say what it paid.
    """
    customer = id_in(charge.get("customer"))
    owner = {"customer": customer} if customer else {"customer_account": id_in(charge.get("customer_account"))}
    if not any(owner.values()):
        raise MappingError(charge["id"], "customer")
    return [
        application
        for invoice in source.find("invoices", expand=("payments",), **owner)
        if _may_be_paid_by(charge["id"], invoice)
        for application in source.find("invoice_payments", expand=EXPAND, invoice=invoice["id"])
        if _id_of(application) == charge["id"]
    ]


def _may_be_paid_by(charge_id: str, invoice: Record) -> bool:
    """Return whether a charge is among the payments of an invoice; Stripe includes only the first ten of them."""
    payments = mapping_in(invoice.get("payments"))
    is_whole = isinstance(payments.get("data"), list) and not payments.get("has_more")
    return not is_whole or any(_id_of(each) == charge_id for each in entries_in(payments))


def _related_refunds(payment: Record) -> list[RelatedChange]:
    """
    Return the charge of a payment that was refunded or disputed; its refunds and disputes are looked up by it.

    A refund counts only while its payment is applied to an invoice.
    """
    paid_with = payment["payment"]
    is_intent = paid_with.get("object") == "payment_intent"
    charge = mapping_in(paid_with.get("latest_charge")) if is_intent else paid_with
    if not charge.get("id") or not (charge.get("amount_refunded") or charge.get("disputed")):
        return []
    return [RelatedChange("refunds", charge["id"])]


PAYMENTS = StripeStream(
    name="payments",
    listings=(Listing("invoice_payments", "invoice_payment", EXPAND, ("pi_", "ch_", "py_", "pr_")),),
    collection="payments",
    to_upflow=payments.to_upflow,
    title="payments, linked to their invoices",
    after=("invoices", "credit_notes"),
    events=(
        EventRule(("invoice_payment.paid",), ("payment.payment_intent", "payment.charge", "payment.payment_record")),
        EventRule(("charge.updated",), ("payment_intent", "id")),
    ),
    complete=_complete,
    portal_money=on_payments,
    read=_read,
    id_of=_id_of,
    lookup_type="charge",
    related=_related_refunds,
    related_stream="refunds",
    linked_invoices=lambda payment: filter(None, (id_in(each.get("invoice")) for each in payment["applications"])),
    gap_lookback=timedelta(0),
    from_upflow=payments.from_upflow,
)
