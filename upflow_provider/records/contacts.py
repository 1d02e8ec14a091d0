"""
Contacts of a customer: addresses in a text, external ids, and what is imported along. Pure.

A contact is ours if its external id is; whoever brought the others, they are never touched.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from upflow_provider.records.text import cleaned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from upflow_provider.records.mapped import Mapped
    from upflow_provider.records.payloads import ContactPayload, CustomerPayload

ALLOWED = re.compile(r"[A-Za-z0-9+_'.@-]*")
SENDABLE = re.compile(r"[A-Za-z0-9+_'-]+(\.[A-Za-z0-9+_'-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""
E-mail addresses that Upflow accepts: letters, digits and ``+ _ ' . -`` (support article 34694152983185). Letters are
assumed to be those of ASCII.
"""
SECTIONS = re.compile(r'(?:"[^"]*"|[^;\r\n])+')
PARTS = re.compile(r'(?:"[^"]*"|[^,])+')
"""The parts of a text between semicolons or line breaks, and those of a line between commas; not within quotes."""
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
MAIN = "email"
DEPENDENT, FIELD, STAND_IN = "contacts/", "field/", "stand_in/"
"""
What names of dependents of a customer begin with: that of a contact; of a custom field with addresses that was written;
of somebody else's contact that has the address of one of ours, which is therefore not needed.
"""
LOSSES_PER_DAY = 50
"""Customers that may lose contacts within a day, unless the settings say otherwise."""
ContactsWay = Literal["fields", "contacts"]
"""Who makes additional contacts: Upflow, of custom fields that contain addresses; or we do."""


class ContactSource(NamedTuple):
    """
    Where additional contacts come from.

    Attributes:
        metadata: Key of a customer's metadata whose value contains e-mail addresses.
        field: Name of Upflow's custom field of customers that they are written to, if Upflow makes the contacts.
        position: Position of the contacts, if we make them; ``None`` for none.
    """

    metadata: str
    field: str
    position: str | None = None


class Address(NamedTuple):
    """
    An e-mail address.

    Attributes:
        email: The address itself; it may be unsendable.
        name: Whose it is; empty if that is not said.
    """

    email: str
    name: str = ""

    @property
    def problem(self) -> str:
        """Why Upflow does not accept it, for notes; empty if it does."""
        if SENDABLE.fullmatch(self.email):
            return ""
        if re.search(r"\s", self.email):
            return "there is a blank in it; separate addresses by commas, semicolons or line breaks"
        if not ALLOWED.fullmatch(self.email):
            return "characters that Upflow does not accept"
        return "not an e-mail address"

    @property
    def names(self) -> tuple[str, str]:
        """First name, and last name: what is before a comma, or else after the first word."""
        last, comma, first = self.name.partition(",")
        if not comma:
            first, _, last = self.name.partition(" ")
        return first.strip(), last.strip()


def addresses_in(text: object) -> Iterator[Address]:
    """
    Yield the e-mail addresses in a text, sendable or not.

    Between two of them is a comma, a semicolon or a line break. Each may have a name, as in ``Ann Lee <a@example.com>``
    or ``"Lee, Ann" <a@example.com>``.

    Args:
        text: What people wrote; anything else than a text has no address.
    """
    for line in SECTIONS.findall(text if isinstance(text, str) else ""):
        *named, rest = re.split(r"<([^<>]*)>", line)
        for before, email in zip(named[::2], named[1::2], strict=True):
            yield from _named(before, email)
        yield from _bare(PARTS.findall(rest))


def _named(before: str, email: str) -> Iterator[Address]:
    """Yield the address in angle brackets with its name, after those that come before the name."""
    parts = PARTS.findall(before)
    bare = [number for number, part in enumerate(parts, 1) if "@" in part and '"' not in part]
    begin = max(bare, default=0)
    yield from _bare(parts[:begin])
    name = cleaned(",".join(parts[begin:]).replace('"', "")).strip(", ")
    yield Address(cleaned(email), "" if "@" in name else name)


def _bare(parts: Iterable[str]) -> Iterator[Address]:
    yield from (Address(email) for email in map(cleaned, parts) if email)


def contact_id(external_id: str, email: str | None = None) -> str:
    """
    Return the external id of a contact that we bring.

    It stays the same if the addresses of a customer are reordered, and does not say what the address is.

    Args:
        external_id: The customer.
        email: Address of an additional contact, whose case does not count; ``None`` for the main contact.
    """
    if email is None:
        return f"{external_id}:{MAIN}"
    digest = hashlib.sha256(f"{external_id} {email.casefold()}".encode(errors="surrogatepass")).hexdigest()
    return f"{external_id}:{MAIN}_{digest[:12].translate(LETTERS)}"


def is_ours(contact: Mapping[str, Any], external_id: str) -> bool:
    """Return whether we brought a contact that Upflow shows of a customer."""
    own, name = contact_id(external_id), contact.get("externalId")
    return isinstance(name, str) and (name == own or name.startswith(f"{own}_"))


def contact_ids(dependents: Iterable[str] | None) -> list[str]:
    """Return those of a customer's dependents that are contacts."""
    return [each for each in dependents or () if each.startswith(DEPENDENT)]


def stand_in(external_id: str, contact: Mapping[str, Any]) -> str:
    """
    Return what somebody else's contact is called among a customer's dependents, if it has the address of one of ours.

    Args:
        external_id: The customer.
        contact: Either of the two; a main contact is needed unless the other one is the main contact, too.
    """
    name = f"{STAND_IN}{contact_id(external_id, str(contact.get('email')))}"
    return f"{name}:main" if contact.get("isMain") else name


def stand_ins_in(external_id: str, shown: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return what the contacts that Upflow shows of a customer, and that are not ours, may stand in for."""
    others = [each for each in shown if not is_ours(each, external_id)]
    return frozenset(stand_in(external_id, {**each, "isMain": main}) for each in others for main in _mains(each))


def _mains(contact: Mapping[str, Any]) -> tuple[bool, ...]:
    """Return which contacts one may stand in for: additional ones, and the main contact if it is one."""
    return (False, True) if contact.get("isMain") else (False,)


def contacts_of(mapped: Mapped) -> list[ContactPayload]:
    """Return the contacts in the payload of a customer."""
    return list(cast("CustomerPayload", mapped.payload).get("contacts", ()))


def with_contacts(mapped: Mapped, contacts: Sequence[ContactPayload]) -> Mapped:
    """Return a customer with these contacts, in place of others."""
    return replace(mapped, payload=cast("CustomerPayload", {**mapped.payload, "contacts": list(contacts)}))


def without_positions(mapped: Mapped, missing: Collection[str]) -> Mapped:
    """Return a customer whose contacts have none of the *missing* positions."""
    contacts: Any = [
        {name: value for name, value in each.items() if name != "position" or value not in missing}
        for each in contacts_of(mapped)
    ]
    return with_contacts(mapped, contacts)


def without_stand_ins(mapped: Mapped, dependents: Collection[str]) -> Mapped:
    """Return a customer without those contacts that somebody else's stand in for, judging by its dependents."""
    if not any(each.startswith(STAND_IN) for each in dependents):
        return mapped
    contacts = contacts_of(mapped)
    own = [each for each in contacts if stand_in(mapped.customer, each) not in dependents]
    if len(own) == len(contacts):
        return mapped
    others: Any = {name: value for name, value in mapped.payload.items() if name != "contacts"}
    return with_contacts(mapped, own) if own else replace(mapped, payload=others)


def without_values(mapped: Mapped, fields: Collection[str]) -> Mapped:
    """Return a customer without the values of some custom fields, which leaves those in Upflow as they are."""
    payload = cast("CustomerPayload", {**mapped.payload})
    if "customFields" in payload:
        payload["customFields"] = [each for each in payload["customFields"] if field_ref(each) not in fields]
    return replace(mapped, payload=payload)


def field_ref(value: Mapping[str, Any]) -> str | None:
    """Return the id, or else the external id, of the custom field that a value belongs to."""
    return value.get("id") or value.get("externalId")
