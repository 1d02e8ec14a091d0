"""
What Upflow's answer says about a customer.

Fields are named as in the setting ``salesforce.fields``: ``outstanding``, ..., ``custom_field:<name>``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.money import is_amount, iso_decimals
from upflow_provider.records.salesforce.customer_key import CUSTOM_FIELD, custom_values
from upflow_provider.upflow_to_salesforce.mapping.fields import ALLOWED_TYPES, BY_NAME, FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.upflow_to_salesforce.mapping.fields import Kind, UpflowField

_CUSTOM_KINDS: Mapping[str, Kind] = {kind: kind for kind in ALLOWED_TYPES if kind.isupper()}


def facts(
    customer: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]], decimals: Mapping[str, int]
) -> dict[str, object]:
    """
    Return what an answer says about a customer, by name of the field.

    A field that the answer does not carry is left out: nothing is known of it, and it must not be written.
    ``None`` stands for a field that is known to be empty.

    Args:
        customer: One customer of Upflow's list.
        definitions: Custom fields of customers as ``GET /custom_fields`` answers them, by what the settings call them.
        decimals: Decimals of Upflow's amounts by currency, where they are not those of ISO 4217.

    Returns:
        Amounts as `Decimal` in major units of the customer's `currency`; all else as Upflow answers it.

    Raises:
        MappingError: An amount has no currency, or is not a whole number of minor units.
    """
    known: dict[str, object] = {}
    for field in FIELDS:
        if name := _property(field, customer):
            known[field.name] = _major(customer, name, decimals) if field.kind == "amount" else customer[name]
    return known | custom_values(customer, definitions)


def currency(customer: Mapping[str, Any]) -> str | None:
    """Return the currency of a customer's amounts (ISO 4217); ``None`` when the answer does not contain it."""
    code = customer.get("currency")
    return code.upper() if isinstance(code, str) and code else None


def carries(customer: Mapping[str, Any], field: str) -> bool:
    """Return whether a customer's answer carries a field, be it empty."""
    if field.startswith(CUSTOM_FIELD):
        return customer.get("customFields") is not None
    return _property(BY_NAME[field], customer) is not None


def custom_kinds(definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, Kind]:
    """
    Return the kinds of custom fields by name of the field.

    Which property holds the type is not documented: ``dataType`` or ``type``. Fields of an unknown type are left out,
    because what they hold is not known.
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


def _property(field: UpflowField, customer: Mapping[str, Any]) -> str | None:
    return next((name for name in field.properties if name in customer), None)


def _major(customer: Mapping[str, Any], name: str, decimals: Mapping[str, int]) -> Decimal | None:
    """Return an amount in major units."""
    minor = customer[name]
    if minor is None:
        return None
    if not is_amount(minor):  # true is none
        raise MappingError(customer["id"], name, "is not a whole number of minor units")
    if not minor:
        return Decimal(0)  # is the same in all currencies, and needs none
    code = currency(customer)
    if code is None:
        raise MappingError(customer["id"], "currency")
    return Decimal(minor).scaleb(-decimals.get(code, iso_decimals(code)))
