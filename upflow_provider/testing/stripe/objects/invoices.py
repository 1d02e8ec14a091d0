"""
Stripe's invoices (https://docs.stripe.com/api/invoices/object).

Amounts are integers in minor units, times Unix seconds.
"""

import copy
from typing import Any

from upflow_provider.testing.stripe.objects.object import Object, listing

DRAFT: Object = {
    "object": "invoice",
    "account_country": "FR",
    "account_name": "Example SAS",
    "account_tax_ids": None,
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_remaining": 0,
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
    made = {
        **copy.deepcopy(DRAFT),
        "id": invoice_id,
        "amount_due": max(total, 0),
        "created": created,
        "lines": listing(f"/v1/invoices/{invoice_id}/lines", []),
        "period_end": created,
        "period_start": created,
        "subtotal": total - tax,
        "subtotal_excluding_tax": total - tax,
        "total": total,
        "total_excluding_tax": total - tax,
        "total_taxes": _taxes(tax, total - tax) if tax else [],
    }
    return change(made, fields)


def _taxes(tax: int, taxable: int) -> list[Object]:
    return [
        {
            "amount": tax,
            "tax_behavior": "exclusive",
            "tax_rate_details": {"tax_rate": "txr_1"},
            "taxability_reason": "standard_rated",
            "taxable_amount": taxable,
            "type": "tax_rate_details",
        }
    ]


def change(held: Object, fields: Object) -> Object:
    """
    Change attributes of an invoice; what remains to be paid follows.

    Raises:
        ValueError: One of *fields* is no attribute, or follows from others.
    """
    if unknown := fields.keys() - ((DRAFT.keys() | held.keys()) - {"id", "object", "amount_remaining"}):
        raise ValueError(f"an invoice cannot be given {', '.join(sorted(unknown))}")
    held.update(fields)
    # What was overpaid may count as paid.
    held["amount_remaining"] = max(held["amount_due"] - held["amount_paid"], 0)
    return held
