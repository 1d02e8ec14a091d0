"""The Contacts of an Account, as the contacts that a customer of Upflow's must have. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.records.contacts import Address
from upflow_provider.records.payloads import ContactPayload
from upflow_provider.records.salesforce.matching import id18
from upflow_provider.records.text import cleaned

Record = Mapping[str, Any]
"""A Contact as Salesforce answers it; ``Roles`` are those of its relation to the Account."""

NO_EMAIL = "has no e-mail address"
UNSENDABLE = "has an address that Upflow does not accept"
NOT_CHOSEN = "is not chosen by contacts.where"
OPTED_OUT = "has opted out of e-mail"
BOUNCED = "has an address that bounced"
DOUBLE = "has the address of another Contact of the Account"
"""Why a Contact is left out, in words that reports contain."""

TEXTS = ("firstName", "lastName", "phone", "position")
"""Fields of a contact that Salesforce fills."""


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Which Contacts a setting chooses.

    Attributes:
        field: API name of a field of Contact, or ``Roles``.
        values: The values, of which the field must have one; ``true`` for a checkbox. Case does not count.
    """

    field: str
    values: tuple[str, ...] = ("true",)

    def takes(self, contact: Record) -> bool:
        """Return whether a Contact is chosen."""
        wanted = {each.casefold() for each in self.values}
        return not wanted.isdisjoint(each.casefold() for each in values_in(contact.get(self.field)))


@dataclass(frozen=True, slots=True)
class ContactRules:
    """
    The rules of an organization.

    Attributes:
        where: Which Contacts are taken; ``None`` for all.
        main: Which one is the main contact; ``None`` for the oldest. The oldest of several counts, and the oldest of
            all if none is chosen.
        position_field: API name of the field that a position is made of; empty for none.
        positions: Name of the position in Upflow, by value of that field in lower case.
        skips_opted_out: Whether Contacts that have opted out of e-mail are left out.
        skips_bounced: Whether Contacts whose address has bounced are left out.
    """

    where: Choice | None = None
    main: Choice | None = None
    position_field: str = ""
    positions: Mapping[str, str] = field(default_factory=dict)
    skips_opted_out: bool = False
    skips_bounced: bool = False


@dataclass(frozen=True, slots=True)
class AccountContacts:
    """
    The contacts of one customer.

    Attributes:
        contacts: The contacts, the one that is to be the main contact first; none of them says so.
        left_out: How many Contacts were left out, by reason.
        without_position: How many have a value that no position stands for.
    """

    contacts: Sequence[ContactPayload]
    left_out: Mapping[str, int]
    without_position: int = 0


def account_contacts(customer: str, contacts: Iterable[Record], rules: ContactRules) -> AccountContacts:
    """
    Return the contacts that a customer must have.

    Args:
        customer: External id of the customer.
        contacts: All Contacts of its Account, in any order; one that is listed twice counts once.
        rules: The organization's rules.
    """
    left_out: Counter[str] = Counter()
    usable: list[tuple[Record, str]] = []
    by_age = sorted({each["Id"]: each for each in contacts}.values(), key=_age)
    for contact in by_age:
        email = _email(contact.get("Email"))
        if problem := _problem(contact, email, rules):
            left_out[problem] += 1
        else:
            usable.append((contact, email))
    if rules.main:
        usable.sort(key=lambda each: not (rules.main and rules.main.takes(each[0])))  # stable: by age within each
    taken: dict[str, ContactPayload] = {}
    unknown = 0
    for contact, email in usable:
        if email.casefold() in taken:
            left_out[DOUBLE] += 1
            continue
        found = _contact(customer, contact, email)
        if values := values_in(contact.get(rules.position_field)) if rules.position_field else []:
            positions = [rules.positions[each.casefold()] for each in values if each.casefold() in rules.positions]
            if positions:
                found["position"] = positions[0]
            else:
                unknown += 1
        taken[email.casefold()] = found
    return AccountContacts(list(taken.values()), left_out, unknown)


def contact_ref(customer: str, contact_id: str) -> str:
    """
    Return the external id of a contact that comes from Salesforce.

    It stays the same when the address changes, and does not contain Salesforce's id, whose case counts.

    Args:
        customer: External id of the customer.
        contact_id: Id of the Contact, 15 or 18 characters.
    """
    return f"{customer}:sf_{contact_mark(contact_id)}"


def contact_mark(contact_id: str) -> str:
    """Return what the external ids of a Contact end in, whichever customers have it."""
    return hashlib.sha256(id18(contact_id).encode()).hexdigest()[:16]


def is_from_salesforce(contact: Record, customer: str) -> bool:
    """Return whether a contact that Upflow shows of a customer came from Salesforce."""
    name = contact.get("externalId")
    return isinstance(name, str) and name.startswith(f"{customer}:sf_")


def values_in(value: object) -> list[str]:
    """Return the values in a field: those of a multi-picklist are separated by semicolons."""
    if isinstance(value, bool):
        return [str(value).lower()]
    return [each.strip() for each in cleaned(value).split(";") if each.strip()]


def _age(contact: Record) -> tuple[str, str]:
    """Return what Contacts are ordered by; Salesforce writes instants in two forms, which differ after the seconds."""
    return str(contact.get("CreatedDate") or "")[:19], contact["Id"]


def _email(value: object) -> str:
    local, at, domain = cleaned(value).rpartition("@")
    return f"{local}{at}{domain.lower()}" if at else domain


def _problem(contact: Record, email: str, rules: ContactRules) -> str:
    """Return why a Contact is left out; empty if it is not."""
    if rules.where and not rules.where.takes(contact):
        return NOT_CHOSEN
    if rules.skips_opted_out and values_in(contact.get("HasOptedOutOfEmail")) == ["true"]:
        return OPTED_OUT
    if rules.skips_bounced and values_in(contact.get("IsEmailBounced")) == ["true"]:
        return BOUNCED
    if not email:
        return NO_EMAIL
    return UNSENDABLE if Address(email).problem else ""


def _contact(customer: str, contact: Record, email: str) -> ContactPayload:
    found: Any = {"externalId": contact_ref(customer, contact["Id"]), "email": email}
    phone = cleaned(contact.get("Phone")) or cleaned(contact.get("MobilePhone"))
    texts = {"firstName": contact.get("FirstName"), "lastName": contact.get("LastName"), "phone": phone}
    found |= {name: text for name, value in texts.items() if (text := cleaned(value))}
    payload: ContactPayload = found
    return payload
