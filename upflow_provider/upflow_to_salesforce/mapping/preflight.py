"""
Everything that is wrong with a mapping, found before anything is written.

A bulk job that fails names only one missing field. A describe shows only what the connected user may see: a field that
seems to be missing may be hidden from that user.

Sentences name fields, and options of a select or picklist, which are part of a field's definition; they never repeat
what an Account holds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.upflow_to_salesforce.mapping.fields import ALLOWED_TYPES, BY_NAME, KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from upflow_provider.upflow_to_salesforce.mapping.fields import Kind

TEXT_LENGTH = 2_000
"""Longest text of a custom field in Upflow (https://docs.upflow.io, customer import)."""

KEY_TYPES = frozenset({"double", "email", "id", "int", "phone", "reference", "string", "textarea", "url"})
"""Types of a field by which Accounts can be matched; unlike in Upflow's own export, numbers are among them."""

_MOST_NAMED = 10
"""Most options that a sentence names."""

_LINK_COPIES = 2
"""How often a link in rich text repeats its address: as its target and as its text."""


def problems(
    mapped: Mapping[str, str],
    kinds: Mapping[str, Kind],
    described: Mapping[str, Any],
    *,
    options: Mapping[str, Sequence[str]] = {},
) -> list[str]:
    """
    Return everything that keeps a mapping from working, as sentences that say how to correct it.

    Args:
        mapped: Name of the Salesforce field by Upflow field.
        kinds: Kinds of the organization's custom fields, by Upflow field; those of `FIELDS` are known.
        described: Answer of ``GET sobjects/Account/describe``, for the user who will write.
        options: Labels that select fields offer in Upflow, by Upflow field.
    """
    found = []
    if not described["updateable"]:
        found.append("Account: the connected user may not edit Accounts; grant Edit on Account in a permission set.")
    fields = _fields(described)
    known: Mapping[str, Kind] = {**kinds, **KINDS}
    for upflow, name in mapped.items():
        if upflow not in known:
            found.append(
                f"{upflow}: is not a customer field in Upflow whose type can be exported; remove it from "
                "salesforce.fields, or correct its id."
            )
        elif name not in fields:
            found.append(f"{upflow}: {_absent(name, fields, ALLOWED_TYPES[known[upflow]])}")
        else:
            field = fields[name]
            reasons = _misfits(upflow, known[upflow], field, options.get(upflow, ()))
            found.extend(f"{upflow}: Salesforce field {name} {reason}" for reason in reasons)
    return found + _shared(mapped)


def key_problems(key: str, described: Mapping[str, Any], mapped: Mapping[str, str]) -> list[str]:
    """
    Return what keeps Accounts from being matched by a field.

    Args:
        key: Name of the Salesforce field, e.g. ``Id`` or ``Billing_Id__c``.
        described: As for `problems`.
        mapped: As for `problems`: the key must not be overwritten.
    """
    fields = _fields(described)
    if key not in fields:
        return [f"match: {_absent(key, fields, ('Text',))}"]
    field = fields[key]
    found = []
    if field.type not in KEY_TYPES or field.is_rich:
        found.append(f"match: Salesforce field {key} is of type {field.label}; match by a Text or Number field, or Id.")
    if key in mapped.values():
        found.append(f"match: Salesforce field {key} is also in salesforce.fields; nothing may be written to the key.")
    return found


def clear_problems(
    clear: Iterable[str], key: str, described: Mapping[str, Any], mapped: Mapping[str, str]
) -> list[str]:
    """
    Return what keeps fields from being cleared.

    Args:
        clear: Names of the Salesforce fields whose values are to be cleared.
        key: Name of the Salesforce field by which Accounts are matched.
        described: As for `problems`.
        mapped: As for `problems`: a field cannot be both written and cleared.
    """
    fields = _fields(described)
    found = []
    for name in clear:
        if name in mapped.values():
            found.append(f"{name}: it is mapped, and to be cleared; remove it from one of them")
        elif name == key:
            found.append(f"{name}: Accounts are matched by it, and it is to be cleared; remove it from clear")
        elif name not in fields or not fields[name].updateable:
            found.append(f"{name}: it is to be cleared, but it does not exist, is hidden or is read-only")
        elif not fields[name].nillable and fields[name].type != "boolean":
            found.append(f"{name}: it is to be cleared, but is required in Salesforce; remove it from clear")
    return found


def notes(
    mapped: Mapping[str, str],
    kinds: Mapping[str, Kind],
    described: Mapping[str, Any],
    *,
    key: str,
    options: Mapping[str, Sequence[str]] = {},
) -> list[str]:
    """
    Return what works, but not as well as one may expect: duplicate keys, rounding, records that may be refused.

    A Text field shorter than Upflow's longest text is only a note: most texts are short, and a long one is refused by
    itself. So is a restricted picklist that lacks an option of Upflow: whoever adds an option in Upflow must not stop
    the export of everything else.

    Args:
        mapped: As for `problems`; a field that has a problem there has no note here.
        kinds: As for `problems`.
        described: As for `problems`.
        key: Name of the Salesforce field that Accounts are matched by.
        options: As for `problems`.
    """
    found = [
        f"match: Salesforce field {key} is neither unique nor an external id; Accounts with equal keys are reported "
        "and not written."
        for each in described["fields"]
        if each["name"] == key and each["type"] != "id" and not (each["unique"] or each["externalId"])
    ]
    fields = _fields(described)
    known: Mapping[str, Kind] = {**kinds, **KINDS}
    for upflow, name in mapped.items():
        if upflow in known and name in fields and fields[name].label in ALLOWED_TYPES[known[upflow]]:
            reasons = _reservations(known[upflow], fields[name], options.get(upflow, ()))
            found.extend(f"{upflow}: Salesforce field {name} {reason}" for reason in reasons)
    return found


def _fields(described: Mapping[str, Any]) -> dict[str, SalesforceField]:
    return {each["name"]: SalesforceField.of(each) for each in described["fields"]}


def _absent(name: str, fields: Mapping[str, SalesforceField], allowed: Sequence[str]) -> str:
    """Say that a field is not in the describe, and what the reason may be."""
    for other in fields:
        if other.lower() == name.lower():
            return f"Salesforce field {name} is spelt {other} in Salesforce; spell it like that."
    return (
        f"Salesforce field {name} does not exist on Account, or field-level security hides it from the connected user; "
        f"create it as {_either(allowed)}, or grant that user access to it in a permission set."
    )


def _misfits(upflow: str, kind: Kind, field: SalesforceField, options: Sequence[str]) -> Iterator[str]:
    """Say why a field cannot take what Upflow holds."""
    if field.calculated:
        yield "is a formula or roll-up summary, which nobody can write; map another field."
    elif not field.updateable:
        yield "is read-only for the connected user; grant Edit on it in a permission set, or map another field."
    if field.label not in ALLOWED_TYPES[kind]:
        yield f"is of type {field.label}; map a field of type {_either(ALLOWED_TYPES[kind])}."
        return
    least = BY_NAME[upflow].min_length if upflow in BY_NAME else 0
    needed = least * (_LINK_COPIES if field.is_rich else 1)
    if field.length < needed:
        yield f"holds {field.length} characters; make it {needed} or longer."
    if kind == "MULTI_SELECT" and (split := [label for label in options if ";" in label]):
        yield f"does not allow semicolons in values; rename these options in Upflow: {_named(split)}."


def _reservations(kind: Kind, field: SalesforceField, options: Sequence[str]) -> Iterator[str]:
    """Say which of Upflow's values a field may round or refuse."""
    if field.restricted and (unknown := [label for label in options if label.strip() not in field.values]):
        yield (
            "is a restricted picklist without some of Upflow's options; customers who have one of them are refused; "
            f"add them, spelt the same as API names, or do not restrict it: {_named(unknown)}."
        )
    if kind == "amount" and field.scale < 2:  # noqa: PLR2004 - hundredths, as most currencies have
        yield f"has {field.scale} decimal places; amounts are rounded half up to them."
    if kind in {"number", "NUMBER"} and field.scale == 0:
        yield "has no decimal places; numbers are rounded half up."
    if kind == "TEXT" and field.length < TEXT_LENGTH:
        yield f"holds {field.length} characters; longer text, up to {TEXT_LENGTH} in Upflow, is refused, not truncated."
    if not field.nillable and kind != "BOOLEAN":
        yield "is required; customers without a value are refused."


def _shared(mapped: Mapping[str, str]) -> list[str]:
    """Say which Salesforce fields several fields of Upflow would write."""
    writers = defaultdict(list)
    for upflow, name in mapped.items():
        writers[name.lower()].append(upflow)
    return [
        f"{', '.join(several)}: are all mapped to Salesforce field {mapped[several[0]]}; give each a field of its own."
        for several in writers.values()
        if len(several) > 1
    ]


def _either(labels: Sequence[str]) -> str:
    return " or ".join(labels)


def _named(options: Sequence[str]) -> str:
    more = len(options) - _MOST_NAMED
    return ", ".join(options[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
