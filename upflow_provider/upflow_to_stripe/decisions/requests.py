"""The requests of the write-back: bodies and idempotency keys, the same each time for the same settlement. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from upflow_provider.errors import MappingError
from upflow_provider.ledger.settlements import Settlement
from upflow_provider.records.portal.tag import TAG
from upflow_provider.upflow_to_stripe.decisions.invoice_state import InvoiceState

INVOICE_TAG = "upflow_invoice_id"
AGE_MAX = timedelta(days=3653)
"""Age of payments that are written, at most."""
TIME_ZONES_MAX = timedelta(days=1)
"""How much earlier a day may begin somewhere than in UTC."""


def request_key(settlement: Settlement, request: str) -> str:
    """
    Return the idempotency key of a request about a settlement; ids only, because Stripe logs keys.

    It is another one only after Stripe has refused a request, so that nothing was done under the earlier one, or if the
    payment is begun anew.
    """
    return f"upflow:{request}:{settlement.payment_id}:{settlement.invoice_id}{_anew(settlement)}"


def _anew(settlement: Settlement) -> str:
    return f":{settlement.refusals}" if settlement.refusals else ""


def payment_report(settlement: Settlement, invoice: InvoiceState, display_name: str) -> dict[str, Any]:
    """
    Return the report of a payment that came outside of Stripe.

    Args:
        settlement: The settlement, whose amount is decided.
        invoice: Its invoice.
        display_name: Name of the payment method, as Stripe shows it.

    Raises:
        MappingError: The payment has no date.
    """
    paid_at_s = paid_at(settlement)
    return {
        "amount_requested": {"currency": settlement.currency.lower(), "value": settlement.amount},
        "initiated_at": paid_at_s,
        "outcome": "guaranteed",
        "guaranteed": {"guaranteed_at": paid_at_s},  # must not be before it was initiated
        "payment_method_details": {"type": "custom", "custom": {"display_name": display_name}},
        "processor_details": {"type": "custom", "custom": {"payment_reference": settlement.payment_id}},
        "metadata": {TAG: settlement.payment_id, INVOICE_TAG: settlement.invoice_id},
        **({"customer_details": {"customer": invoice.customer}} if invoice.customer else {}),
    }


def refund_report(settlement: Settlement, amount: int, total: int) -> dict[str, Any]:
    """
    Return the report of a refund of a payment record; without a date, because Upflow's list of payments shows none.

    Args:
        settlement: The settlement.
        amount: What is refunded, in Stripe's minor units.
        total: What is refunded with it in all, which makes its reference unique.
    """
    reference = f"{settlement.payment_id}:{settlement.invoice_id}:{total}{_anew(settlement)}"
    return {
        "amount": {"currency": settlement.currency.lower(), "value": amount},
        "outcome": "refunded",
        "processor_details": {"type": "custom", "custom": {"refund_reference": reference}},
    }


def paid_at(settlement: Settlement) -> int:
    """
    Return when a payment was made, Unix seconds: the beginning of its day, UTC, or when it was begun if that is sooner.

    Raises:
        MappingError: Upflow does not say when, or names a day on which it cannot have been.
    """
    try:
        paid_on = datetime.fromisoformat(settlement.paid_on).replace(tzinfo=UTC)
    except ValueError:
        raise MappingError(settlement.payment_id, "validatedAt", "is no date") from None
    begun_at = settlement.begun_at or paid_on
    if not begun_at - AGE_MAX < paid_on < begun_at + TIME_ZONES_MAX:
        raise MappingError(settlement.payment_id, "validatedAt", "is in the future, or more than ten years ago")
    return int(min(paid_on, begun_at).timestamp())
