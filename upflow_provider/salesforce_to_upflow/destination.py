"""
Where changes from Salesforce go: fields of a customer in one request, then contacts, each with requests of its own.

Contacts are compared with those that the customer has right now, and not with those of the list that was read before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.dependents.contact_changes import ContactChanges, contact_changes
from upflow_provider.delivery.dependents.contact_list import ContactList
from upflow_provider.delivery.stream import Answer, BeforeSend, Destination, ForwardingDestination
from upflow_provider.errors import MappingError
from upflow_provider.ledger.contacts import ContactFindings
from upflow_provider.records.payloads import Collection, ContactPayload, CustomerChanges, Payload
from upflow_provider.salesforce_to_upflow.mapping.ownership import Owner, is_owned, wanted_contacts
from upflow_provider.shown_ids import shown_id

CONTACTS = "contacts"


class ImportDestination(ForwardingDestination):
    """
    Upflow, for changes of customers that come from Salesforce; threads may share it for different customers.

    Args:
        upflow: Upflow's client.
        findings: Keep the positions that Upflow lacks.
        owner: Whose contacts customers have.
    """

    def __init__(self, upflow: Destination, findings: ContactFindings, owner: Owner) -> None:
        super().__init__(upflow)
        self._findings, self._owner = findings, owner

    def import_(self, collection: Collection, payload: Payload, *, before_send: BeforeSend | None = None) -> Answer:
        """Change the fields in the payload of a customer that exists, and then its contacts."""
        if collection != "customers" or before_send is None:
            return super().import_(collection, payload, before_send=before_send)
        fields: dict[str, Any] = {**payload}
        customer, contacts = fields.pop("externalId"), fields.pop(CONTACTS, None)
        answer: Answer = {"id": None}
        if fields:
            answer = self.update_customer(external(customer), cast("CustomerChanges", fields), before_send=before_send)
        if contacts is not None:
            self._bring(customer, contacts, before_send)
        return answer

    def _bring(self, customer: str, contacts: Sequence[ContactPayload], before_send: BeforeSend) -> None:
        shown = list(self.list_contacts(external(customer)))
        missing = self._findings.missing_positions()
        own = ContactList(self._upflow, self._findings, customer, before_send)
        changes = differences(customer, contacts, shown, self._owner, missing)
        own.send(changes._replace(removed=()))
        if not own.lacking:  # no contact is taken away for one that Upflow refuses
            own.send(ContactChanges(changes.removed, (), (), (), ()))
        if own.lacking:
            which = ", ".join(map(shown_id, own.lacking))
            raise MappingError(customer, CONTACTS, f"are incomplete, because Upflow refuses {which}")


def differences(
    customer: str,
    contacts: Sequence[ContactPayload],
    shown: Iterable[Mapping[str, Any]],
    owner: Owner,
    missing_positions: Iterable[str] = (),
) -> ContactChanges:
    """
    Return what has to change so that a customer has the contacts that it must have.

    Args:
        customer: Its external id.
        contacts: Its contacts in Salesforce, the main contact first.
        shown: All of its contacts in Upflow.
        owner: Whose contacts customers have.
        missing_positions: Positions that Upflow does not have; contacts go without them.
    """
    listed, missing = list(shown), set(missing_positions)
    known = [_without(each, missing) for each in contacts]

    def is_own(contact: Mapping[str, Any], of: str) -> bool:
        return is_owned(contact, of, owner, has_contacts=bool(contacts))

    return contact_changes(customer, wanted_contacts(customer, known, listed, owner), listed, is_own)


def is_changed(changes: ContactChanges) -> bool:
    """Return whether changes need a request."""
    return bool(changes.removed or changes.changed or changes.new)


def _without(contact: ContactPayload, missing: set[str]) -> ContactPayload:
    fewer: Any = {name: value for name, value in contact.items() if name != "position" or value not in missing}
    found: ContactPayload = fewer
    return found
