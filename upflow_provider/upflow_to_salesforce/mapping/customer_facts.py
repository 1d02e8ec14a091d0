"""
What a customer's answer of Upflow tells for the export to Salesforce.

Fields are named as in the setting ``salesforce.fields``: ``outstanding``, ..., ``custom_field:<name>``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.money import iso_decimals
from upflow_provider.records.required import require
from upflow_provider.upflow_to_salesforce.mapping.fields import ALLOWED, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from upflow_provider.upflow_to_salesforce.mapping.fields import Kind

PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "outstanding": ("balance",),
    "overdue": ("amountOverdue",),
    "due": ("amountDue",),
    "overdue_count": ("countInvoicesOverdue",),
    "due_count": ("countInvoicesDue",),
    "details_url": ("directUrl",),
    "average_payment_delay": ("averagePaymentDelay",),
    "rating": ("rating",),
    "collection_status": ("collectionStatus",),
    "payment_method": ("savedPaymentMethod", "savedPaymentMethodType"),
    "payment_method_status": ("savedPaymentMethodStatus",),
}
"""
Properties of a customer's answer that hold each field; the first that is there is read.

Those of `PROVIDED` were seen in answers. The others are what they would be called: the API does not tell
them today, and is read as soon as it does. The portal link is in no answer: it is asked for by itself.
"""

PROVIDED = frozenset({"outstanding", "overdue", "due", "overdue_count", "due_count", "details_url"})
"""Fields that Upflow's API is known to tell of a customer."""

CUSTOM_FIELD = "custom_field:"
"""What the name of a custom field begins with; what the settings call it follows."""

_CUSTOM_KINDS: Mapping[str, Kind] = {kind: kind for kind in ALLOWED if kind.isupper()}


def facts(
    customer: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]], decimals: Mapping[str, int]
) -> dict[str, object]:
    """
    Return what an answer tells of a customer, by name of the field.

    A field that the answer does not carry is not there: nothing is known of it, and it must not be written.
    ``None`` is known to be empty.

    Args:
        customer: One customer of Upflow's list.
        definitions: Custom fields of customers as ``GET /custom_fields`` answers them, by what the settings call them.
        decimals: Decimals of Upflow's amounts by currency, where they are not those of ISO 4217.

    Returns:
        Amounts as `Decimal` in major units of the customer's `currency`; all else as Upflow answers it.

    Raises:
        MappingError: An amount has no currency, or is no whole number of minor units.
    """
    told: dict[str, object] = {}
    for field in PROPERTIES:
        name = _property(field, customer)
        if name is None:
            continue
        told[field] = _major(customer, name, decimals) if KINDS[field] == "amount" else customer[name]
    return told | custom_values(customer, definitions)


def custom_values(customer: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    """
    Return the values of a customer's custom fields by name of the field, ``None`` where it has none.

    Args:
        customer: One customer of Upflow's list.
        definitions: As for `facts`.

    Returns:
        As Upflow answers them, a select as ``{"label": ...}``; nothing at all when the answer carries none.
    """
    if customer.get("customFields") is None:
        return {}
    values = {each["id"]: each["value"] for each in customer["customFields"]}
    return {f"{CUSTOM_FIELD}{name}": values.get(each["id"]) for name, each in definitions.items()}


def currency(customer: Mapping[str, Any]) -> str | None:
    """Return the currency of a customer's amounts (ISO 4217), ``None`` when the answer does not tell it."""
    code: str | None = customer.get("currency")
    return code.upper() if code else None


def missing(fields: Iterable[str], customers: Iterable[Mapping[str, Any]]) -> list[str]:
    """
    Return the fields that no customer's answer carries, in their order.

    Args:
        fields: Mapped fields; a portal link is never missing, for it is asked for by itself.
        customers: A sample of Upflow's list, read until all fields were seen. Without any customer nothing
            is known to be missing.
    """
    left = [field for field in fields if field != "portal_url"]
    seen = False
    for customer in customers:
        seen = True
        left = [field for field in left if not _carries(customer, field)]
        if not left:
            break
    return left if seen else []


def custom_kinds(definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, Kind]:
    """
    Return the kinds of custom fields by name of the field.

    The name of the property with the type is not documented: ``dataType`` or ``type``. A type that is none of
    `Kind` is left out: what it holds is not known.
    """
    types = {name: str(each.get("dataType") or each.get("type")) for name, each in definitions.items()}
    return {f"{CUSTOM_FIELD}{name}": _CUSTOM_KINDS[each] for name, each in types.items() if each in _CUSTOM_KINDS}


def custom_options(definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the labels that select fields offer, by name of the field."""
    return {
        f"{CUSTOM_FIELD}{name}": [option["label"] for option in each["options"]]
        for name, each in definitions.items()
        if each.get("options")
    }


def _property(field: str, customer: Mapping[str, Any]) -> str | None:
    return next((name for name in PROPERTIES[field] if name in customer), None)


def _carries(customer: Mapping[str, Any], field: str) -> bool:
    if field.startswith(CUSTOM_FIELD):
        return customer.get("customFields") is not None
    return _property(field, customer) is not None


def _major(customer: Mapping[str, Any], name: str, decimals: Mapping[str, int]) -> Decimal | None:
    """Return an amount in major units."""
    minor = customer[name]
    if minor is None:
        return None
    if not isinstance(minor, int):
        raise MappingError(customer["id"], name, "is no whole number of minor units")
    if not minor:
        return Decimal(0)  # the same in all currencies, and where none is told
    code = require(customer, "currency").upper()
    return Decimal(minor).scaleb(-decimals.get(code, iso_decimals(code)))
