"""
Stripe's events (https://docs.stripe.com/api/events/object).

An event holds the object as it was at the time of the change, rendered in the API version that the
account had then, whatever version is asked for.
"""

import copy

from upflow_provider.testing.stripe.objects.object import API_VERSION, Object

BASIL = "2025-03-31.basil"
"""The version from which on invoices have the attributes they have now."""
SINCE_BASIL = ("amount_overpaid", "parent", "total_pretax_credit_amounts", "total_taxes")
"""What invoices did not have before (https://docs.stripe.com/changelog/basil)."""


def event(event_id: str, kind: str, obj: Object, *, created: int, api_version: str = API_VERSION) -> Object:
    """
    Return the event of one change.

    Args:
        event_id: Its id.
        kind: Its type, such as ``invoice.paid``.
        obj: What was changed, without what is left out unless it is expanded.
        created: When it was changed.
        api_version: The version that the payload is rendered in.
    """
    payload = copy.deepcopy(obj)
    if api_version < BASIL and payload["object"] == "invoice":
        payload = _before_basil(payload)
    return {
        "id": event_id,
        "object": "event",
        "api_version": api_version,
        "created": created,
        "data": {"object": payload},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def _before_basil(invoice: Object) -> Object:
    old = {name: value for name, value in invoice.items() if name not in SINCE_BASIL}
    taxes = invoice["total_taxes"]
    return {
        **old,
        "paid": invoice["status"] == "paid",
        "paid_out_of_band": False,
        "payment_intent": None,
        "subscription": ((invoice["parent"] or {}).get("subscription_details") or {}).get("subscription"),
        "tax": sum(each["amount"] for each in taxes) if taxes else None,
        "total_tax_amounts": [
            {
                "amount": each["amount"],
                "inclusive": each["tax_behavior"] == "inclusive",
                "tax_rate": each["tax_rate_details"]["tax_rate"],
                "taxability_reason": each["taxability_reason"],
                "taxable_amount": each["taxable_amount"],
            }
            for each in taxes
        ],
    }
