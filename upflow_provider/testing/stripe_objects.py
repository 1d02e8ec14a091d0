"""
Stripe objects as the API of version 2026-10-28.endive renders them (https://docs.stripe.com/api).

Amounts are integers in minor units, times Unix seconds.
"""

import copy
from typing import Any

API_VERSION = "2026-10-28.endive"

Object = dict[str, Any]

STATUS_TIMES = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}
"""Which of an invoice's status transitions its status comes with."""


def listing(url: str, data: list[Object], *, has_more: bool = False) -> Object:
    """Return one page of a list."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


NEW_CUSTOMER: Object = {
    "object": "customer",
    "address": None,
    "balance": 0,
    "currency": None,
    "customer_account": None,
    "default_source": None,
    "delinquent": False,
    "description": None,
    "discount": None,
    "email": None,
    "invoice_settings": {
        "custom_fields": None,
        "default_payment_method": None,
        "footer": None,
        "rendering_options": None,
    },
    "livemode": False,
    "metadata": {},
    "name": None,
    "next_invoice_sequence": 1,
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
    "test_clock": None,
    "subscriptions": listing("/v1/subscriptions", []),
    "tax": {
        "automatic_tax": "unrecognized_location",
        "ip_address": None,
        "location": None,
        "provider": "stripe",
    },
}
"""What every new customer has."""


def customer(customer_id: str, created: int, **fields: Any) -> Object:  # noqa: ANN401 - JSON
    """
    Return a customer; what the API leaves out unless it is expanded is there too.

    Args:
        customer_id: Its id.
        created: When it was created.
        fields: Attributes that differ from the defaults; ``tax_ids`` as a list of (type, value).
    """
    tax_ids = [
        {
            "id": f"txi_{customer_id[4:]}{number}",
            "object": "tax_id",
            "country": value[:2],
            "created": created,
            "customer": customer_id,
            "customer_account": None,
            "livemode": False,
            "owner": {"customer": customer_id, "type": "customer"},
            "type": kind,
            "value": value,
            "verification": None,
        }
        for number, (kind, value) in enumerate(fields.pop("tax_ids", ()))
    ]
    return {
        **copy.deepcopy(NEW_CUSTOMER),
        "id": customer_id,
        "created": created,
        "invoice_prefix": customer_id[4:].upper(),
        "sources": listing(f"/v1/customers/{customer_id}/sources", []),
        "tax_ids": listing(f"/v1/customers/{customer_id}/tax_ids", tax_ids),
        **fields,
    }


def deleted(obj: Object) -> Object:
    """Return what a retrieve shows of a deleted object."""
    return {"id": obj["id"], "object": obj["object"], "deleted": True}


DRAFT: Object = {
    "object": "invoice",
    "account_country": "FR",
    "account_name": "Example SAS",
    "account_tax_ids": None,
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_shipping": 0,
    "application": None,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": False,
    "automatic_tax": {
        "disabled_reason": None,
        "enabled": False,
        "liability": None,
        "provider": None,
        "status": None,
    },
    "automatically_finalizes_at": None,
    "billing_reason": "manual",
    "collection_method": "charge_automatically",
    "currency": "eur",
    "custom_fields": None,
    "customer": None,
    "customer_account": None,
    "customer_address": None,
    "customer_email": None,
    "customer_name": None,
    "customer_phone": None,
    "customer_shipping": None,
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_payment_method": None,
    "default_source": None,
    "default_tax_rates": [],
    "description": None,
    "discounts": [],
    "due_date": None,
    "effective_at": None,
    "ending_balance": None,
    "footer": None,
    "from_invoice": None,
    "hosted_invoice_url": None,
    "invoice_pdf": None,
    "issuer": {"type": "self"},
    "last_finalization_error": None,
    "latest_revision": None,
    "livemode": False,
    "metadata": {},
    "next_payment_attempt": None,
    "number": None,
    "on_behalf_of": None,
    "parent": None,
    "payment_settings": {
        "default_mandate": None,
        "payment_method_options": None,
        "payment_method_types": None,
    },
    "payments": listing("/v1/invoice_payments", []),
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "receipt_number": None,
    "rendering": None,
    "shipping_cost": None,
    "shipping_details": None,
    "starting_balance": 0,
    "statement_descriptor": None,
    "status": "draft",
    "status_transitions": {
        "finalized_at": None,
        "marked_uncollectible_at": None,
        "paid_at": None,
        "voided_at": None,
    },
    "test_clock": None,
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "webhooks_delivered_at": None,
}
"""What every new invoice has."""


def invoice(invoice_id: str, created: int, **fields: Any) -> Object:  # noqa: ANN401 - JSON
    """
    Return a draft invoice.

    Args:
        invoice_id: Its id.
        created: When it was created.
        fields: Attributes that differ from the defaults; ``tax`` is the part of ``total`` that is tax.
    """
    total, tax = fields.pop("total", 0), fields.pop("tax", 0)
    taxes = [
        {
            "amount": tax,
            "tax_behavior": "exclusive",
            "tax_rate_details": {"tax_rate": "txr_1"},
            "taxability_reason": "standard_rated",
            "taxable_amount": total - tax,
            "type": "tax_rate_details",
        }
    ]
    return {
        **copy.deepcopy(DRAFT),
        "id": invoice_id,
        "amount_due": max(total, 0),
        "amount_remaining": max(total, 0),
        "created": created,
        "lines": listing(f"/v1/invoices/{invoice_id}/lines", []),
        "period_end": created,
        "period_start": created,
        "subtotal": total - tax,
        "subtotal_excluding_tax": total - tax,
        "total": total,
        "total_excluding_tax": total - tax,
        "total_taxes": taxes if tax else [],
        **fields,
    }


def snapshot_of(buyer: Object) -> Object:
    """Return what a finalized invoice records of its customer."""
    return {
        "customer_address": buyer["address"],
        "customer_email": buyer["email"],
        "customer_name": buyer["name"],
        "customer_phone": buyer["phone"],
        "customer_tax_exempt": buyer["tax_exempt"],
        "customer_tax_ids": [{"type": each["type"], "value": each["value"]} for each in buyer["tax_ids"]["data"]],
    }


def finalize(draft: Object, *, number: str, at: int, buyer: Object | None) -> None:
    """Turn a draft into an open invoice, or into a paid one when nothing is to be paid."""
    draft.update(
        status="open",
        number=number,
        effective_at=at,
        ending_balance=0,
        hosted_invoice_url=f"https://invoice.stripe.com/i/{draft['id']}",
        invoice_pdf=f"https://pay.stripe.com/invoice/{draft['id']}/pdf",
        webhooks_delivered_at=at,
    )
    if buyer is not None:
        draft.update(snapshot_of(buyer))
    draft["status_transitions"] = {**draft["status_transitions"], "finalized_at": at}
    if draft["amount_due"] == 0:
        settle(draft, "paid", at)


def settle(finalized: Object, status: str, at: int) -> None:
    """Give an invoice its next status: paid in full, void or uncollectible."""
    finalized["status"] = status
    if status == "paid":
        finalized["amount_paid"], finalized["amount_remaining"] = finalized["amount_due"], 0
        finalized["attempted"] = True
    times = {**finalized["status_transitions"], STATUS_TIMES[status]: at}
    finalized["status_transitions"] = times


def event(event_id: str, kind: str, obj: Object, *, created: int, api_version: str = API_VERSION) -> Object:
    """Return the event of one change."""
    return {
        "id": event_id,
        "object": "event",
        "api_version": api_version,
        "created": created,
        "data": {"object": obj},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
