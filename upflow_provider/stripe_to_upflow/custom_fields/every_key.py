"""
The fields that ``metadata: all`` makes of keys, and why it makes none of others. Pure.

Nobody has declared these fields, so that one that cannot be filled is a note and no problem.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from upflow_provider.delivery.custom_fields.comparison import defined
from upflow_provider.records.custom_fields import ENTITY_TYPES, CustomField, Definition, comparable
from upflow_provider.records.text import cleaned
from upflow_provider.stripe_to_upflow.custom_fields.metadata_keys import is_personal, shown_key
from upflow_provider.stripe_to_upflow.custom_fields.settings import MAX_FIELDS, FieldSetting

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection

PERSONAL = "looks like personal data; if it is none, declare the key in an entry of its own"
UNCLEAN = (
    "no name of a field can begin or end with a blank, or contain a line break or another control character; declare "
    "the key in an entry of its own, with another name"
)
NAMED_TWICE = (
    "another field has this name, in capitals or not; declare the key in an entry of its own, or add it to except"
)
UNFILLED = (
    "Upflow has a field of this name that cannot have texts; declare the key in an entry of its own with the type of "
    "the field, or add it to except"
)
BEYOND_CAP = "max_fields leaves no room; raise it, or add keys that you do not need to except"


class KeyFields(NamedTuple):
    """
    What is made of keys.

    Attributes:
        fields: A field for each key that can have one, in their order.
        left_out: The other keys, by the reason.
    """

    fields: list[CustomField]
    left_out: Mapping[str, Sequence[str]]

    def notes(self, stream: str) -> list[str]:
        """Return why no fields are made of keys of a stream, each with the remedy."""
        return [
            f"metadata of {stream}: no field is made of {', '.join(map(shown_key, keys))}: {reason}"
            for reason, keys in self.left_out.items()
        ]


def key_fields(
    stream: Collection,
    setting: FieldSetting | None,
    keys: Iterable[str],
    *,
    named: Container[str],
    known: Sequence[Definition],
) -> KeyFields:
    """
    Choose the keys of which fields are made: those that are fields already come first, then the alphabet decides.

    Args:
        stream: Whose metadata it is.
        setting: The entry for every key; ``None`` if there is none.
        keys: The keys that a dry run has named, and that have no entry of their own.
        named: Names of fields that have an entry of their own, in the form of `folded`.
        known: The definitions that Upflow has.
    """
    if setting is None:
        return KeyFields([], {})
    left_out: dict[str, list[str]] = defaultdict(list)
    fields = {each.name for each in known if each.entity_type == ENTITY_TYPES[stream]}
    chosen: dict[str, str] = {}
    for key in sorted({*keys} - {*setting.except_keys}, key=lambda each: (each not in fields, each)):
        reason = NAMED_TWICE if folded(key) in chosen or folded(key) in named else _unfit(stream, key, known)
        if not reason and len(chosen) >= (setting.max_fields or MAX_FIELDS):
            reason = BEYOND_CAP
        if reason:
            left_out[reason].append(key)
        else:
            chosen[folded(key)] = key
    return KeyFields([CustomField(key) for key in sorted(chosen.values())], left_out)


def folded(name: str) -> str:
    """Return a name in the form in which no two fields may have the same."""
    return comparable(name).casefold()


def _unfit(stream: Collection, key: str, known: Sequence[Definition]) -> str:
    """Return why a key cannot be a field of Upflow, with the remedy; empty if it can."""
    if is_personal(key):
        return PERSONAL
    if cleaned(key) != key:
        return UNCLEAN
    found = defined(stream, [CustomField(key)], known)
    if found.fields or found.missing:
        return ""
    own = [each for each in known if each.entity_type == ENTITY_TYPES[stream]]
    return UNFILLED if any(comparable(key) == comparable(each.name) for each in own) else NAMED_TWICE
