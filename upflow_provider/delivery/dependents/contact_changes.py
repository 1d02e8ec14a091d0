"""What has to change so that Upflow has the contacts of a customer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from upflow_provider.records.contacts import is_ours
from upflow_provider.records.payloads import ContactPayload


class ContactChanges(NamedTuple):
    """
    What has to change so that Upflow has the contacts that it must have.

    Attributes:
        removed: External ids of contacts of ours that must go.
        changed: Contacts that Upflow shows with other content.
        new: Contacts that it lacks.
        duplicate: Contacts that are not needed, because somebody else's contact has the address.
        readdressed: External ids of those that Upflow shows with another address.
    """

    removed: Sequence[str]
    changed: Sequence[ContactPayload]
    new: Sequence[ContactPayload]
    duplicate: Sequence[ContactPayload]
    readdressed: Sequence[str]


def contact_changes(
    external_id: str,
    wanted: Sequence[ContactPayload],
    shown: Iterable[Mapping[str, Any]],
    is_own: Callable[[Mapping[str, Any], str], bool] = is_ours,
) -> ContactChanges:
    """
    Compare the contacts that a customer must have with those that Upflow shows of it.

    What was not sent, such as a phone number or a position that somebody added, is not compared.

    Args:
        external_id: The customer.
        wanted: The contacts that we bring.
        shown: All of its contacts in Upflow.
        is_own: Returns whether a contact that Upflow shows is one that we bring, given the customer.
    """
    own: dict[str, Mapping[str, Any]] = {}
    others: dict[str, bool] = {}
    for each in shown:
        if is_own(each, external_id):
            own[each["externalId"]] = each
        else:
            email = str(each.get("email")).casefold()
            others[email] = others.get(email, False) or bool(each.get("isMain"))
    missing = [each for each in wanted if each["externalId"] not in own]
    # A main contact is needed, unless the other one with its address is the main contact.
    same = [(each, others.get(each["email"].casefold())) for each in missing]
    duplicate = [each for each, is_main in same if is_main is not None and (is_main or not each.get("isMain"))]
    there = [(each, own[each["externalId"]]) for each in wanted if each["externalId"] in own]
    moved = [each["externalId"] for each, now in there if str(now.get("email")).casefold() != each["email"].casefold()]
    return ContactChanges(
        removed=sorted(own.keys() - {each["externalId"] for each in wanted}),
        changed=[each for each, now in there if each["externalId"] in moved or _differs(each, now)],
        new=[each for each in missing if each not in duplicate],
        duplicate=duplicate,
        readdressed=moved,
    )


def _differs(wanted: ContactPayload, shown: Mapping[str, Any]) -> bool:
    return any(shown.get(name) != value for name, value in wanted.items() if name != "email")


OPTIONAL = (("position",), ("phone",), ("firstName", "lastName"))
"""Fields that a contact can be sent without, in the order in which it is tried."""


def with_less(contact: ContactPayload, refusal: str) -> Iterator[tuple[ContactPayload, Sequence[str]]]:
    """Yield a refused contact with fewer fields, and which it lacks: what the refusal names first, then ever more."""
    present = [names for names in OPTIONAL if any(name in contact for name in names)]
    present.sort(key=lambda names: not any(name.lower() in refusal.lower() for name in names))
    for number in range(1, len(present) + 1):
        lacking = [name for name in chain.from_iterable(present[:number]) if name in contact]
        fewer: Any = {name: value for name, value in contact.items() if name not in lacking}
        yield fewer, lacking
