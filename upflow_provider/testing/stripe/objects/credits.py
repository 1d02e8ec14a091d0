"""
Stripe's credit notes, refunds and disputes.

Shapes: https://docs.stripe.com/api/credit_notes/object, https://docs.stripe.com/api/refunds/object and
https://docs.stripe.com/api/disputes/object. Amounts are integers in minor units, times Unix seconds.
"""

from upflow_provider.testing.stripe.objects.object import Object, listing


def credit_note(note_id: str, created: int, *, invoice: Object, number: str, pre: int, post: int) -> Object:
    """Return a credit note of *pre* that is taken off what is due, and *post* of what was paid."""
    amount = pre + post
    kind = "mixed" if pre and post else "pre_payment" if pre else "post_payment"
    return {
        "id": note_id,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": created,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": created,
        "invoice": invoice["id"],
        "lines": listing(f"/v1/credit_notes/{note_id}/lines", []),
        "livemode": False,
        "memo": None,
        "metadata": {},
        "number": number,
        "out_of_band_amount": None,
        "pdf": f"https://pay.stripe.com/credit_notes/{note_id}/pdf",
        "post_payment_amount": post,
        "pre_payment_amount": pre,
        "pretax_credit_amounts": [],
        "reason": None,
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": kind,
        "voided_at": None,
    }


def refunded_with(refund: str, amount: int) -> Object:
    """Return the entry of a refund in a credit note."""
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": refund, "type": "refund"}


def reported_with(record: str, group: str, amount: int) -> Object:
    """Return the entry of a refund that was made outside of Stripe in a credit note."""
    refund = {"payment_record": record, "refund_group": group}
    return {"amount_refunded": amount, "payment_record_refund": refund, "refund": None, "type": "payment_record_refund"}


def refund(
    refund_id: str, created: int, *, charge: Object, amount: int, status: str = "succeeded", is_release: bool = False
) -> Object:
    """Return a refund of a charge; one that only releases what was never captured moves nothing in the balance."""
    method = (charge.get("payment_method_details") or {}).get("type", "unknown")
    return {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None if is_release else f"txn_{refund_id.removeprefix('re_')}",
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {method: {}, "type": method},
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(dispute_id: str, created: int, *, charge: Object, amount: int, status: str = "needs_response") -> Object:
    """Return a dispute, which mostly has yet to be answered."""
    return {
        "id": dispute_id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {"due_by": None, "has_evidence": False, "past_due": False, "submission_count": 0},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": "card"},
        "reason": "general",
        "status": status,
    }
