"""The key of a customer of Upflow's, by which its Account is found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from upflow_provider.errors import MappingError
from upflow_provider.records.text import is_id

Record = Mapping[str, Any]

CUSTOM_FIELD = "custom_field:"
"""What the name of a custom field begins with; what the settings call it follows."""


def key_of(customer: Record, match: str, definitions: Mapping[str, Record]) -> object:
    """
    Return a customer's key as Upflow holds it: the Account with the same key is the customer's.

    Args:
        customer: One customer of Upflow's list.
        match: ``id``, ``external_id``, ``accounting_ref``, or ``custom_field:`` and a name in *definitions*.
        definitions: Custom fields of customers as Upflow lists them, by what the settings call them.
    """
    match match:
        case "id":
            return customer["id"]
        case "external_id":
            return customer.get("externalId")
        case "accounting_ref":
            return customer.get("accountingRef")
    value = custom_values(customer, definitions).get(match)
    return value.get("label") if isinstance(value, Mapping) else value


def custom_values(customer: Record, definitions: Mapping[str, Record]) -> dict[str, object]:
    """
    Return the values of a customer's custom fields by name of the field, ``None`` where it has none.

    Args:
        customer: One customer of Upflow's list.
        definitions: As for `key_of`.

    Returns:
        As Upflow answers them, a select as ``{"label": ...}``; nothing at all when the answer carries none.

    Raises:
        MappingError: The answer does not carry a list of them.
    """
    if customer.get("customFields") is None:
        return {}
    shown = customer["customFields"]
    if not isinstance(shown, list) or not all(isinstance(each, dict) and is_id(each.get("id")) for each in shown):
        raise MappingError(customer["id"], "customFields", "is not a list of fields with ids")
    values = {each["id"]: each.get("value") for each in shown}
    return {f"{CUSTOM_FIELD}{name}": values.get(each["id"]) for name, each in definitions.items()}


def called(name: str, definitions: Iterable[Record]) -> list[Record]:
    """Return the custom fields with that id, or else with that external id, or else with that name."""
    for identifier in ("id", "externalId", "name"):
        if found := [each for each in definitions if each.get(identifier) == name]:
            return found
    return []
