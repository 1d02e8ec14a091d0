"""Values of custom fields: what fits is sent exactly as it is in the source, and anything else names the rule."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from upflow_provider.records.custom_field_values import Unfit, labels_in, parsed

KINDS = ("TEXT", "NUMBER", "DATE", "BOOLEAN", "SELECT", "MULTI_SELECT")


@pytest.mark.parametrize(
    ("kind", "source", "value"),
    [
        ("TEXT", " two words\u2028", "two words"),
        ("TEXT", "a\x00b\ud83d", "a b"),
        ("TEXT", True, "true"),
        ("TEXT", "x" * 2_000, "x" * 2_000),
        ("NUMBER", "1.50", 1.5),
        ("NUMBER", "-007", -7),
        ("NUMBER", "5.0", 5),
        ("NUMBER", "-0.00", 0),
        ("NUMBER", 12, 12),
        ("NUMBER", Decimal("1E+2"), 100),
        ("DATE", "2028-02-29", "2028-02-29"),
        ("DATE", date(2026, 1, 31), "2026-01-31"),
        ("BOOLEAN", "True", True),
        ("BOOLEAN", False, False),
        ("SELECT", "One", {"label": "One"}),
        ("MULTI_SELECT", "b, a,, b", [{"label": "a"}, {"label": "b"}]),
        ("MULTI_SELECT", "b, c; a", [{"label": "a"}, {"label": "b, c"}]),
        ("MULTI_SELECT", ["b", "a, c"], [{"label": "a, c"}, {"label": "b"}]),
    ],
)
def test_what_fits_is_sent_as_it_is(kind, source, value):
    """Texts without control characters, numbers as JSON numbers, days, booleans, and labels in one order."""
    assert (parsed(kind, source), type(parsed(kind, source))) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "source", "rule"),
    [
        ("TEXT", "x" * 2_001, "must have 2,000 characters at most"),
        ("NUMBER", "1,5", "must be a number with a dot before decimals, such as 1.5"),
        ("NUMBER", "1e3", "must be a number with a dot before decimals, such as 1.5"),
        ("NUMBER", "٣", "must be a number with a dot before decimals, such as 1.5"),
        ("NUMBER", "NaN", "must be a number with a dot before decimals, such as 1.5"),
        ("NUMBER", "1234567890123456", "must have 15 digits at most"),
        ("NUMBER", "0." + "0" * 20 + "1", "must have 15 digits at most"),
        ("NUMBER", "1.0000000000000000000000000000000001", "must have 15 digits at most"),
        ("DATE", "01/02/2026", "must be a day as YYYY-MM-DD"),
        ("DATE", "2026-02-30", "must be a day as YYYY-MM-DD"),
        ("DATE", "20260201", "must be a day as YYYY-MM-DD"),
        ("BOOLEAN", "yes", "must be true or false"),
        ("SELECT", "x" * 2_001, "must have 2,000 characters at most"),
        ("SELECT", ["One"], "must be a single value"),
    ],
)
def test_what_does_not_fit_names_the_rule(kind, source, rule):
    """A wrong value is never sent, however close it is; the rule does not contain the value."""
    assert parsed(kind, source) == Unfit(rule)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", [None, "", " \t", [], {"a": 1}])
def test_no_value_is_null(kind, source):
    """So that it clears the field, whatever the field holds."""
    assert parsed(kind, source) is None


@given(
    st.sampled_from(KINDS),
    st.text() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False),
)
@example("NUMBER", Decimal("0.1"))
def test_a_parsed_value_is_json_and_parses_to_itself(kind, source):
    """Whatever the source holds; a number has exactly the digits of its source when it arrives."""
    value = parsed(kind, source)
    if isinstance(value, Unfit):
        assert str(source) not in value.rule or len(str(source)) < 3
        return
    again = labels_in(value) if kind == "MULTI_SELECT" else (labels_in(value) or [value])[0]

    assert parsed(kind, again) == value
    assert json.loads(json.dumps(value)) == value
    if kind == "NUMBER" and value is not None:
        sent = Decimal(str(source).strip()) if not isinstance(source, bool) else None
        assert Decimal(json.dumps(value)) == sent
