"""
The cells of a table: each is parsed by the kind of its field. Pure.

A cell is a text, as every cell of a CSV file, or what a database or JSON gives: whole number, decimal, day, instant,
boolean, list, mapping, or ``None``. White space around a text does not count, and an empty text is no value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID

from upflow_provider.records.money import AMOUNT_MAX, CURRENCY, iso_decimals
from upflow_provider.records.payloads import Instrument
from upflow_provider.records.text import ID_LENGTH_MAX, cleaned, is_id
from upflow_provider.tables_to_upflow.mapping.entities import FieldKind

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

AmountUnit = Literal["major", "minor"]
"""Whether amounts count whole units of a currency, such as euros, or its minor units, such as cents."""
NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,12})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTRUMENTS = get_args(Instrument)
HARMLESS = re.compile(r"[0-9.,:/+\- ]{1,20}")
"""Values whose form messages may show: digits with signs between them."""
LONG = 40
"""Digits of a decimal number from which on it is taken for an error rather than an amount."""


class CellError(ValueError):
    """A cell does not hold what its field needs; the message says why, and shows harmless values only."""


@dataclass(frozen=True, slots=True)
class CellOptions:
    """
    How the cells of one table are to be understood.

    Attributes:
        amounts: Whether amounts are in major or in minor units.
        time_zone: Zone of the organization, which decides on which day an instant falls.
        currency_decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.
    """

    amounts: AmountUnit
    time_zone: ZoneInfo
    currency_decimals: Mapping[str, int]

    def decimals(self, currency: str) -> int:
        """Return how many decimals Upflow's amounts in a currency have."""
        return self.currency_decimals.get(currency, iso_decimals(currency))


def is_empty(cell: object) -> bool:
    """Return whether a cell holds no value."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def parsed(kind: FieldKind, cell: object, options: CellOptions) -> Any:  # noqa: ANN401 - the kind decides
    """
    Return the value of a cell that is not empty.

    Amounts are still decimals, because only their currency tells the minor unit; see `minor_units`.

    Raises:
        CellError: The cell does not hold such a value.
    """
    return _PARSERS[kind](cell, options)


def minor_units(amount: Decimal, currency: str, options: CellOptions) -> int:
    """
    Return an amount in Upflow's minor units of its currency.

    Raises:
        CellError: It has more decimals than the currency, or is too large.
    """
    shift = options.decimals(currency) if options.amounts == "major" else 0
    scaled = amount.scaleb(shift)
    if scaled != scaled.to_integral_value():
        allowed = f"{shift} decimals" if shift else "no decimals"
        unit = currency if options.amounts == "major" else f"{currency} in minor units"
        raise CellError(f"{amount} has more decimals than amounts in {unit}, which have {allowed}")
    if abs(scaled) > AMOUNT_MAX:
        raise CellError(f"{amount} is larger than any amount")
    return int(scaled)


def shown(cell: object) -> str:
    """Return the form of a cell, such as ``'00/00/0000'``: its digits may be a telephone number or a birthday."""
    text = str(cell) if isinstance(cell, int | Decimal | date) else cleaned(cell)
    return f"a value like {re.sub('[0-9]', '0', text)!r}" if HARMLESS.fullmatch(text) else "this value"


def text_in(cell: object) -> str:
    """
    Return a cell as text, without white space around it.

    Raises:
        CellError: It has no form as text, or a float's, which may differ from what the source shows.
    """
    if isinstance(cell, str | UUID):
        return cleaned(str(cell))
    if isinstance(cell, bool) or not isinstance(cell, int | Decimal):
        raise CellError(f"must be text, not {_type_of(cell)}")
    if isinstance(cell, Decimal) and (not cell.is_finite() or cell != cell.to_integral_value()):
        raise CellError("must be text or a whole number")
    return format(cell, "f" if isinstance(cell, Decimal) else "d").partition(".")[0]


def json_in(cell: object) -> object:
    """
    Return the list or mapping in a cell, which may be its JSON; a text that is no JSON as it is.

    Raises:
        CellError: It looks like JSON, and is none.
    """
    text = cell.strip() if isinstance(cell, str) else ""
    if not text.startswith(("[", "{")):
        return cell
    try:
        return json.loads(text, parse_float=Decimal, object_pairs_hook=_distinct)
    except CellError:
        raise
    except (ValueError, RecursionError):
        raise CellError("begins like JSON, but is none") from None


def _distinct(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, unless a name stands in it twice: nobody knows which value counts."""
    found = dict(members)
    if len(found) < len(members):
        raise CellError("names something twice in its JSON")
    return found


def _id(cell: object, _: CellOptions) -> str:
    text = cell.strip() if isinstance(cell, str) else text_in(cell)
    if not is_id(text):  # with characters replaced, it would be another one
        raise CellError(f"must be one line of at most {ID_LENGTH_MAX} characters")
    return text


def _text(cell: object, _: CellOptions) -> str:
    return text_in(cell)


def _day(cell: object, options: CellOptions) -> str:
    if isinstance(cell, datetime):
        return _day_of(cell, options)
    if isinstance(cell, date):
        return cell.isoformat()
    text = cell.strip() if isinstance(cell, str) else ""
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        if DAY.match(text):
            return _day_of(datetime.fromisoformat(text), options)
    except CellError:
        raise
    except ValueError:
        pass
    raise CellError(f"{shown(cell)} must be a day as YYYY-MM-DD")


def _day_of(instant: datetime, options: CellOptions) -> str:
    """Return the day of an instant in the organization's time zone; one without a zone is taken as it stands."""
    try:
        local = instant.astimezone(options.time_zone) if instant.tzinfo else instant
    except OverflowError:
        raise CellError("is no day that a calendar has; leave the cell empty if there is none") from None
    return local.date().isoformat()


def _currency(cell: object, _: CellOptions) -> str:
    text = cleaned(cell)
    if not CURRENCY.fullmatch(text):
        raise CellError(f"{shown(cell)} must be a code of three letters, such as EUR")
    return text.upper()


def _amount(cell: object, _: CellOptions) -> Decimal:
    text = cleaned(cell) if isinstance(cell, str) else _digits(cell)
    if not NUMBER.fullmatch(text):
        raise CellError(f"{shown(cell)} must be a number with a dot before decimals, such as 1234.50")
    return Decimal(text)


def _digits(cell: object) -> str:
    """Return a number of a database or of JSON in digits; a float in the shortest ones, as its source wrote it."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return ""
    number = Decimal(str(cell))
    return format(number, "f") if number.is_finite() and abs(number.adjusted()) < LONG else ""


def _instrument(cell: object, _: CellOptions) -> str:
    text = re.sub(r"[ -]", "_", cleaned(cell).upper())
    if text not in INSTRUMENTS:
        raise CellError(f"must be one of {', '.join(INSTRUMENTS)}")
    return text


def _structure(cell: object, _: CellOptions) -> object:
    return json_in(cell)


def _type_of(cell: object) -> str:
    return {"float": "a float", "bool": "a boolean", "list": "a list", "dict": "a mapping"}.get(
        type(cell).__name__, f"of type {type(cell).__name__}"
    )


_PARSERS: Mapping[FieldKind, Callable[[object, CellOptions], Any]] = {
    FieldKind.ID: _id,
    FieldKind.TEXT: _text,
    FieldKind.DAY: _day,
    FieldKind.CURRENCY: _currency,
    FieldKind.AMOUNT: _amount,
    FieldKind.INSTRUMENT: _instrument,
    FieldKind.MANAGER: _text,
    FieldKind.WORKFLOW: lambda cell, _: cell if isinstance(cell, str) else text_in(cell),
    FieldKind.CONTACTS: _structure,
    FieldKind.LINKS: _structure,
    FieldKind.CUSTOM_FIELDS: lambda cell, _: cell,
}
