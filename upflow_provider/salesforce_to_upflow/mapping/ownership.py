"""
Who owns the contacts of a customer, and what therefore must become of those that Upflow shows. Pure.

Contacts that people or files have added belong to nobody else and are never removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from upflow_provider.records.contacts import is_ours as is_from_stripe
from upflow_provider.records.payloads import ContactPayload
from upflow_provider.salesforce_to_upflow.mapping.contacts import TEXTS, is_from_salesforce

Owner = Literal["stripe", "salesforce", "merged"]
"""Whose contacts customers have: those of the billing system, those of Salesforce, or both."""
Shown = Mapping[str, Any]


def is_owned(contact: Shown, customer: str, owner: Owner, *, has_contacts: bool) -> bool:
    """
    Return whether an import from Salesforce decides about a contact that Upflow shows of a customer.

    Args:
        contact: The contact.
        customer: External id of the customer.
        owner: Whose contacts customers have.
        has_contacts: Whether Salesforce has contacts for the customer; without any, those of Stripe stay.
    """
    if is_from_salesforce(contact, customer):
        return True
    return owner == "salesforce" and has_contacts and is_from_stripe(contact, customer)


def wanted_contacts(
    customer: str, contacts: Sequence[ContactPayload], shown: Iterable[Shown], owner: Owner
) -> list[ContactPayload]:
    """
    Return the contacts that Upflow must have from Salesforce, in the form in which they are compared and sent.

    If Salesforce owns the contacts, the first of them is the main contact. Otherwise it is only where Upflow has no
    other main contact. A text that Salesforce no longer has is cleared.

    Args:
        customer: External id of the customer.
        contacts: As `account_contacts` returns them.
        shown: All contacts of the customer in Upflow.
        owner: Whose contacts customers have.
    """
    listed = list(shown)
    known = {each["externalId"]: each for each in listed if is_from_salesforce(each, customer)}
    other_main = any(each.get("isMain") and not is_from_salesforce(each, customer) for each in listed)
    brings_main = owner == "salesforce" or not other_main
    wanted = []
    for number, contact in enumerate(contacts):
        found: Any = {**contact}
        if (now := known.get(contact["externalId"])) is not None:
            found |= {name: "" for name in TEXTS if now.get(name) and name not in contact}
        if brings_main and not number:
            found["isMain"] = True
        wanted.append(found)
    return wanted


def lost(customer: str, contacts: Sequence[ContactPayload], shown: Iterable[Shown]) -> bool:
    """Return whether a customer would have fewer contacts from Salesforce than Upflow shows of it."""
    return len(contacts) < sum(is_from_salesforce(each, customer) for each in shown)
