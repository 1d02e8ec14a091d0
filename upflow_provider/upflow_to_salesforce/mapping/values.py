"""
Values of an Account's fields: as Upflow has them, as Salesforce answers them, and as it takes them.

Both sides become one canonical value, so that what differs is what must be written. We assume that Salesforce trims
text, keeps no empty text, rounds numbers to the field's scale, answers picklist values in the order of their
definition, and answers rich text as HTML; canonical values do not depend on any of it.

| type | canonical value |
|---|---|
| Currency, Number | `Decimal`, rounded half up (half away from zero) to the field's scale |
| Checkbox | `bool`, never ``None`` |
| Multi-picklist | sorted `tuple` of its values |
| Date | ``YYYY-MM-DD`` |
| Text Area (Rich) | normal form of its HTML (`rich_text`) |
| other types | `str`, trimmed; line breaks are LF, or spaces in a field of one line |

An empty value is ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from upflow_provider.records.salesforce.fields import NUMBER_TYPES
from upflow_provider.upflow_to_salesforce.mapping import rich_text

if TYPE_CHECKING:
    from upflow_provider.records.salesforce.fields import SalesforceField
    from upflow_provider.upflow_to_salesforce.mapping.fields import Kind

Value = str | bool | Decimal | tuple[str, ...] | None
"""A canonical value; if it is equal on both sides, nothing has to be written."""

CSV_NULL = "#N/A"
"""
What clears a field in a CSV file; an empty cell is ignored.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/datafiles_prepare_csv.htm
"""

_YEARS = range(1700, 4001)
"""Years that a date may have (Salesforce, "Date Formats and Date Literals in WHERE")."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_URL = re.compile(r"https?://\S+")


class UnfitError(ValueError):
    """
    A field cannot hold a value.

    Attributes:
        reason: Why not, to follow the name of the field; never the value.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def from_upflow(kind: Kind, value: object, field: SalesforceField) -> Value:
    """
    Return the canonical value of an Upflow field.

    Numbers are rounded half up (half away from zero) to the field's scale. Text is never truncated.

    Args:
        kind: What the Upflow field holds.
        value: Amounts in major units; a select as its label or ``{"label": ...}``, a multi-select as a list
            of those; ``None`` where Upflow has nothing.
        field: The Salesforce field it goes to; its type is one that may hold the kind.

    Raises:
        UnfitError: The field cannot hold it.
    """
    given = value.strip() if isinstance(value, str) else value
    canonical = _or_false(field, None if given is None or given == "" else _CANONICAL[kind](given, field))
    if canonical is None and not field.nillable:
        raise UnfitError("is empty, and required in Salesforce")
    return canonical


def from_salesforce(field: SalesforceField, raw: object) -> Value:
    """
    Return the canonical value of a field as Salesforce answers it.

    Args:
        field: The field it was read from.
        raw: JSON of a query, its numbers as `Decimal` or `int`; or a cell of a bulk query, always text.
    """
    if field.type == "boolean":
        return str(raw).lower() == "true"
    if raw is None or raw == "":
        return None
    if field.type in NUMBER_TYPES:
        return Decimal(str(raw))
    if field.type == "multipicklist":
        return _as_set(str(raw).split(";"))
    if field.is_rich:
        return rich_text.normal(str(raw)) or None
    return _trimmed(str(raw), field)


def as_json(field: SalesforceField, value: Value) -> str | bool | int | float | None:
    """
    Return a canonical value as JSON takes it; ``None`` clears the field.

    Raises:
        UnfitError: A number has more digits than Salesforce's own numbers (``xsd:double``) keep.
    """
    value = _or_false(field, value)
    if isinstance(value, tuple):
        return ";".join(value)
    if not isinstance(value, Decimal):
        return value
    number = _double(value)
    return int(value) if number.is_integer() else number


def as_csv(field: SalesforceField, value: Value) -> str:
    """
    Return a canonical value as a CSV file of the Bulk API takes it, not quoted yet.

    Raises:
        UnfitError: It is text that would clear the field, or a number with too many digits (`as_json`).
    """
    value = _or_false(field, value)
    if value is None:
        return CSV_NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        _double(value)
        return format(value, "f")
    text = ";".join(value) if isinstance(value, tuple) else value
    if text == CSV_NULL:
        raise UnfitError("is the text that clears a field in a Bulk API file")
    return text


def _or_false(field: SalesforceField, value: Value) -> Value:
    """Return a value, ``False`` for an empty checkbox: Salesforce knows no empty one."""
    return False if value is None and field.type == "boolean" else value


def _number(value: object, field: SalesforceField) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise UnfitError("is not a number") from None
    if not number.is_finite():
        raise UnfitError("is not a finite number")
    try:
        rounded = Context(prec=field.precision, rounding=ROUND_HALF_UP).quantize(
            number, Decimal(1).scaleb(-field.scale)
        )
    except InvalidOperation:
        raise UnfitError(f"has more than {field.precision - field.scale} digits before the point") from None
    _double(rounded)
    return rounded or Decimal(0)


def _double(number: Decimal) -> float:
    """Return a number as Salesforce's own API holds it, provided that it is the same number."""
    double = float(number)
    if Decimal(repr(double)) != number:
        raise UnfitError("has more digits than a number in Salesforce can hold")
    return double


def _text(value: object, field: SalesforceField) -> str | None:
    if not isinstance(value, str):
        raise UnfitError("is not text")
    if any("\ud800" <= each <= "\udfff" for each in value):
        raise UnfitError("holds half a character, which happens when text is cut within an emoji")
    return _fitting(rich_text.paragraphs(value) if field.is_rich else _trimmed(value, field), field)


def _url(value: object, field: SalesforceField) -> str | None:
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise UnfitError("is not a web address")
    return _fitting(rich_text.link(value) if field.is_rich else value, field)


def _option(value: object, field: SalesforceField) -> str | None:
    label = _text(value.get("label") if isinstance(value, Mapping) else value, field)
    if label and field.restricted and label not in field.values:
        raise UnfitError("is not one of the values of the restricted picklist")
    return label


def _options(value: object, field: SalesforceField) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        raise UnfitError("is not a list of options")
    labels = _as_set(_option(each, field) or "" for each in value)
    if labels and any(";" in label for label in labels):
        raise UnfitError("has an option with a semicolon, which in Salesforce separates values")
    _fitting(";".join(labels or ()), field)
    return labels


def _date(value: object, _: SalesforceField) -> str:
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        raise UnfitError("is not a date") from None
    if day.year not in _YEARS:
        raise UnfitError("is a date before 1700 or after 4000, which Salesforce does not know")
    return day.isoformat()


def _boolean(value: object, _: SalesforceField) -> bool:
    if not isinstance(value, bool):
        raise UnfitError("is neither true nor false")
    return value


def _trimmed(text: str, field: SalesforceField) -> str | None:
    """Return text without spaces around it; its lines are separated by LF, or by spaces in a field of one line."""
    between = "\n" if field.type == "textarea" else " "
    return _LINE_END.sub(between, text).strip() or None


def _fitting(text: str | None, field: SalesforceField) -> str | None:
    if text and len(text) > field.length:
        raise UnfitError(f"is longer than {field.length} characters")
    return text or None


def _as_set(values: Iterable[str]) -> tuple[str, ...] | None:
    return tuple(sorted({value.strip() for value in values} - {""})) or None


_CANONICAL: Mapping[Kind, Callable[[object, SalesforceField], Value]] = {
    "amount": _number,
    "count": _number,
    "number": _number,
    "text": _text,
    "url": _url,
    "portal_url": _url,
    "TEXT": _text,
    "SELECT": _option,
    "MULTI_SELECT": _options,
    "DATE": _date,
    "BOOLEAN": _boolean,
    "NUMBER": _number,
}
