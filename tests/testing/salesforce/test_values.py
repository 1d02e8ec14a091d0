"""What fields of the fake Salesforce take, keep and give back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.testing.salesforce.plain import BY_NAME
from upflow_provider.testing import FakeSalesforce
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError
from upflow_provider.testing.salesforce.org.values import from_csv, from_json, stored, to_csv, to_json


@pytest.mark.parametrize(
    ("name", "sent", "kept"),
    [
        ("Key__c", "  a b \n", "a b"),
        ("Key__c", " ", None),
        ("Key__c", "", None),
        ("Outstanding__c", 12, Decimal(12)),
        ("Outstanding__c", Decimal("12.345"), Decimal("12.345")),
        ("Outstanding__c", " 10.5 ", Decimal("10.5")),
        ("Outstanding__c", Decimal("-9999999999999999.99"), Decimal("-9999999999999999.99")),
        ("Outstanding__c", None, None),
        ("Details__c", "<p>a & b</p> x < 3 > &amp; &#39;", "<p>a &amp; b</p> x &lt; 3 &gt; &amp; &#39;"),
        ("Details__c", '<a href="/?a=1&b=2">x</a>', '<a href="/?a=1&amp;b=2">x</a>'),
        ("Portal__c", "https://x/?a=1&b=<2>", "https://x/?a=1&b=<2>"),
        ("Segment__c", "Large", "Large"),
        ("Any__c", "Huge", "Huge"),
        ("Tags__c", "c; a;c;;", "a;c"),
        ("Any_Tags__c", "z;b;y;a", "a;b;z;y"),
        ("Tags__c", ";; ;", None),
        ("Details__c", '"it\'s"', "&quot;it&#39;s&quot;"),
        ("Since__c", "2026-02-28", "2026-02-28"),
        ("Since__c", "", None),
        ("Vip__c", True, True),
        ("Parent__c", "001IV00000hHdc7", "001IV00000hHdc7YAC"),
    ],
)
def test_what_is_kept(name, sent, kept):
    """Trimmed, null when empty, in the definition's order, HTML escaped; digits beyond the scale stay."""
    assert stored(BY_NAME[name], from_json(BY_NAME[name], sent)) == kept


@pytest.mark.parametrize(
    ("name", "sent", "token"),
    [
        ("Vip__c", "true", "boolean from VALUE_STRING value true"),
        ("Vip__c", None, "boolean from VALUE_NULL"),
        ("Vip__c", 1, "boolean from VALUE_NUMBER_INT"),
        ("Outstanding__c", "1,5", "double from VALUE_STRING"),
        ("Outstanding__c", True, "double from VALUE_TRUE"),
        ("Outstanding__c", {}, "double from START_OBJECT"),
        ("Key__c", 5, "string from VALUE_NUMBER_INT"),
        ("Key__c", Decimal("5.5"), "string from VALUE_NUMBER_FLOAT"),
        ("Key__c", False, "string from VALUE_FALSE"),
        ("Tags__c", ["a"], "string from START_ARRAY"),
        ("Since__c", "2026-02-30", "date from VALUE_STRING"),
        ("Since__c", "28.02.2026", "date from VALUE_STRING"),
    ],
)
def test_wrong_types(name, sent, token):
    """They refuse the whole request."""
    with pytest.raises(SalesforceRefusalError, match=f"JSON_PARSER_ERROR: Cannot deserialize instance of {token}"):
        from_json(BY_NAME[name], sent)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Key__c", "x" * 21, "STRING_TOO_LONG"),
        ("Portal__c", "x" * 1_001, "STRING_TOO_LONG"),
        ("Link__c", "https://" + "x" * 248, "STRING_TOO_LONG"),
        ("Details__c", "&" * 10_000, "STRING_TOO_LONG"),
        ("Outstanding__c", Decimal("1E+16"), "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Delay__c", Decimal(-10_000), "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Segment__c", "small", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Segment__c", "Old", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Tags__c", "a;d", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Vip__c", None, "REQUIRED_FIELD_MISSING"),
        ("Parent__c", "somebody", "MALFORMED_ID"),
    ],
)
def test_what_no_field_holds(name, value, code):
    """It refuses the record, and the error names the field."""
    with pytest.raises(RowRefusalError) as refused:
        stored(BY_NAME[name], value)

    assert (refused.value.code, refused.value.fields) == (code, (name,))


def test_whole_numbers():
    """They have so many digits, and are told without a decimal point."""
    employees = FakeSalesforce().fields["NumberOfEmployees"]

    assert (to_json(employees, Decimal(7)), to_csv(employees, Decimal(7))) == (7, "7")
    with pytest.raises(RowRefusalError, match="NUMBER_OUTSIDE_VALID_RANGE"):
        stored(employees, Decimal(100_000_000))


@pytest.mark.parametrize(
    ("cell", "value"),
    [("#N/A", None), ("TRUE", True), ("1", True), ("no", False), (" off ", False)],
)
def test_checkboxes_in_files(cell, value):
    """Several words do, in any letters' case."""
    assert from_csv(BY_NAME["Vip__c"], cell) == value


@pytest.mark.parametrize(
    ("name", "cell"),
    [("Vip__c", "maybe"), ("Outstanding__c", "1,234.5"), ("Outstanding__c", "NaN"), ("Since__c", "1.2.2026")],
)
def test_wrong_cells(name, cell):
    """They refuse the record only."""
    with pytest.raises(RowRefusalError, match=f"INVALID_TYPE_ON_FIELD_IN_RECORD: {name}: value not of required type"):
        from_csv(BY_NAME[name], cell)


@pytest.mark.parametrize(
    ("name", "value", "cell"),
    [
        ("Outstanding__c", Decimal("12.50"), "12.5"),
        ("Outstanding__c", Decimal(0), "0.0"),
        ("Outstanding__c", Decimal(9_999_999), "9999999.0"),
        ("Outstanding__c", Decimal(10_000_000), "1.0E7"),
        ("Outstanding__c", Decimal("-123456789.25"), "-1.2345678925E8"),
        ("Delay__c", Decimal("0.0005"), "5.0E-4"),
        ("Vip__c", True, "true"),
        ("Key__c", None, ""),
        ("Key__c", "a", "a"),
    ],
)
def test_cells_of_results(name, value, cell):
    """Numbers are as Java writes them, null is empty."""
    assert to_csv(BY_NAME[name], value) == cell


@given(st.decimals(-(10**15), 10**15, places=2))
def test_numbers_come_back(number):
    """Whatever form a number takes in a file, it is the same number."""
    assert from_csv(BY_NAME["Outstanding__c"], to_csv(BY_NAME["Outstanding__c"], number)) == Decimal(
        repr(float(number))
    )


@pytest.mark.parametrize("name", ["Key__c", "Portal__c", "Details__c", "Tags__c", "Any_Tags__c"])
@given(text=st.text(alphabet=" abc;<>&/p\n'\"=", max_size=20))
def test_what_is_kept_is_kept_again(name, text):
    """Sending back what was read changes nothing."""
    try:
        kept = stored(BY_NAME[name], text)
    except RowRefusalError:
        return

    assert stored(BY_NAME[name], kept) == kept
