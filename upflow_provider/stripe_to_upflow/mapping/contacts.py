"""
The contacts of a Stripe customer: its e-mail address, and further addresses in its metadata.

Stripe's customers have one address (https://docs.stripe.com/api/customers/object). Upflow's page on the Stripe Billing
connector (https://docs.upflow.io) calls the further ones *Additional emails to* and *Additional emails cc*.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from upflow_provider.records.contacts import Address, ContactSource, addresses_in, contact_id
from upflow_provider.records.text import cleaned, mapping_in
from upflow_provider.stripe_to_upflow.mapping.native_fields import NativeField

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from upflow_provider.records.payloads import ContactPayload
    from upflow_provider.stripe_to_upflow.mapping.custom_fields import MappedField


ADDED_BY_PEOPLE = {"phone": "phone", "firstName": "name", "lastName": "name", "position": "position"}
"""Fields of a contact that may have a value which was not imported, and what people call them."""
PARTS_MAX = 5
"""How many of them, each position by itself, are taken into account at once."""


class MainContact(NamedTuple):
    """
    What the e-mail address of a customer makes.

    Attributes:
        contact: The main contact; ``None`` if there is no address that Upflow accepts.
        email: The address, or the one that Upflow does not accept; empty if there is none.
        notes: What was left out, and why.
    """

    contact: ContactPayload | None
    email: str
    notes: tuple[str, ...]


class AdditionalContacts(NamedTuple):
    """
    What further addresses of a customer make: each address counts once, and never that of the main contact.

    Attributes:
        contacts: The contacts, in the order of their external ids.
        values: The addresses from each source, separated by commas, by the name of Upflow's custom field.
        notes: What was left out, and why.
    """

    contacts: Sequence[ContactPayload]
    values: Mapping[str, str]
    notes: tuple[str, ...]


def main_contact(external_id: str, email: object, phone: object) -> MainContact:
    """
    Return the main contact: the first address that Upflow accepts.

    Args:
        external_id: The customer.
        email: The source's text for its e-mail address, which may contain several.
        phone: Its phone number, if any.
    """
    addresses = list(addresses_in(email))
    address = next((each for each in addresses if not each.problem), None)
    if address is None:
        notes = ("no contact, because Upflow does not accept such an email",) if addresses else ()
        return MainContact(None, addresses[0].email if addresses else "", notes)
    contact = listed_contact(contact_id(external_id), address, is_main=True)
    if number := cleaned(phone):
        contact["phone"] = number
    others = "the first address in email is the main contact; the others are left out"
    return MainContact(contact, address.email, (others,) if len(addresses) > 1 else ())


def additional_contacts(
    external_id: str, metadata: object, sources: Sequence[ContactSource], main: str
) -> AdditionalContacts:
    """
    Return the contacts of the addresses in a customer's metadata.

    Args:
        external_id: The customer.
        metadata: Its metadata.
        sources: Where addresses are; the first source that has an address counts.
        main: The address of its main contact; empty if it has none.
    """
    contacts: dict[str, ContactPayload] = {}
    values: dict[str, str] = {}
    notes: list[str] = []
    taken = {contact_id(external_id, main)}
    for source in sources:
        addresses = list(addresses_in(mapping_in(metadata).get(source.metadata)))
        by_id = {contact_id(external_id, each.email): each for each in reversed(addresses) if not each.problem}
        new = {name: by_id[name] for name in reversed(by_id) if name not in taken}
        taken |= new.keys()
        contacts |= {name: listed_contact(name, each, source.position) for name, each in new.items()}
        values[source.field] = ",".join(each.email for each in new.values())
        notes += _problems(source.metadata, addresses)
    return AdditionalContacts([contacts[name] for name in sorted(contacts)], values, tuple(notes))


def addresses_field(name: str, sources: Sequence[ContactSource]) -> NativeField:
    """
    Return what fills a custom field from which Upflow makes contacts: addresses separated by commas alone.

    Args:
        name: Name of the field in Upflow, which is that of one of the sources.
        sources: All of them, because an address counts in the first one only.
    """

    def text(customer: Mapping[str, Any], _: ZoneInfo) -> str | None:
        main = main_contact(customer["id"], customer.get("email"), None)
        found = additional_contacts(customer["id"], customer.get("metadata"), sources, main.email)
        return found.values[name] or None

    return NativeField(f"addresses for {name}", "customers", "`metadata`", text)


def contact_fields(fields: Sequence[MappedField], sources: Sequence[ContactSource]) -> tuple[str, ...]:
    """Return the ids, or else the external ids, of those custom fields that hold the addresses of contacts."""
    names = {each.field for each in sources}
    own = [each.defined.definition for each in fields if each.defined.field.name in names]
    return tuple(each.id or each.external_id or "" for each in own)


def listed_contact(
    external_id: str, address: Address, position: str | None = None, *, is_main: bool = False
) -> ContactPayload:
    """Return a contact as an import lists it."""
    contact: ContactPayload = {"externalId": external_id, "email": address.email}
    if is_main:
        contact["isMain"] = True
    first, last = address.names
    if first:
        contact["firstName"] = first
    if last:
        contact["lastName"] = last
    if position:
        contact["position"] = position
    return contact


def _problems(key: str, addresses: Sequence[Address]) -> Iterator[str]:
    """Yield one note for each reason why addresses are left out, which names them by their numbers."""
    numbers: dict[str, list[str]] = defaultdict(list)
    for number, address in enumerate(addresses, 1):
        if address.problem:
            numbers[address.problem].append(str(number))
    for problem, found in numbers.items():
        are = "are" if len(found) > 1 else "is"
        which = f"of {len(addresses)} addresses, number {' and '.join(found)}" if addresses[1:] else "its address"
        yield f"metadata.{key}: {which} {are} left out: {problem}"


def contact_in(contact: Mapping[str, Any], *, is_main: bool) -> ContactPayload:
    """Return a contact of ours that Upflow lists, as far as an import sends it."""
    names = ("firstName", "lastName", "position", *(("phone",) if is_main else ()))
    shown: Any = {"externalId": contact["externalId"], "email": contact["email"]}
    shown |= {name: contact[name] for name in names if contact.get(name)}
    if is_main or contact.get("isMain"):
        shown["isMain"] = bool(contact.get("isMain"))
    found: ContactPayload = shown
    return found


def contact_variants(contacts: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """
    Yield the contacts that may have been imported, given those that are listed.

    People may have added a phone number, names or positions, of which each is taken off or left where it occurs.
    """
    parts = sorted({_part(name, value) for each in contacts for name, value in each.items() if name in ADDED_BY_PEOPLE})
    for number in range(min(len(parts), PARTS_MAX) + 1):
        for added in combinations(parts[:PARTS_MAX], number):
            yield [
                {name: value for name, value in each.items() if _part(name, value) not in added} for each in contacts
            ]


def _part(name: str, value: object) -> tuple[str, str]:
    """Return what of a contact people add at a time: a position, or any name, or any phone number."""
    return ADDED_BY_PEOPLE.get(name, name), str(value) if name == "position" else ""
