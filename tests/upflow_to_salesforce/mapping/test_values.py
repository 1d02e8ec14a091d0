"""Canonical values: what becomes of each kind, and what does not fit is not written."""

from decimal import Decimal

import pytest

from tests.upflow_to_salesforce.mapping.described_fields import FIELDS, field
from upflow_provider.testing.salesforce.org import fields as fake
from upflow_provider.upflow_to_salesforce.mapping.fields import KINDS
from upflow_provider.upflow_to_salesforce.mapping.values import (
    CSV_NULL,
    UnfitError,
    as_csv,
    as_json,
    from_salesforce,
    from_upflow,
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2.345", "2.35"),
        ("-2.345", "-2.35"),
        ("2.344999", "2.34"),
        ("-0.001", "0"),
        ("9999999999999.994", "9999999999999.99"),
    ],
)
def test_halves_go_away_from_zero(given, expected):
    """The largest number that fits does, after rounding; there is no minus zero."""
    value = from_upflow("amount", Decimal(given), FIELDS["currency"])

    assert as_csv(FIELDS["currency"], value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "name", "reason"),
    [
        ("amount", Decimal("9999999999999.995"), "currency", "has more than 13 digits before the point"),
        ("amount", Decimal("1e400"), "currency", "has more than 13 digits before the point"),
        ("count", 10**8, "int", "has more than 8 digits before the point"),
        ("NUMBER", float("inf"), "exact", "is not a finite number"),
        ("NUMBER", float("nan"), "exact", "is not a finite number"),
        ("NUMBER", "secret", "exact", "is not a number"),
        ("NUMBER", True, "exact", "is not a number"),
        ("NUMBER", 10**17 + 1, "whole", "has more digits than a number in Salesforce can hold"),
        ("TEXT", "s" * 256, "text", "is longer than 255 characters"),
        ("TEXT", 5, "text", "is not text"),
        ("url", "https://x.test/" + "s" * 241, "url", "is longer than 255 characters"),
        ("url", "javascript:secret", "rich", "is not a web address"),
        ("portal_url", "https://secret secret", "long", "is not a web address"),
        ("portal_url", 5, "long", "is not a web address"),
        ("SELECT", {"label": "secret"}, "picklist", "is not one of the values of the restricted picklist"),
        ("SELECT", {"label": "gold"}, "picklist", "is not one of the values of the restricted picklist"),
        ("SELECT", {}, "open", "is not text"),
        ("MULTI_SELECT", [{"label": "secret"}], "multi", "is not one of the values of the restricted picklist"),
        (
            "MULTI_SELECT",
            ["se;cret"],
            "multi_open",
            "has an option with a semicolon, which in Salesforce separates values",
        ),
        ("MULTI_SELECT", [f"{n:03}secret" * 3 for n in range(200)], "multi_open", "is longer than 4099 characters"),
        ("MULTI_SELECT", "secret", "multi_open", "is not a list of options"),
        ("DATE", "secret", "date", "is not a date"),
        ("DATE", "2026-02-30", "date", "is not a date"),
        ("DATE", "1699-12-31", "date", "is a date before 1700 or after 4000, which Salesforce does not know"),
        ("DATE", "4001-01-01", "date", "is a date before 1700 or after 4000, which Salesforce does not know"),
        ("BOOLEAN", "secret", "checkbox", "is neither true nor false"),
    ],
)
def test_what_does_not_fit_is_refused_without_its_value(kind, value, name, reason):
    """The reason follows the name of the field, and tells nothing of what a customer holds."""
    with pytest.raises(UnfitError) as refused:
        from_upflow(kind, value, FIELDS[name])

    assert (str(refused.value), refused.value.reason) == (reason, reason)
    assert "secret" not in reason


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        ("TEXT", "x" * 255, "text"),
        ("url", f"https://x.test/{'x' * 240}", "url"),
        ("DATE", "1700-01-01", "date"),
        ("DATE", "4000-12-31", "date"),
    ],
)
def test_what_just_fits_is_kept_whole(kind, value, name):
    """Nothing is cut off."""
    assert from_upflow(kind, value, FIELDS[name]) == value


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
@pytest.mark.parametrize(
    ("kind", "name"),
    [("amount", "currency"), ("TEXT", "text"), ("TEXT", "rich"), ("url", "url"), ("SELECT", "open"), ("DATE", "date")],
)
def test_empty_is_null(kind, name, value):
    """Nothing, no text and spaces only clear a field; a file says so in its own way."""
    where = FIELDS[name]

    assert from_upflow(kind, value, where) is None
    assert (as_json(where, None), as_csv(where, None)) == (None, "#N/A")


@pytest.mark.parametrize("value", [[], [""], [{"label": " "}]])
def test_no_option_is_null(value):
    """An empty list clears a multi-picklist."""
    assert from_upflow("MULTI_SELECT", value, FIELDS["multi"]) is None


def test_a_checkbox_is_never_null():
    """Salesforce refuses the whole request for it."""
    box = FIELDS["checkbox"]

    assert from_upflow("BOOLEAN", None, box) is False
    assert (as_json(box, None), as_csv(box, None), as_csv(box, True)) == (False, "false", "true")  # noqa: FBT003 - a value
    assert [from_salesforce(box, raw) for raw in (True, "true", False, "false", None, "")] == [True, True] + [False] * 4


def test_a_required_field_is_not_cleared():
    """Salesforce would refuse the record."""
    required = field(fake.text_field("Code__c", nillable=False))

    assert from_upflow("TEXT", "x", required) == "x"
    with pytest.raises(UnfitError, match="is empty, and required in Salesforce"):
        from_upflow("TEXT", " ", required)


def test_text_that_means_null_in_a_file_is_refused_there_only():
    """JSON has a null of its own."""
    assert as_json(FIELDS["text"], CSV_NULL) == CSV_NULL
    for name, value in (("text", CSV_NULL), ("multi_open", (CSV_NULL,))):
        with pytest.raises(UnfitError, match="is the text that clears a field"):
            as_csv(FIELDS[name], value)


@pytest.mark.parametrize(
    ("value", "expected"), [("285", 285), ("285.00", 285), ("0.1", 0.1), ("1E+3", 1000), ("-1234567890123.45", None)]
)
def test_json_numbers_are_whole_or_exact(value, expected):
    """Whole ones have no point; others say exactly what they are."""
    number = as_json(FIELDS["currency"], Decimal(value))

    assert Decimal(repr(number)) == Decimal(value)
    assert isinstance(number, float if expected is None else type(expected))


@pytest.mark.parametrize("write", [as_json, as_csv])
@pytest.mark.parametrize("value", ["0.1234567890123456789", "123456789012345678", "99999999999999.99"])
def test_a_number_that_doubles_do_not_keep_is_refused(write, value):
    """It would come back as another one, and be a difference for ever."""
    with pytest.raises(UnfitError, match="has more digits than a number in Salesforce can hold"):
        write(FIELDS["currency"], Decimal(value))


def test_files_hold_no_exponents():
    """Whatever form a number came in."""
    assert as_csv(FIELDS["whole"], Decimal("1E+3")) == "1000"
    assert as_csv(FIELDS["exact"], Decimal("1E-6")) == "0.000001"


def test_numbers_that_salesforce_answers_are_equal_by_value():
    """It writes 285 as 285.0, large ones with an exponent, and as text in a file."""
    assert (
        from_salesforce(FIELDS["whole"], 285)
        == from_salesforce(FIELDS["whole"], Decimal("285.0"))
        == from_salesforce(FIELDS["whole"], "285.0")
    )
    assert from_salesforce(FIELDS["currency"], "1.23456785E7") == Decimal("12345678.50")


def test_multi_picklists_are_sets():
    """Salesforce answers values in the order of their definition."""
    multi = FIELDS["multi"]

    assert from_salesforce(multi, "Gold;Tin") == from_upflow("MULTI_SELECT", ["Tin", {"label": "Gold"}, "Tin"], multi)
    assert from_salesforce(multi, None) is None


def test_lines_are_compared_whatever_ends_them():
    """In a field of one line there are none."""
    for raw in ("a\r\nb", "a\rb", "a\nb"):
        assert from_upflow("TEXT", raw, FIELDS["long"]) == from_salesforce(FIELDS["long"], raw) == "a\nb"
        assert from_upflow("TEXT", raw, FIELDS["text"]) == from_salesforce(FIELDS["text"], raw) == "a b"


def test_rich_text_holds_a_link_and_escaped_text():
    """A link in rich text can be clicked; text shows what it says."""
    url = "https://app.upflow.io/customers/1?a=1&b=2"
    rich = FIELDS["rich"]

    assert from_upflow("portal_url", url, rich) == from_salesforce(rich, f'<a href="{url}" target="_blank">{url}</a>')
    assert from_upflow("url", url, rich).count("a=1&amp;b=2") == 2
    assert from_upflow("TEXT", "<b>\n&", rich) == "&lt;b&gt;<br>&amp;"
    assert from_salesforce(rich, "<p> </p>") is None


def test_dates_may_come_with_a_time():
    """The day as it is written counts."""
    assert from_upflow("DATE", "2026-01-31T00:00:00.000Z", FIELDS["date"]) == "2026-01-31"


def test_every_kind_of_built_in_field_is_known():
    """Each takes an empty value."""
    assert [from_upflow(kind, None, FIELDS["long"]) for kind in KINDS.values()] == [None] * len(KINDS)
