"""Fields of Account, as values of custom fields of customers in Upflow. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from upflow_provider.records.custom_field_values import Kind, Unfit
from upflow_provider.records.custom_fields import DefinedField
from upflow_provider.records.payloads import CustomFieldValue
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.records.text import cleaned

_TEXTS: frozenset[Kind] = frozenset({"TEXT", "SELECT"})
_NUMBERS: frozenset[Kind] = frozenset({"NUMBER", "TEXT"})
_DAYS: frozenset[Kind] = frozenset({"DATE", "TEXT"})
FITTING: Mapping[str, frozenset[Kind]] = {
    **dict.fromkeys(("string", "phone", "url", "email", "id", "reference", "combobox", "picklist", "textarea"), _TEXTS),
    **dict.fromkeys(("int", "double", "percent", "currency"), _NUMBERS),
    **dict.fromkeys(("date", "datetime"), _DAYS),
    "multipicklist": frozenset({"MULTI_SELECT", "TEXT"}),
    "boolean": frozenset({"BOOLEAN"}),
    "time": frozenset({"TEXT"}),
}
"""Types of custom fields that take the values of a type of Salesforce's; other types cannot be imported."""


class FilledField(NamedTuple):
    """
    A custom field that Salesforce fills.

    Attributes:
        source: The field of Account.
        defined: The custom field as it is declared and defined.
    """

    source: SalesforceField
    defined: DefinedField


def misfit(field: SalesforceField, kind: Kind) -> str:
    """Return why a custom field of a type cannot have the values of a field of Account; empty if it can."""
    if field.type not in FITTING or field.is_rich:
        return f"values of the type {field.label} cannot be imported"
    if kind not in FITTING[field.type]:
        fitting = " or ".join(sorted(FITTING[field.type]))
        return f"has the type {field.label}, which needs type {fitting}, not {kind}"
    return ""


def changed_values(
    fields: Sequence[FilledField], account: Mapping[str, Any], shown: Iterable[Mapping[str, Any]], zone: tzinfo
) -> tuple[list[CustomFieldValue], list[str]]:
    """
    Return the values that differ from those in Upflow, and notes on those that do not fit.

    Args:
        fields: The custom fields that Salesforce fills.
        account: The Account.
        shown: Values of the customer's custom fields as Upflow lists them.
        zone: Time zone that decides on which day an instant falls.
    """
    listed = list(shown)
    changed: list[CustomFieldValue] = []
    notes: list[str] = []
    for source, defined in fields:
        value = defined.value_of(source_value(source, account.get(source.name), zone))
        if isinstance(value, Unfit):
            notes.append(f"{source.name}: {value.rule}")
        elif value != defined.listed_value(listed):
            changed.append(value)
    return changed, notes


def source_value(field: SalesforceField, value: object, zone: tzinfo) -> object:
    """Return a value of Salesforce's, from JSON or from a CSV file, in the form in which custom fields are checked."""
    if field.type == "multipicklist":
        return [each for each in cleaned(value).split(";") if each]
    if field.type == "datetime" and (text := cleaned(value)):
        return datetime.fromisoformat(text).astimezone(zone).date()
    return value
