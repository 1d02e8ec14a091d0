"""What Stripe's credit notes gave back of an invoice, as far as it can cover a refund that was made in Upflow. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.records.money import is_amount
from upflow_provider.records.text import entries_in, id_in


class CreditCover(NamedTuple):
    """
    What one credit note can cover, in Stripe's minor units.

    Attributes:
        note_id: Id of the credit note.
        amount: What it gave back of what was paid, without refunds that Upflow gets from Stripe.
        refunded: What of that refunds gave back which Upflow has by itself.
    """

    note_id: str
    amount: int
    refunded: int


def refunds_named(notes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the refunds that credit notes name."""
    found = (id_in(each.get("refund")) for note in notes for each in entries_in(note.get("refunds")))
    return [each for each in found if each]


def payments_refunded(refund: Mapping[str, Any]) -> set[str]:
    """Return the ids of the PaymentIntent and the charge of a refund."""
    return {each for each in (id_in(refund.get("payment_intent")), id_in(refund.get("charge"))) if each}


def credit_covers(notes: Sequence[Mapping[str, Any]], portal_refunds: Collection[str]) -> list[CreditCover]:
    """
    Return what the credit notes of an invoice can cover, the oldest one first.

    Args:
        notes: All credit notes of the invoice, as Stripe has them.
        portal_refunds: Ids of those refunds that gave back money which Upflow took itself.
    """
    issued = [each for each in notes if each.get("status") == "issued"]
    in_order = sorted(issued, key=lambda each: (each.get("created") or 0, each["id"]))
    return [_cover(each, portal_refunds) for each in in_order]


def _cover(note: Mapping[str, Any], portal_refunds: Collection[str]) -> CreditCover:
    imported, own = 0, 0
    for each in entries_in(note.get("refunds")):
        if (refund := id_in(each.get("refund"))) and is_amount(each.get("amount_refunded")):
            own += each["amount_refunded"] if refund in portal_refunds else 0
            imported += 0 if refund in portal_refunds else each["amount_refunded"]
    after = note.get("post_payment_amount")
    amount = max((after if is_amount(after) else 0) - imported, 0)
    return CreditCover(note["id"], amount, min(own, amount))
