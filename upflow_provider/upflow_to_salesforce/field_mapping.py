"""Which field of Account holds which field of Upflow: an organization's settings, with its custom fields looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from upflow_provider.errors import ConfigurationError
from upflow_provider.records.salesforce.customer_key import CUSTOM_FIELD, called, key_of
from upflow_provider.upflow_to_salesforce.mapping.customer_facts import custom_kinds, custom_options
from upflow_provider.upflow_to_salesforce.mapping.fields import KINDS, Kind
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """
    The fields of one organization's export.

    Attributes:
        names: API name of the field of Account, by name of the Upflow field.
        kinds: What each Upflow field holds.
        options: Labels that select fields offer, by name of the Upflow field.
        definitions: The custom fields that the settings name, by the name they have there.
        match: The customer's key: ``id``, ``external_id``, ``accounting_ref`` or the name of a custom field.
        match_field: API name of the field of Account that holds the same key.
    """

    names: Mapping[str, str]
    kinds: Mapping[str, Kind]
    options: Mapping[str, list[str]]
    definitions: Mapping[str, Record]
    match: str
    match_field: str

    @classmethod
    def of(cls, settings: SalesforceExport, definitions: Iterable[Record]) -> FieldMapping:
        """
        Look up the custom fields that the settings name.

        Args:
            settings: The organization's settings.
            definitions: Custom fields as Upflow lists them.

        Raises:
            ConfigurationError: A custom field does not exist, several have its name, or its type is not known; all
                such fields are named.
        """
        known = [each for each in definitions if each.get("entityType", "CUSTOMER") == "CUSTOMER"]
        problems: list[str] = []
        used: dict[str, Record] = {}

        def look_up(name: str) -> str:
            found = called(name, known)
            if len(found) != 1:
                what = "several custom fields have" if found else "no custom field of customers has"
                problems.append(f"{name!r}: {what} this name, external id or id in Upflow")
                return name
            used[name] = found[0]
            return f"{CUSTOM_FIELD}{name}"

        names = dict(settings.fields) | {look_up(name): field for name, field in settings.custom_fields.items()}
        match = settings.match.upflow
        if match.startswith(CUSTOM_FIELD):
            match = look_up(match.removeprefix(CUSTOM_FIELD))
        kinds: dict[str, Kind] = {**KINDS, **custom_kinds(used)}
        problems += [
            f"{name!r}: its type in Upflow cannot be exported"
            for name in settings.custom_fields
            if name in used and f"{CUSTOM_FIELD}{name}" not in kinds
        ]
        if problems:
            raise ConfigurationError("salesforce settings: " + "; ".join(problems))
        return cls(names, kinds, custom_options(used), used, match, settings.match.salesforce)

    def key_of(self, customer: Record) -> object:
        """Return the customer's key as Upflow holds it: the Account with the same key is the customer's."""
        return key_of(customer, self.match, self.definitions)
