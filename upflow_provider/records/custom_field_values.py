"""
Values of custom fields: each is parsed and checked before it is sent, whatever source it comes from. Pure.

The rules are those of Upflow's pages on custom fields and on the customer file (https://docs.upflow.io).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from upflow_provider.records.text import cleaned

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["TEXT", "NUMBER", "DATE", "BOOLEAN", "SELECT", "MULTI_SELECT"]
"""What a custom field holds, as Upflow calls it."""
SELECTS = frozenset({"SELECT", "MULTI_SELECT"})
"""Kinds whose values are labels of options."""
UNFIT = "is left out, because its value"
"""Words in the notes on values that do not fit their field, before the rule that they break."""
TEXT_LENGTH_MAX = 2_000
"""Characters of the longest text (https://docs.upflow.io, customer import)."""
DIGITS_MAX = 15
"""Digits of the longest number: so many survive a JSON number of double precision unchanged."""
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Value = str | int | float | bool | dict[str, str] | list[dict[str, str]] | None
"""Value of a custom field, as JSON."""


class Unfit(NamedTuple):
    """
    A value that does not fit its field, and is not sent.

    Attributes:
        rule: The rule that it breaks, for messages; never the value.
    """

    rule: str


def parsed(kind: Kind, source: object) -> Value | Unfit:
    """
    Return a source's value as a field of a kind takes it, or the rule that it breaks; ``None`` if there is no value.

    Args:
        kind: What the field holds.
        source: Text, boolean, whole number, decimal or day; a list of texts for ``MULTI_SELECT``, or one text with
            its labels, separated by semicolons, or by commas if there is no semicolon.

    Returns:
        Text, boolean, or JSON number with exactly the digits of the source; a select as ``{"label": ...}``, of several
        in the order of the alphabet.
    """
    texts = [_text(each) for each in source] if isinstance(source, list) else _text(source)
    if not any(texts):
        return None
    if isinstance(texts, list) and kind != "MULTI_SELECT":
        return Unfit("must be a single value")
    return _PARSERS[kind](texts)


def _parsed_text(text: str) -> Value | Unfit:
    return text if len(text) <= TEXT_LENGTH_MAX else Unfit(f"must have {TEXT_LENGTH_MAX:,} characters at most")


def _parsed_number(text: str) -> Value | Unfit:
    if not NUMBER.fullmatch(text):
        return Unfit("must be a number with a dot before decimals, such as 1.5")
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    if len(f"{whole}{decimals}".lstrip("+-0")) > DIGITS_MAX or len(decimals) > DIGITS_MAX:
        return Unfit(f"must have {DIGITS_MAX} digits at most")
    return float(f"{whole}.{decimals}") if decimals else int(whole)  # its shortest form has the same digits


def _parsed_date(text: str) -> Value | Unfit:
    try:
        return date.fromisoformat(text).isoformat() if DATE.fullmatch(text) else _NO_DATE
    except ValueError:
        return _NO_DATE


def _parsed_boolean(text: str) -> Value | Unfit:
    found = {"true": True, "false": False}.get(text.lower())
    return Unfit("must be true or false") if found is None else found


def _parsed_label(text: str) -> Value | Unfit:
    fitting = _parsed_text(text)
    return fitting if isinstance(fitting, Unfit) else {"label": text}


def _parsed_labels(texts: str | Sequence[str]) -> Value | Unfit:
    if isinstance(texts, str):
        texts = texts.split(";" if ";" in texts else ",")
    return [{"label": each} for each in sorted({each.strip() for each in texts} - {""})] or None


_NO_DATE = Unfit("must be a day as YYYY-MM-DD")
_PARSERS: Mapping[Kind, Callable[[Any], Value | Unfit]] = {
    "TEXT": _parsed_text,
    "NUMBER": _parsed_number,
    "DATE": _parsed_date,
    "BOOLEAN": _parsed_boolean,
    "SELECT": _parsed_label,
    "MULTI_SELECT": _parsed_labels,
}


def _text(source: object) -> str:
    """Return a source's value as text; ``""`` for none, and for what has no form as text."""
    if isinstance(source, bool):
        return str(source).lower()
    if isinstance(source, int | float | Decimal):
        return format(Decimal(str(source)), "f")
    return source.isoformat() if isinstance(source, date) else cleaned(source)


def labels_in(value: Value) -> Sequence[str]:
    """Return the labels in a value; none if it is not that of a select."""
    return [each["label"] for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
