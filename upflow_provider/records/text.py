"""Texts, ids and other fields of a source record, in a form that can be sent and stored."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, TypeGuard

from upflow_provider.errors import MappingError

if TYPE_CHECKING:
    from collections.abc import Mapping

ID_LENGTH_MAX = 255
"""Characters of an id; Stripe's are shorter (https://docs.stripe.com/upgrades)."""
UNSENDABLE = {"Cc", "Cs"}
"""Unicode's categories of control characters, and of halves of characters, which no encoding can express."""


def cleaned(value: object) -> str:
    """
    Return a text without white space around it, with blanks instead of control characters and halves of characters.

    Anything else than a text counts as none, and is returned as ``""``.
    """
    if not isinstance(value, str):
        return ""
    if value.isprintable():
        return value.strip()
    return "".join(" " if unicodedata.category(each) in UNSENDABLE else each for each in value).strip()


def is_id(value: object) -> TypeGuard[str]:
    """Return whether a value can be the id of a record, whoever chose it: one line of text, within blanks allowed."""
    return isinstance(value, str) and 0 < len(value) <= ID_LENGTH_MAX and value.isprintable() and value == value.strip()


def is_reference(value: object) -> TypeGuard[str]:
    """Return whether a value can name a record in the ledger, be it by an id that cannot be sent, such as ``" a"``."""
    if not isinstance(value, str) or not value.strip() or len(value) > ID_LENGTH_MAX:
        return False
    return "\0" not in value and all(unicodedata.category(each) != "Cs" for each in value)


def id_in(value: object) -> str | None:
    """Return the id in a reference, which is an id or the expanded record; ``None`` if there is none."""
    found: Any = mapping_in(value).get("id", value)
    return found if is_id(found) else None


def mapping_in(value: object) -> Mapping[str, Any]:
    """Return an object of JSON as it is, and an empty one instead of anything else."""
    return value if isinstance(value, dict) else {}


def entries_in(value: object) -> list[Mapping[str, Any]]:
    """Return the objects in a list of JSON, or in one of Stripe's lists (``{"data": [...]}``); none of others."""
    found = mapping_in(value).get("data", value)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def require(record: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - the field decides
    """
    Return a field of *record* that an import requires.

    Every field may be absent, because vendors change their APIs; the error concerns only this record. A field that is
    not required is read with ``record.get("x")``.

    Args:
        record: Source record as plain JSON, with its ``id``.
        path: Dotted path inside it, e.g. ``status_transitions.finalized_at``.

    Raises:
        MappingError: The field, or an object on the path to it, is absent or null.
    """
    value: Any = record
    for name in path.split("."):
        value = mapping_in(value).get(name)
        if value is None:
            raise MappingError(record["id"], path)
    return value
