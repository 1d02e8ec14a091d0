"""Contacts in a cell of a customer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from upflow_provider.records.contacts import Address, addresses_in, contact_id
from upflow_provider.tables_to_upflow.mapping.cells import CellError, text_in

if TYPE_CHECKING:
    from upflow_provider.records.payloads import ContactPayload

TEXTS = ("firstName", "lastName", "phone", "position")
"""Fields of a contact that are texts, beside its address."""
IS_MAIN = (True, "true", "True", "TRUE", "1")
"""What says that a contact is the main one."""


class ReadContacts(NamedTuple):
    """
    The contacts in a cell.

    Attributes:
        contacts: Those that Upflow accepts, each with its external id.
        problems: Why others are left out.
    """

    contacts: list[ContactPayload]
    problems: list[str]


def contacts_in(customer: str, cell: object) -> ReadContacts:
    """
    Return the contacts in a cell; the first one, or the one that says so, is the main contact.

    Args:
        customer: External id of the customer.
        cell: A list of mappings with ``email`` and perhaps ``firstName``, ``lastName``, ``phone``, ``position`` and
            ``isMain``; or a text with addresses, such as ``Ann Lee <ann@example.com>, b@example.com``.

    Raises:
        CellError: It is neither, or two are the main contact.
    """
    found: dict[str, ContactPayload] = {}
    problems = []
    for number, contact in enumerate(_listed(cell), 1):
        if problem := Address(contact["email"]).problem:
            problems.append(f"address {number} is left out: {problem}")
        else:
            found.setdefault(contact["email"].casefold(), contact)
    contacts = list(found.values())
    mains = [each for each in contacts if each.get("isMain")]
    if len(mains) > 1:
        raise CellError("has two main contacts")
    main = (mains or contacts)[0] if contacts else None
    return ReadContacts([_named(customer, each, is_main=each is main) for each in contacts], problems)


def _named(customer: str, contact: ContactPayload, *, is_main: bool) -> ContactPayload:
    """Return a contact with its external id."""
    own = {name: value for name, value in contact.items() if name != "isMain"}
    external_id = contact_id(customer) if is_main else contact_id(customer, contact["email"])
    return cast("ContactPayload", {"externalId": external_id, **own, **({"isMain": True} if is_main else {})})


def _listed(cell: object) -> Iterator[ContactPayload]:
    if isinstance(cell, str):
        for address in addresses_in(cell):
            first, last = address.names
            named = {"firstName": first, "lastName": last}
            yield cast("ContactPayload", {"email": address.email, **{key: each for key, each in named.items() if each}})
        return
    if not isinstance(cell, list) or not all(isinstance(each, Mapping) for each in cell):
        raise CellError("must be a text with addresses, or a list of contacts with email")
    for each in cell:
        texts = {name: text_in(each[name]) for name in ("email", *TEXTS) if each.get(name) is not None}
        if not texts.get("email"):
            raise CellError("has a contact without email")
        present = {name: text for name, text in texts.items() if text}
        yield cast("ContactPayload", {**present, **({"isMain": True} if each.get("isMain") in IS_MAIN else {})})
