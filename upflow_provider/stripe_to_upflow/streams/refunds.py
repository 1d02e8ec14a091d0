"""Refunds and lost disputes of Stripe, linked to the credit notes that name them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from upflow_provider.errors import MappingError, NotFoundError
from upflow_provider.records.money import is_amount
from upflow_provider.records.page import Record
from upflow_provider.records.text import entries_in, id_in, is_id, mapping_in
from upflow_provider.stripe_to_upflow.mapping import payments, refunds
from upflow_provider.stripe_to_upflow.portal_money import on_refunds
from upflow_provider.stripe_to_upflow.streams.payments import applications_of_charge
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, Source, StripeStream, read_by_id

LATE_CHANGE_MAX = timedelta(days=120)
"""Greatest time after which a refund may still fail, or a dispute end."""


CHARGE_PREFIXES = ("ch_", "py_")
"""Beginnings of the ids of charges, which Stripe gives."""


def _complete(source: Source, listed: Sequence[Record]) -> Record:
    """Return a refund or a dispute with its customer, an invoice of its, and the credit notes that name it."""
    [refund] = listed
    complete = {**refund, "customer_id": refund.get("customer"), "invoice_id": None, "credit_notes": []}
    complete["is_release"] = False
    if not refunds.is_made(refund):
        return complete
    charge = _charge(source, refund)
    complete["customer_id"] = refund.get("customer") or charge.get("customer")
    if _is_release(source, refund, charge):
        return {**complete, "is_release": True}
    applications = _applications(source, refund, charge)
    notes = [(note, _amount_named(note, refund)) for note in _candidate_notes(source, complete, applications)]
    complete["credit_notes"] = [{"id": note["id"], "amount": amount} for note, amount in notes if amount]
    paid = [each["invoice"] for each in applications if each.get("status") == "paid"]
    if document := next(iter(paid), None) or next((note for note, amount in notes if amount), None):
        complete["customer_id"] = document.get("customer") or document.get("customer_account")
        complete["invoice_id"] = document["id"] if paid else id_in(document.get("invoice"))
    return complete


def _charge(source: Source, refund: Record) -> Record:
    """Return the charge of a refund or a dispute; an empty one if it has none."""
    charge = refund.get("charge")
    return source.retrieve("charges", charge) if is_id(charge) else mapping_in(charge)


def _is_release(source: Source, refund: Record, charge: Record) -> bool:
    """
    Return whether a refund only gives up the part of an authorization that was never captured.

    Stripe makes such a refund by itself when less is captured, and no money moves
    (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method). It has no balance transaction; if another
    refund looks alike, it is the first.
    """
    authorized, captured = charge.get("amount"), charge.get("amount_captured")
    if not (is_amount(authorized) and is_amount(captured) and 0 < captured < authorized):
        return False

    def looks_so(each: Record) -> bool:
        moved_nothing = each.get("object") == "refund" and not each.get("balance_transaction")
        return moved_nothing and each.get("amount") == authorized - captured

    if not looks_so(refund):
        return False
    alike = [each for each in source.find("refunds", charge=charge["id"]) if looks_so(each)]
    return not alike or alike[-1]["id"] == refund["id"]


def _applications(source: Source, refund: Record, charge: Record) -> Sequence[Record]:
    """Return the applications of the refunded payment, of any status, with their invoices."""
    intent = id_in(refund.get("payment_intent")) or id_in(charge.get("payment_intent"))
    if intent:
        paid_with = {"type": "payment_intent", "payment_intent": intent}
        found = source.find("invoice_payments", expand=("invoice",), payment=paid_with)
    else:
        found = applications_of_charge(source, charge) if charge else []
    if not all(is_id(mapping_in(each.get("invoice")).get("id")) for each in found):
        raise MappingError(refund["id"], "invoice", "of its payment cannot be read from Stripe")
    return found


def _candidate_notes(source: Source, refund: Record, applications: Sequence[Record]) -> Sequence[Record]:
    """Return the credit notes that may name a refund."""
    invoices = {each["invoice"]["id"]: each["invoice"] for each in applications}
    if not invoices and not refund.get("payment_intent") and (customer := id_in(refund["customer_id"])):
        return source.find("credit_notes", customer=customer)
    return [
        note
        for invoice_id, invoice in invoices.items()
        if invoice.get("post_payment_credit_notes_amount", 1)
        for note in source.find("credit_notes", invoice=invoice_id)
    ]


def _amount_named(note: Record, refund: Record) -> int:
    """Return the amount of a refund that an issued credit note names, in Stripe's minor units; 0 if it does not."""
    if note.get("status") != "issued":
        return 0
    named = (each for each in entries_in(note.get("refunds")) if id_in(each.get("refund")) == refund["id"])
    amounts = [each.get("amount_refunded") for each in named]
    if not all(is_amount(amount) for amount in amounts):
        raise MappingError(note["id"], "refunds.amount_refunded")
    return sum(amount for amount in amounts if is_amount(amount))


def _read(stream: StripeStream, source: Source, record_id: str) -> Sequence[Record]:
    """Read a refund or a dispute by its id, or all of both of a charge by the id of that."""
    if not record_id.startswith(CHARGE_PREFIXES):
        try:
            return read_by_id(stream, source, record_id)
        except NotFoundError:
            if record_id.startswith(stream.prefixes):
                raise
    return [
        record
        for listing in stream.listings
        for record in source.find(listing.resource, expand=listing.expand, charge=record_id)
    ]


REFUNDS = StripeStream(
    name="refunds",
    listings=(
        Listing("refunds", "refund", ("charge",), ("re_", "pyr_")),
        Listing("disputes", "dispute", ("charge",), ("dp_", "du_")),
    ),
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
                "charge.dispute.created",
                "charge.dispute.updated",
                "charge.dispute.closed",
                "charge.dispute.funds_withdrawn",
                "charge.dispute.funds_reinstated",
            )
        ),
    ),
    complete=_complete,
    portal_money=on_refunds,
    read=_read,
    lookup_type="charge",
    gap_lookback=LATE_CHANGE_MAX,
    from_upflow=payments.from_upflow,
)
