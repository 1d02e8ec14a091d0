"""The objects of Salesforce as the connected user sees them, checked against the settings before anything is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.errors import ConfigurationError
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.salesforce_to_upflow.mapping.preflight import (
    CHANGE_FIELDS,
    CONTACT_FIELDS,
    RELATION_FIELDS,
    USER_FIELDS,
    custom_field_problems,
    field_problems,
    value_problems,
)
from upflow_provider.salesforce_to_upflow.settings import ROLES, ContactsImport, SalesforceImport

RELATED = "AccountContactRelation"
Described = Mapping[str, Any]


class Description:
    """
    Describes what the import reads.

    Args:
        client: Describes objects.
        settings: The settings of the import.
        match_field: API name of the field of Account that holds the key.
    """

    def __init__(self, client: SalesforceClient, settings: SalesforceImport, match_field: str) -> None:
        self._client, self._settings, self._match_field = client, settings, match_field

    def fields(self) -> Mapping[str, SalesforceField]:
        """
        Return the fields of Account, by API name.

        Raises:
            ConfigurationError: Settings and description do not fit together; every problem is named.
        """
        described = self._client.describe()
        found = [*self._account_problems(described), *self._contact_problems(), *self._owner_problems()]
        if found:
            raise ConfigurationError("before anything is read from Salesforce:\n- " + "\n- ".join(found))
        return {each["name"]: SalesforceField.of(each) for each in described["fields"]}

    def _account_problems(self, described: Described) -> Iterator[str]:
        wanted = {each.field: each.type for each in self._settings.custom_fields}
        owner = ("OwnerId",) if self._settings.account_owner else ()
        yield from field_problems("Account", described, ("Id", self._match_field, *owner, *wanted))
        yield from custom_field_problems(described, wanted)

    def _contact_problems(self) -> Iterator[str]:
        contacts = self._settings.contacts
        if contacts is None or not self._settings.has_contacts:
            return
        needed = (*contact_columns(contacts), *CHANGE_FIELDS)
        yield from self._object_problems("Contact", needed, _values(contacts, lambda name: name != ROLES))
        if contacts.related:
            needed = (*RELATION_FIELDS, "SystemModstamp")
            yield from self._object_problems(RELATED, needed, _values(contacts, lambda name: name == ROLES))

    def _owner_problems(self) -> Iterator[str]:
        if self._settings.account_owner:
            yield from self._object_problems("User", USER_FIELDS, {})

    def _object_problems(
        self, sobject: str, needed: Sequence[str], values: Mapping[str, Sequence[str]]
    ) -> Iterator[str]:
        try:
            described = self._client.describe(sobject)
        except ConfigurationError:
            remedy = "; it exists once Contacts to Multiple Accounts is on" if sobject == RELATED else ""
            yield f"{sobject}: the connected user does not see this object; give its permission set read access{remedy}"
            return
        yield from field_problems(sobject, described, needed)
        yield from value_problems(sobject, described, values)


def contact_columns(contacts: ContactsImport) -> tuple[str, ...]:
    """Return the API names of the fields of Contact that the rules need."""
    further = [each for each in contacts.fields if each != ROLES]
    opted_out = ["HasOptedOutOfEmail"] if contacts.opted_out == "skip" else []
    bounced = ["IsEmailBounced"] if contacts.bounced == "skip" else []
    return tuple(dict.fromkeys((*CONTACT_FIELDS, *further, *opted_out, *bounced)))


def _values(contacts: ContactsImport, concerns: Callable[[str], bool]) -> dict[str, list[str]]:
    """Return the values in the settings by API name of the field."""
    chosen = [each for each in (contacts.where, contacts.main) if each is not None and each != "oldest"]
    found: dict[str, list[str]] = {each.field: [*each.values] for each in chosen if concerns(each.field)}
    if contacts.positions and concerns(contacts.positions.field):
        found.setdefault(contacts.positions.field, []).extend(contacts.positions.names)
    return found
