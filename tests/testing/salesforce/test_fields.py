"""What the fields of the fake Salesforce are, take, keep and tell."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.testing.salesforce.plain import FIELDS, org  # noqa: F401 - a fixture
from upflow_provider.testing import FakeSalesforce
from upflow_provider.testing.salesforce.org import fields
from upflow_provider.testing.salesforce.org.ids import checked, long_id, numbered
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError
from upflow_provider.testing.salesforce.org.values import from_csv, from_json, stored, to_csv, to_json

# ruff: noqa: F811 - the fixture is a parameter of the tests
BY_NAME = {each["name"]: each for each in FIELDS}
ALIKE = {  # a field that a real org described, and the one here that must be like it
    "Id": "Id",
    "IsDeleted": "IsDeleted",
    "MasterRecordId": "MasterRecordId",
    "CreatedDate": "CreatedDate",
    "NumberOfEmployees": "NumberOfEmployees",
    "Description": "Description",
    "AnnualRevenue": "AnnualRevenue",
    "SLAExpirationDate__c": "Since__c",
    "npe01__SYSTEMIsIndividual__c": "Vip__c",
    "npo02__Formal_Greeting__c": "Note__c",
    "CustomerPriority__c": "Any__c",
    "npo02__SYSTEM_CUSTOM_NAMING__c": "Any_Tags__c",
}
OWN = {"label", "name", "custom", "inlineHelpText", "picklistValues", "defaultValueFormula", "relationshipName"}
"""Attributes that every field has its own of."""


@pytest.fixture
def recorded(shared_data):
    """Return what a real org described."""
    path = shared_data / "salesforce" / "account_personaccount_npsp_describe_v59.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_describe_is_like_a_recorded_one(org, recorded):
    """It has all attributes, and every field all of its own."""
    described = org.get("/sobjects/Account/describe")

    assert described.keys() == recorded.keys()
    assert {frozenset(each) for each in described["fields"]} == {frozenset(recorded["fields"][0])}
    assert described["urls"].keys() <= recorded["urls"].keys()
    assert all(described[name] == recorded[name] for name in ("name", "keyPrefix", "updateable", "queryable", "label"))


@pytest.mark.parametrize(("real", "ours"), ALIKE.items())
def test_fields_are_like_recorded_ones(org, recorded, real, ours):
    """Those of the same type have the same attributes."""
    [theirs] = [each for each in recorded["fields"] if each["name"] == real]
    [made] = [each for each in org.get("/sobjects/Account/describe")["fields"] if each["name"] == ours]
    own = OWN | ({"precision"} if made["type"] == "multipicklist" else set())

    assert {name: made[name] for name in made if name not in own} == {
        name: theirs[name] for name in theirs if name not in own
    }


def test_hidden_fields_are_not_described(org):
    """Nor is an object editable whose user may not edit it."""
    org.fake.hidden.add("Key__c")
    org.fake.updateable = False
    described = org.get("/sobjects/Account/describe")

    assert "Key__c" not in [each["name"] for each in described["fields"]]
    assert described["updateable"] is False


def test_an_attribute_that_fields_do_not_have():
    """It is an error, not a field that nobody notices is plain."""
    with pytest.raises(ValueError, match="external_id"):
        fields.text_field("Key__c", external_id=True)


def test_lengths():
    """They are the types' own unless a test says otherwise."""
    made = [fields.url_field("Link__c"), fields.url_field("Link__c", length=100), fields.text_field("Key__c", 20)]

    assert [each["length"] for each in made] == [255, 100, 20]


def test_multi_currency():
    """Only there Accounts have a currency of their own: the org's unless another is given."""
    fake = FakeSalesforce(org_currency="SEK", multi_currency=True)
    plain, other = fake.add_account(), fake.add_account(CurrencyIsoCode="USD")

    assert [fake.account(each)["CurrencyIsoCode"] for each in (plain, other)] == ["SEK", "USD"]
    assert "CurrencyIsoCode" not in FakeSalesforce().fields
    with pytest.raises(RowRefusalError, match="INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"):
        fake.add_account(CurrencyIsoCode="XXX")


def test_a_currency_that_is_not_offered_any_more():
    """New Accounts have none then."""
    fake = FakeSalesforce(multi_currency=True)
    fake.add_field(fields.picklist_field("CurrencyIsoCode", ["USD"]))

    assert fake.account(fake.add_account())["CurrencyIsoCode"] is None


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("0012300000bVTq1", "0012300000bVTq1AAG"),
        ("001IV00000hHdc7", "001IV00000hHdc7YAC"),
        ("001000000000000", "001000000000000AAA"),
    ],
)
def test_ids(short, long):
    """The three last characters are those that real orgs compute."""
    assert long_id(short) == long_id(long) == checked(short) == long


@pytest.mark.parametrize(
    "wrong",
    ["", "1", "0030000000000001", "003000000000000AAA", "001IV00000hhdc7YAC", "001IV00000hHdc ", "001000é00000000"],
)
def test_what_is_no_id(wrong):
    """Another length, another object, another letter's case, other characters."""
    with pytest.raises(ValueError, match="Id of an Account"):
        long_id(wrong)


@given(st.lists(st.integers(0, 62**10 - 1), unique=True))
def test_ids_are_one_each(numbers):
    """Different numbers have different Ids, and all are well-formed."""
    made = [numbered("001", each) for each in numbers]

    assert len(set(made)) == len(numbers)
    assert [long_id(each[:15]) for each in made] == made


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
