"""
Stripe's records made complete: what a mapping needs and one list does not hold.

Payments are the case in point: Stripe lists *applications* of payments to invoices, and a payment
is all applications of one intent, charge or payment record. A refund does not say which credit notes
name it. Each function takes the records of one page and reads further only where something is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from upflow_provider.stripe_to_upflow.mapping.payments import received
from upflow_provider.stripe_to_upflow.mapping.refunds import is_made

Record = Mapping[str, Any]
OF_PAYMENT = ("invoice", "payment.payment_intent.latest_charge", "payment.charge", "payment.payment_record")
"""What to expand of an application to know its invoice, and how and how much was paid."""


class Finder(Protocol):
    """What completing needs of the source."""

    def find(self, resource: str, *, expand: Sequence[str] = (), **filters: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - Stripe's filters
        """Return all records that filters want."""


def as_they_are(source: Finder, records: Sequence[Record]) -> Sequence[Record]:  # noqa: ARG001 - as those below
    """Return records that are complete."""
    return records


def invoices(source: Finder, records: Sequence[Record]) -> list[Record]:
    """Return invoices with all of their ``payments``, of which Stripe embeds ten."""
    return [
        {**each, "payments": {"data": source.find("invoice_payments", invoice=each["id"])}}
        if each["payments"]["has_more"]
        else each
        for each in records
    ]


def payments(source: Finder, records: Sequence[Record]) -> list[Record]:
    """
    Return the payments that applications belong to, each once, with all of its applications.

    Args:
        source: Where further applications are read from.
        records: Applications (invoice payments), with `OF_PAYMENT` expanded.
    """
    together: dict[str, list[Record]] = {}
    for each in records:
        together.setdefault(_payment(each)["id"], []).append(each)
    return [_whole(source, payment_id, known) for payment_id, known in together.items()]


def refunds(source: Finder, records: Sequence[Record]) -> list[Record]:
    """Return refunds and disputes with their customer, an invoice they concern and the credit notes that name them."""
    return [_refund(source, each) for each in records]


def payment_id(application: Record) -> str:
    """Return the id of the payment that an application belongs to, whether it is expanded or not."""
    payment = application["payment"][application["payment"]["type"]]
    return str(payment if isinstance(payment, str) else payment["id"])


def _payment(application: Record) -> Record:
    payment: Record = application["payment"][application["payment"]["type"]]
    return payment


def _whole(source: Finder, payment_id: str, known: Sequence[Record]) -> Record:
    payment = _payment(known[0])
    told = sum(each["amount_paid"] for each in known if each["status"] == "paid")
    # Charges without an intent, from before 2019, cannot be asked for; they pay one invoice each.
    if payment["object"] != "charge" and told != received(payment):
        of = {"type": payment["object"], payment["object"]: payment_id}
        known = source.find("invoice_payments", expand=OF_PAYMENT, payment=of)
    return {"id": payment_id, "payment": payment, "applications": [_with_siblings(source, each) for each in known]}


def _with_siblings(source: Finder, application: Record) -> Record:
    """Return an application whose invoice, if it was overpaid, holds all of its payments."""
    invoice = application["invoice"]
    if not invoice["amount_overpaid"]:
        return application
    siblings = source.find("invoice_payments", invoice=invoice["id"])
    return {**application, "invoice": {**invoice, "payments": {"data": siblings}}}


def _refund(source: Finder, refund: Record) -> Record:
    complete = {**refund, "customer_id": refund.get("customer"), "invoice_id": None, "credit_notes": []}
    if not is_made(refund):
        return complete
    applications = _applications(source, refund)
    notes = [note for note in _notes(source, refund, applications) if _named(note, refund)]
    complete["credit_notes"] = [{"id": note["id"], "amount": _named(note, refund)} for note in notes]
    bills = [each["invoice"] for each in applications if each["status"] == "paid"]
    if bills:
        complete["customer_id"] = bills[0]["customer"] or bills[0].get("customer_account")
        complete["invoice_id"] = bills[0]["id"]
    elif notes:
        complete["customer_id"] = notes[0]["customer"] or notes[0].get("customer_account")
        complete["invoice_id"] = notes[0]["invoice"]
    return complete


def _applications(source: Finder, refund: Record) -> list[dict[str, Any]]:
    """Return the applications of the refunded payment, of any status, with their invoices."""
    if refund["payment_intent"] is None:
        return []  # Stripe does not tell to what a charge without an intent was applied
    of = {"type": "payment_intent", "payment_intent": refund["payment_intent"]}
    return source.find("invoice_payments", expand=("invoice",), payment=of)


def _notes(source: Finder, refund: Record, applications: Sequence[Record]) -> list[dict[str, Any]]:
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


def _named(note: Record, refund: Record) -> int:
    """Return how much of a refund an issued credit note takes for itself, Stripe's minor units."""
    if note["status"] != "issued":
        return 0
    return sum(each["amount_refunded"] for each in note["refunds"] if each["refund"] == refund["id"])
