"""The settings compared with what Salesforce describes: every missing field and permission, at once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upflow_provider.records.custom_field_values import Kind
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.runs.suggestion import closest
from upflow_provider.salesforce_to_upflow.mapping.custom_fields import misfit

CONTACT_FIELDS = ("Id", "AccountId", "Email", "FirstName", "LastName", "Phone", "MobilePhone", "CreatedDate")
"""Fields of Contact that every import of contacts reads."""
CHANGE_FIELDS = ("IsDeleted", "SystemModstamp")
"""Fields by which changes are found."""
RELATION_FIELDS = ("Id", "AccountId", "ContactId", "Roles", "IsActive", "EndDate")
"""Fields of AccountContactRelation that are read; the object is there if Contacts to Multiple Accounts is on."""
USER_FIELDS = ("Id", "Email", "IsActive")
"""Fields of User that are read for owners of Accounts."""


def field_problems(sobject: str, described: Mapping[str, Any], needed: Sequence[str]) -> Iterator[str]:
    """
    Yield the fields that an object does not have, or that the connected user does not see.

    Args:
        sobject: API name of the object.
        described: Its description.
        needed: API names of the fields that are read.
    """
    known = [each["name"] for each in described["fields"]]
    for name in dict.fromkeys(needed):
        if name not in known:
            near = closest(name, known)
            meant = f"did you mean {near}? If not, " if near else ""
            yield (
                f"{sobject}.{name}: the connected user does not see this field; {meant}give its permission set read "
                "access, or correct the settings"
            )


def custom_field_problems(described: Mapping[str, Any], wanted: Mapping[str, Kind]) -> Iterator[str]:
    """
    Yield why fields of Account cannot fill custom fields; those that are missing are told by `field_problems`.

    Args:
        described: The description of Account.
        wanted: Type of the custom field, by API name of the field of Account.
    """
    fields = {each["name"]: SalesforceField.of(each) for each in described["fields"] if each["name"] in wanted}
    for name, field in fields.items():
        if problem := misfit(field, wanted[name]):
            yield f"Account.{name}: {problem}; correct custom_fields"


def value_problems(sobject: str, described: Mapping[str, Any], values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """
    Yield the values in the settings that a restricted picklist does not have, so that nothing would ever be chosen.

    Args:
        sobject: API name of the object.
        described: Its description.
        values: Values in the settings, by API name of the field.
    """
    for each in described["fields"]:
        if each["name"] not in values or not each["restrictedPicklist"]:
            continue
        known = [option["value"] for option in each["picklistValues"]]
        for value in values[each["name"]]:
            if value.casefold() not in {option.casefold() for option in known}:
                near = closest(value, known)
                yield f"{sobject}.{each['name']}: has no value {value!r}" + (
                    f"; did you mean {near!r}?" if near else ""
                )
