"""
Stripe's customers (https://docs.stripe.com/api/customers/object).

Amounts are integers in minor units, times Unix seconds.
"""

import copy
from typing import Any

from upflow_provider.testing.stripe.objects.object import Object, listing

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

    Raises:
        ValueError: One of *fields* is no attribute of a customer.
    """
    tax_ids = fields.pop("tax_ids", ())
    made = {
        **copy.deepcopy(NEW_CUSTOMER),
        "id": customer_id,
        "created": created,
        "invoice_prefix": customer_id.removeprefix("cus_").upper(),
        "sources": listing(f"/v1/customers/{customer_id}/sources", []),
        "tax_ids": listing(f"/v1/customers/{customer_id}/tax_ids", []),
    }
    return change_customer(made, {**fields, "tax_ids": tax_ids})


def change_customer(held: Object, fields: Object) -> Object:
    """
    Change attributes of a customer; ``tax_ids`` as a list of (type, value).

    Raises:
        ValueError: One of *fields* is no attribute of a customer, or never changes.
    """
    known = NEW_CUSTOMER.keys() | held.keys() | {"tax_ids"}
    if unknown := fields.keys() - (known - {"id", "object", "created"}):
        raise ValueError(f"a customer cannot be given {', '.join(sorted(unknown))}")
    if "tax_ids" in fields:
        owned = [_tax_id(held, number, *each) for number, each in enumerate(fields["tax_ids"])]
        fields = {**fields, "tax_ids": listing(f"/v1/customers/{held['id']}/tax_ids", owned)}
    held.update(fields)
    return held


def _tax_id(owner: Object, number: int, kind: str, value: str) -> Object:
    return {
        "id": f"txi_{owner['id'].removeprefix('cus_')}{number}",
        "object": "tax_id",
        "country": value[:2],
        "created": owner["created"],
        "customer": owner["id"],
        "customer_account": None,
        "livemode": False,
        "owner": {"customer": owner["id"], "type": "customer"},
        "type": kind,
        "value": value,
        "verification": None,
    }
