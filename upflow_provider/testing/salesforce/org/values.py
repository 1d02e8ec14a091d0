"""What the fields of the fake Salesforce take, keep and tell."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.ids import long_id, record_id
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError

Value = str | bool | Decimal | None
"""The value of a field."""

NUMBERS = frozenset({"currency", "double", "percent", "int"})
"""Types whose values are numbers."""
LINKS = frozenset({"id", "reference"})
"""Types whose values are Ids of records."""
_TRUE, _FALSE = frozenset({"yes", "y", "true", "on", "1"}), frozenset({"no", "n", "false", "off", "0"})
# https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/datafiles_date_format.htm
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_AMPERSAND = re.compile(r"&(?!#?\w+;)")
"""An ampersand that begins no character reference."""
_TAG = re.compile(r"(</?[a-zA-Z][^<>]*>)")
_ESCAPES = str.maketrans({"<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_PLAIN_FROM, _PLAIN_TO = 1e-3, 1e7
"""Java writes doubles below or from here on with an exponent."""


def from_json(field: Field, value: object) -> Value:
    """
    Return what a JSON value means to a field.

    Numbers may come as strings, as Salesforce accepts them; nothing else is taken for another type.

    Raises:
        SalesforceRefusalError: It is of the wrong type, which refuses the whole request.
    """
    kind = field["type"]
    if value is None and kind != "boolean":
        return None
    if kind == "boolean":
        if isinstance(value, bool):
            return value
    elif kind in NUMBERS:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            return Decimal(value.strip())
    elif isinstance(value, str) and (kind != "date" or not value.strip() or _is_day(value.strip())):
        return value
    wanted = field["soapType"].partition(":")[2]
    raise SalesforceRefusalError(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {wanted} from {_token(value)} value {value} "
        "or request may be missing a required field at [line:1, column:1]",
    )


def from_csv(field: Field, cell: str) -> Value:
    """
    Return what a cell of a CSV file means to a field; it is not empty.

    Raises:
        RowRefusalError: It means nothing to a field of this type.
    """
    kind, text = field["type"], cell.strip()
    if cell == "#N/A":
        return None
    if kind == "boolean" and text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    if kind in NUMBERS and _NUMBER.fullmatch(text):
        return Decimal(text)
    if kind == "boolean" or kind in NUMBERS or (kind == "date" and not _is_day(text)):
        message = f"{field['name']}: value not of required type: {text}"
        raise RowRefusalError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, field["name"])
    return cell


def stored(field: Field, value: Value) -> Value:
    """
    Return what a field keeps of a value.

    Strings are trimmed, and empty ones are null. Numbers keep digits beyond the scale of the field, which counts
    for the screen only (https://help.salesforce.com/s/articleView?id=000385689).

    Raises:
        RowRefusalError: The field cannot hold it.
    """
    if isinstance(value, str):
        value = value.strip() or None
    if isinstance(value, str) and field["type"] == "multipicklist":
        value = _several(field, value) or None
    if value is None:
        if not field["nillable"]:
            name = field["name"]
            raise RowRefusalError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{name}]", name)
        return None
    if isinstance(value, Decimal):
        return _number(field, value)
    return _text(field, value) if isinstance(value, str) else value


def to_json(field: Field, value: Value) -> Any:  # noqa: ANN401 - JSON
    """Return a stored value as JSON answers hold it."""
    if isinstance(value, Decimal):
        return int(value) if field["type"] == "int" else float(value)
    return value


def to_csv(field: Field, value: Value) -> str:
    """Return a stored value as CSV results hold it: null is empty."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return str(int(value)) if field["type"] == "int" else _double(float(value))
    return value or ""


def converted(field: Field, value: Value) -> Value:
    """Return what is left of a value once its field is defined as *field*."""
    if field["type"] in NUMBERS and isinstance(value, str):
        return Decimal(value.strip()) if _NUMBER.fullmatch(value.strip()) else None
    if field["type"] not in NUMBERS and isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return _as_html(value) if field["htmlFormatted"] and isinstance(value, str) else value


def options(field: Field) -> list[str]:
    """Return the values that a picklist offers."""
    return [each["value"] for each in field["picklistValues"] if each["active"]]


def _number(field: Field, value: Decimal) -> Decimal:
    whole_digits = field["digits"] or field["precision"] - field["scale"]
    if abs(value) >= Decimal(10) ** whole_digits:
        name = field["name"]
        message = f"{name}: value outside of valid range on numeric field: {value}"
        raise RowRefusalError("NUMBER_OUTSIDE_VALID_RANGE", message, name)
    return value


def _text(field: Field, value: str) -> str:
    kind, name = field["type"], field["name"]
    if kind in LINKS:
        try:
            return long_id(value) if field["referenceTo"] in ([], ["Account"]) else record_id(value)
        except ValueError:
            label = field["label"]
            raise RowRefusalError("MALFORMED_ID", f"{label}: id value of incorrect type: {value}", name) from None
    if kind == "picklist":
        _check_options(field, [value])
    elif field["htmlFormatted"]:
        value = _as_html(value)
    if field["length"] and len(value) > field["length"]:
        message = f"{name}: data value too large: {value} (max length={field['length']})"
        raise RowRefusalError("STRING_TOO_LONG", message, name)
    return value


def _several(field: Field, value: str) -> str:
    """Return the chosen options, those of the definition first and in its order."""
    chosen = list(dict.fromkeys(each.strip() for each in value.split(";") if each.strip()))
    _check_options(field, chosen)
    defined = options(field)
    return ";".join(sorted(chosen, key=lambda each: defined.index(each) if each in defined else len(defined)))


def _check_options(field: Field, chosen: list[str]) -> None:
    offered = options(field)
    for each in chosen:
        if field["restrictedPicklist"] and each not in offered:
            message = f"{field['label']}: bad value for restricted picklist field: {each}"
            raise RowRefusalError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, field["name"])


def _as_html(value: str) -> str:
    """Keep tags, and escape what else has a meaning in HTML: quotes in text only, ampersands in addresses too."""
    parts = _TAG.split(value)
    parts[::2] = [each.translate(_ESCAPES) for each in parts[::2]]
    return _AMPERSAND.sub("&amp;", "".join(parts))


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _double(value: float) -> str:
    """Write a number as Java does, which is what CSV results hold."""
    if value == 0 or _PLAIN_FROM <= abs(value) < _PLAIN_TO:
        return repr(value)
    sign, digits, _ = Decimal(repr(value)).normalize().as_tuple()
    first, rest = str(digits[0]), "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{first}.{rest}E{Decimal(repr(value)).adjusted()}"


def _token(value: object) -> str:
    """Return the name that Salesforce's JSON parser has for a kind of value."""
    if isinstance(value, bool) or value is None:
        return f"VALUE_{'NULL' if value is None else str(value).upper()}"
    kinds = {int: "VALUE_NUMBER_INT", Decimal: "VALUE_NUMBER_FLOAT", str: "VALUE_STRING", list: "START_ARRAY"}
    return kinds.get(type(value), "START_OBJECT")
