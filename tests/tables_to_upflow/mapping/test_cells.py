"""Cells of a table: what they may hold, and what a wrong one says."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.tables_to_upflow.mapping.cells import CellError, CellOptions, is_empty, minor_units, parsed, shown
from upflow_provider.tables_to_upflow.mapping.entities import FieldKind

MAJOR = CellOptions("major", ZoneInfo("Europe/Paris"), {"ISK": 2})
MINOR = CellOptions("minor", ZoneInfo("Europe/Paris"), {})


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (FieldKind.ID, " KD-1 ", "KD-1"),
        (FieldKind.ID, 42, "42"),
        (FieldKind.ID, Decimal(42), "42"),
        (FieldKind.ID, Decimal("42.00"), "42"),
        (FieldKind.ID, "00042", "00042"),
        (FieldKind.ID, UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (FieldKind.TEXT, " a\x00b ", "a b"),
        (FieldKind.DAY, "2026-01-31", "2026-01-31"),
        (FieldKind.DAY, date(2026, 1, 31), "2026-01-31"),
        (FieldKind.DAY, datetime(2026, 1, 31, 23, 30, tzinfo=UTC).replace(tzinfo=None), "2026-01-31"),
        (FieldKind.DAY, datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "2026-02-01"),
        (FieldKind.DAY, "2026-01-31T23:30:00Z", "2026-02-01"),
        (FieldKind.DAY, "2026-01-31 23:30:00", "2026-01-31"),
        (FieldKind.CURRENCY, " eur", "EUR"),
        (FieldKind.AMOUNT, "1234.50", Decimal("1234.50")),
        (FieldKind.AMOUNT, 12.1, Decimal("12.1")),
        (FieldKind.AMOUNT, Decimal("1E+2"), Decimal(100)),
        (FieldKind.INSTRUMENT, "wire transfer", "WIRE_TRANSFER"),
        (FieldKind.WORKFLOW, "Gentle ", "Gentle "),
        (FieldKind.LINKS, '{"I-1": 1.10}', {"I-1": Decimal("1.10")}),
        (FieldKind.CONTACTS, "a@example.com", "a@example.com"),
    ],
)
def test_a_cell_has_the_value_of_its_field(kind, cell, value):
    """Whether it comes from a file, a database or JSON."""
    assert parsed(kind, cell, MAJOR) == value


@pytest.mark.parametrize(
    ("kind", "cell", "words"),
    [
        (FieldKind.ID, 12.0, "must be text, not a float"),
        (FieldKind.ID, True, "must be text, not a boolean"),
        (FieldKind.ID, "a\nb", "must be one line"),
        (FieldKind.ID, "a\x00b", "must be one line"),
        (FieldKind.ID, "x" * 300, "must be one line of at most 255 characters"),
        (FieldKind.ID, Decimal("1.5"), "must be text or a whole number"),
        (FieldKind.ID, Decimal("NaN"), "must be text or a whole number"),
        (FieldKind.DAY, "31/01/2026", "a value like '00/00/0000' must be a day as YYYY-MM-DD"),
        (FieldKind.DAY, "2026-02-30", "a value like '0000-00-00' must be a day"),
        (FieldKind.DAY, "next Monday", "this value must be a day"),
        (FieldKind.DAY, 20260131, "a value like '00000000' must be a day"),
        (FieldKind.CURRENCY, "€", "this value must be a code of three letters"),
        (FieldKind.AMOUNT, "1 234,5", "a value like '0 000,0' must be a number with a dot before decimals"),
        (FieldKind.AMOUNT, "1,234.50", "a value like '0,000.00' must be a number"),
        (FieldKind.AMOUNT, float("nan"), "this value must be a number"),
        (FieldKind.AMOUNT, "1e5", "this value must be a number"),
        (FieldKind.AMOUNT, True, "this value must be a number"),
        (FieldKind.INSTRUMENT, "barter", "must be one of WIRE_TRANSFER"),
        (FieldKind.LINKS, '{"I-1": ', "begins like JSON, but is none"),
        (FieldKind.LINKS, '{"I-1": 60, "I-1": 40}', "names something twice in its JSON"),
        (FieldKind.DAY, "9999-12-31T23:59:59-00:30", "is no day that a calendar has"),
        (FieldKind.DAY, datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "is no day that a calendar has"),
    ],
)
def test_a_wrong_cell_says_why(kind, cell, words):
    """The value is shown only if it cannot be personal data."""
    with pytest.raises(CellError) as raised:
        parsed(kind, cell, MAJOR)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("amount", "currency", "options", "expected"),
    [
        ("12.34", "EUR", MAJOR, 1234),
        ("12", "JPY", MAJOR, 12),
        ("1.234", "KWD", MAJOR, 1234),
        ("5.00", "ISK", MAJOR, 500),
        ("12.340", "EUR", MAJOR, 1234),
        ("1234", "EUR", MINOR, 1234),
        ("12.345", "EUR", MAJOR, "12.345 has more decimals than amounts in EUR, which have 2 decimals"),
        ("0.5", "JPY", MAJOR, "0.5 has more decimals than amounts in JPY, which have no decimals"),
        ("12.5", "EUR", MINOR, "12.5 has more decimals than amounts in EUR in minor units"),
        ("90071992547409.92", "EUR", MAJOR, "is larger than any amount"),
    ],
)
def test_amounts_are_whole_minor_units_or_say_why_not(amount, currency, options, expected):
    """Nothing is rounded."""
    if isinstance(expected, int):
        assert minor_units(Decimal(amount), currency, options) == expected
        return
    with pytest.raises(CellError) as raised:
        minor_units(Decimal(amount), currency, options)
    assert expected in str(raised.value)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.lists(st.text(), max_size=3),
    st.dictionaries(st.text(), st.integers(), max_size=3),
    st.binary(max_size=5),
)


@given(kind=st.sampled_from(FieldKind), cell=CELLS)
def test_whatever_a_cell_holds_it_has_a_value_or_says_why_not(kind, cell):
    """It raises nothing else."""
    if is_empty(cell):
        return
    with suppress(CellError):
        parsed(kind, cell, MAJOR)


@given(st.text())
def test_messages_show_harmless_values_only(text):
    """Only the form of digits with signs between them: they may be a telephone number."""
    assert shown(text) == "this value" or not set(shown(text)) & set("123456789")
