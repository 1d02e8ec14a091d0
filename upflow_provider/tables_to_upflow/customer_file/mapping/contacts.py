"""Contacts of a customer file: the lines about each, and what has to change in Upflow. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import CONTACT_TEXTS, TITLES


class ContactChange(NamedTuple):
    """
    A request about one contact.

    Attributes:
        ref: Upflow's id of the contact; empty for one that is created.
        fields: What is sent.
        email: Address in the file, with its case folded, of the contact because of which it is sent.
        is_unset: Whether it makes an old main contact an ordinary one, so that it may be sent only after the new one
            is there.
    """

    ref: str
    fields: dict[str, Any]
    email: str
    is_unset: bool = False


def merged_contacts(said: Sequence[tuple[int, Mapping[str, Any]]]) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """
    Return the contacts that lines about one customer name, and the lines that contradict each other.

    Of several main contacts, that of the latest line counts.

    Args:
        said: Number of each line, in order, and its contact.

    Returns:
        Contacts with ``email`` and what else is said; and the reason by line.
    """
    contacts: dict[str, dict[str, Any]] = {}
    lines: dict[tuple[str, str], int] = {}
    refused: dict[int, str] = {}
    main = ""
    for line, contact in said:
        email = contact["email"].casefold()
        own = contacts.setdefault(email, {"email": contact["email"]})
        for name in CONTACT_TEXTS:
            value = contact.get(name)
            if value and own.get(name) and own[name] != value:
                other = lines[email, name]
                refused.setdefault(line, _contradiction(name, other))
                refused.setdefault(other, _contradiction(name, line))
            elif (value and not own.get(name)) or (value is not None and name not in own):
                own[name], lines[email, name] = value, line
        main = email if contact.get("isMain") else main
    if main:
        contacts[main]["isMain"] = True
    return list(contacts.values()), refused


def _contradiction(name: str, line: int) -> str:
    return f"{TITLES[name]}: line {line} says something else about this contact; keep one"


def contact_changes(
    customer: str, wanted: Sequence[Mapping[str, Any]], shown: Iterable[Mapping[str, Any]]
) -> list[ContactChange]:
    """
    Return the requests that bring contacts of a file into Upflow; none is ever removed.

    A contact is recognised by its address, whose case does not count, whoever made it.

    Args:
        customer: Key of the customer.
        wanted: As `merged_contacts` returns them.
        shown: All contacts of the customer in Upflow.
    """
    known: dict[str, Mapping[str, Any]] = {}
    mains: dict[str, Mapping[str, Any]] = {}
    for each in shown:
        known.setdefault(str(each.get("email")).casefold(), each)
        if each.get("isMain"):
            mains[str(each.get("id"))] = each
    found = (_change(customer, each, known.get(each["email"].casefold())) for each in wanted)
    changes = [each for each in found if each is not None]
    new_main = next((each["email"].casefold() for each in wanted if each.get("isMain")), None)
    if new_main is not None:
        own = known.get(new_main)
        old = [each for ref, each in mains.items() if own is None or ref != str(own.get("id"))]
        changes += [_unset(each, new_main) for each in old]
    return changes


def _unset(old: Mapping[str, Any], new_main: str) -> ContactChange:
    return ContactChange(str(old["id"]), {"email": old["email"], "isMain": False}, new_main, is_unset=True)


def _change(customer: str, wanted: Mapping[str, Any], shown: Mapping[str, Any] | None) -> ContactChange | None:
    email = wanted["email"].casefold()
    if shown is None:
        filled = {name: value for name, value in wanted.items() if value}
        return ContactChange("", {"externalId": contact_ref(customer, wanted["email"]), **filled}, email)
    own = {name: value for name, value in wanted.items() if name != "email"}
    if all((shown.get(name) or "") == value for name, value in own.items()):
        return None
    return ContactChange(str(shown["id"]), {"email": shown["email"], **own}, email)


def contact_ref(customer: str, email: str) -> str:
    """
    Return the external id of a contact that a file brings, so that its creation can be repeated without harm.

    It differs from those of contacts that come from Stripe, which removes its own when they are gone there.
    """
    digest = hashlib.sha256(f"{customer} {email.casefold()}".encode(errors="surrogatepass")).hexdigest()
    return f"{customer}:file_{digest[:16]}"
