"""
Accessories: what belongs to a record and never keeps it out of Upflow. Pure.

If Upflow refuses a record, or lacks what an accessory needs, the record is imported without the accessory, and a note
says so. Each stream names its accessories in its row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from upflow_provider.records.custom_field_values import UNFIT
from upflow_provider.shown_ids import shown_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from upflow_provider.records.mapped import Mapped
    from upflow_provider.records.payloads import Payload

REFUSED = "because Upflow refuses it"
"""Words in the notes on accessories that were left out; they stay in the ledger until the record changes."""
PRESUMED = "because Upflow takes the record without it"
"""
Words in the notes on accessories that no refusal names: what was refused may have been passing, or something else. They
are tried again.
"""
UNAVAILABLE = "because Upflow cannot have what it refers to"
"""
Words in the notes on accessories that refer to what Upflow lacks: another record, which could not be imported, or the
definition of a custom field. They are tried again.
"""
UNKNOWN_POSITION = "because Upflow does not have this position"
"""Words in the notes on positions of contacts that Upflow lacks; they are tried again after a day, and not before."""
UNPROVEN = "because Upflow takes such records without them"
"""Words in the notes on custom fields of documents that no refusal names; they are tried again while that may help."""
WAITING = "because too many customers would lose contacts within a day"
"""Words in the notes on contacts that stay in Upflow until somebody has looked; they are tried again."""
UNSERVED = "because Upflow does not serve the request"
"""Words in the notes on contacts about which a request got no proper answer; they are tried again."""
PRESENT = "because somebody else's contact of the customer has the address"
"""Words in the notes on contacts that are not needed."""

Fields = dict[str, Any]


class Accessory(NamedTuple):
    """
    Something that a record can be imported without.

    Attributes:
        field: Its field, by which notes name it.
        words: Words by which a refusal names it, in lower case.
        fate: What becomes of it, for notes.
        without: Changes the fields of a payload, so that they lack it or have a harmless value; pure.
        dependent: Kind of the dependent that it is; empty if it is none.
        is_unproven: Whether it is not known that Upflow takes it at all. Then it is suspected first, even if a
            refusal does not name it.
    """

    field: str
    words: tuple[str, ...]
    fate: str
    without: Callable[[Fields], Fields]
    dependent: str = ""
    is_unproven: bool = False

    def is_noted(self, note: str) -> bool:
        """Return whether a note says that this accessory was left out."""
        return f": {self.field} {self.fate}, " in note

    def left_out(self, mapped: Mapped, cause: str = REFUSED) -> Mapped:
        """Return a record without this accessory, and with a note on the cause; the same record if it has none."""
        fields = self.without({**mapped.payload})
        if fields == mapped.payload:
            return mapped
        own = f"{self.dependent}/"
        gone = {each.removeprefix(own) for each in mapped.dependents if self.dependent and each.startswith(own)}
        return replace(
            mapped,
            payload=cast("Payload", fields),
            needs=tuple(need for need in mapped.needs if need.external_id not in gone),
            dependents=tuple(each for each in mapped.dependents if each.removeprefix(own) not in gone),
            notes=(*mapped.notes, f"{shown_id(fields['externalId'])}: {self.field} {self.fate}, {cause}"),
        )


def _without(name: str) -> Callable[[Fields], Fields]:
    """Return a function that drops a field, unless it is empty and cannot be what is refused."""

    def without(fields: Fields) -> Fields:
        value = fields.get(name)
        is_empty = not any(value.values()) if isinstance(value, dict) else not value
        return fields if is_empty else {key: each for key, each in fields.items() if key != name}

    return without


def _without_phone(fields: Fields) -> Fields:
    contacts = [_without("phone")(each) for each in fields.get("contacts", ())]
    return {**fields, "contacts": contacts} if contacts else fields


def _without_empty(fields: Fields) -> Fields:
    """Leave out the custom fields that have no value."""
    present = [each for each in fields.get("customFields", ()) if each["value"] is not None]
    if len(present) == len(fields.get("customFields", ())):
        return fields
    others = {name: value for name, value in fields.items() if name != "customFields"}
    return {**others, "customFields": present} if present else others


_FIELD_WORDS = ("customfield", "custom field", "custom_field")
EMPTY_FIELDS = Accessory("empty customFields", _FIELD_WORDS, "are left out", _without_empty, is_unproven=True)
CUSTOM_FIELDS = Accessory("customFields", _FIELD_WORDS, "are left out", _without("customFields"), is_unproven=True)
PHONE = Accessory("contacts.phone", ("phone",), "is left out", _without_phone)
CONTACT = Accessory("contacts", ("contact", "email"), "are left out", _without("contacts"), "contacts")
PARENT = Accessory("parent", ("parent",), "is left out", _without("parent"), "parent")
VAT_NUMBER = Accessory("vatNumber", ("vat",), "is left out", _without("vatNumber"))
ADDRESS = Accessory("address", ("address.", "zipcode", "country"), "is left out", _without("address"))
DUE_DATE = Accessory(
    "dueDate",
    ("duedate", "due date"),
    "is raised to the issue date",
    lambda fields: {**fields, "dueDate": max(fields["dueDate"], fields["issuedAt"])} if "dueDate" in fields else fields,
)
NET_AMOUNT = Accessory(
    "netAmount",
    ("netamount", "net amount"),
    "is replaced by the gross amount",
    lambda fields: {**fields, "netAmount": fields["grossAmount"]},
)


def reduced(mapped: Mapped, accessories: Sequence[Accessory], refusal: str) -> Iterator[Mapped]:
    """
    Yield a refused record with fewer accessories: without each of those that the refusal names, then without all.

    If the refusal names none, each is suspected. A document with links is most likely refused for their sake, and is
    tried only without what the refusal names, and without what Upflow may not take at all.

    Args:
        mapped: The record.
        accessories: What it may lack, in the order in which it is tried without.
        refusal: What Upflow said.
    """
    present = [each for each in accessories if each.left_out(mapped) is not mapped]
    named = [each for each in present if any(word in refusal.lower() for word in each.words)]
    suspects = named or [each for each in present if each.is_unproven or not mapped.links]
    cause = REFUSED if named else PRESUMED
    yield from (each.left_out(mapped, cause) for each in suspects)
    if len(suspects) > 1:
        yield _without_all(mapped, suspects, cause)
    if not mapped.links and len(present) > len(suspects):
        yield _without_all(mapped, present, PRESUMED)


def without_empty_fields(mapped: Mapped) -> Mapped:
    """Return a record without custom fields that have no value; nothing is noted."""
    return replace(mapped, payload=cast("Payload", _without_empty({**mapped.payload})))


def undefined(mapped: Mapped) -> Iterator[Mapped]:
    """Yield a record without its custom fields, if it has some: the definition of one may be gone."""
    without = CUSTOM_FIELDS.left_out(mapped, UNAVAILABLE)
    if without is not mapped:
        yield without


def without_needs(mapped: Mapped, accessories: Sequence[Accessory]) -> Mapped | None:
    """Return a record without the accessories that need another record first; ``None`` if it has none of them."""
    needy = [each for each in accessories if each.left_out(mapped).needs != mapped.needs]
    return _without_all(mapped, needy, UNAVAILABLE) if needy else None


def _without_all(mapped: Mapped, accessories: Sequence[Accessory], cause: str) -> Mapped:
    for each in accessories:
        mapped = each.left_out(mapped, cause)
    return mapped


def is_due_again(notes: Sequence[str]) -> bool:
    """Return whether the notes on an imported record say that what it lacks may be accepted another time."""
    return any(cause in note for note in notes for cause in (PRESUMED, UNAVAILABLE, WAITING, UNSERVED))


def lacks_position(reason: str | None) -> bool:
    """Return whether the notes on an imported record say that Upflow does not have the position of a contact."""
    return UNKNOWN_POSITION in (reason or "")


def is_incomplete(reason: str | None) -> bool:
    """Return whether the notes on an imported record say that a part of its payload was left out."""
    return any(words in (reason or "") for words in (REFUSED, UNFIT, PRESENT))
