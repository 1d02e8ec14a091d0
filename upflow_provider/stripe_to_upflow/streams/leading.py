"""What else may have changed when a record has: Stripe sends no event for every change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.stripe_to_upflow.streams.completing import payment_id

Record = Mapping[str, Any]


class RelatedChange(NamedTuple):
    """
    A record of a later stream that may have changed together with the one that leads to it.

    Attributes:
        stream: Name of its stream.
        record_id: Its id.
        created_at: When it was created, Unix seconds, where that is known.
        settles: Whether it is told to settle the record that leads to it; ``None`` where that is not the question.
    """

    stream: str
    record_id: str
    created_at: int | None = None
    settles: bool | None = None


def no_related(record: Record) -> Sequence[RelatedChange]:  # noqa: ARG001 - as those below
    """Return nothing."""
    return ()


def payments_of_invoice(invoice: Record) -> list[RelatedChange]:
    """
    Return the payments that an invoice's applications name; those still to be made apart.

    A payment that is reported, or taken off its invoice, may send no event but the invoice's.
    """
    leads: dict[str, RelatedChange] = {}
    for each in (invoice.get("payments") or {}).get("data", ()):
        if each["status"] == "open":
            continue
        of = payment_id(each)
        settles = each["status"] == "paid" or (of in leads and bool(leads[of].settles))
        leads[of] = RelatedChange("payments", of, each["created"], settles)
    return list(leads.values())


def refunds_of_payment(payment: Record) -> list[RelatedChange]:
    """
    Return the charge of a payment that was refunded or disputed: what was given back is found by it.

    Money given back of a payment counts only while the payment is applied to an invoice.
    """
    of = payment["payment"]
    charge = of.get("latest_charge") if of["object"] == "payment_intent" else of
    if not isinstance(charge, dict) or not (charge.get("amount_refunded") or charge.get("disputed")):
        return []
    return [RelatedChange("refunds", charge["id"])]


def refunds_of_credit_note(note: Record) -> list[RelatedChange]:
    """Return the refunds that a credit note names, for they do not name it."""
    return [RelatedChange("refunds", each["refund"]) for each in note["refunds"] if each.get("refund")]
