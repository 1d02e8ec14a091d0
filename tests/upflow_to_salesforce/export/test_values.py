"""Values arrive as they are, on both ways to write, and a second run has nothing left to do."""

from decimal import Decimal

import pytest

from upflow_provider.testing.salesforce.org.fields import (
    currency_field,
    long_text_field,
    multipicklist_field,
    number_field,
    rich_text_field,
    text_field,
)

TEXTS = {
    "quotes": 'She said "no" and \'maybe\', twice: ""',
    "commas and semicolons": "a,b;c,,",
    "lines": "first\nsecond\n\nfourth",
    "a formula": "=cmd|' /C calc'!A1",
    "other formulas": "+1-2@x",
    "unicode line separators": "one\u2028two\u2029three\x85four\x0bfive",
    "null's name": "null",
    "a number": "00123.40",
    "a boolean": "FALSE",
    "letters of all kinds": "Zoë 株式会社 🧾 e\u0301",
    "template marks": "{{ 7*7 }} ${x} %s",
    "backslashes": "a\\nb\\",
    "html": "<b>1 & 2</b>",
    "only a quote": '"',
}


@pytest.fixture(params=[2_000, 1], ids=["collections", "bulk"])
def scene(scene, request):
    """Write the Accounts of the scene one way, then the other."""
    scene.define_custom_fields()
    scene.configure(bulk_from=request.param, fields={}, custom_fields={})
    return scene


def give(scene, customer, **values):
    """Give a customer values of custom fields."""
    scene.person(customer, custom=values)


def assert_settled(scene):
    """Check that another run finds nothing to write."""
    scene.forget()
    report = scene.export()

    assert scene.salesforce.updates == []
    assert (report.updated, report.rejected, report.writes) == (0, 0, 0)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_arrives_as_it_is(scene, text):
    """Nothing in it is taken for a separator, the end of a line, a formula or another type."""
    scene.salesforce.add_field(long_text_field("Long__c"))
    scene.configure(custom_fields={"Segment": "Long__c"})
    account = scene.customer("cus_1", Segment=text)
    neighbour = scene.customer("cus_2", Segment="plain")
    report = scene.export()

    assert scene.held(account, "Long__c") == (text,)
    assert scene.held(neighbour, "Long__c") == ("plain",)
    assert (report.updated, report.rejected) == (2, 0)
    assert_settled(scene)


@pytest.mark.parametrize("text", ["first\r\nsecond\rthird\n", "first\rsecond\r\rthird", "\rx"])
def test_all_ends_of_lines_become_the_same(scene, text):
    """A lone carriage return is one, too; a field of a single line has a space there."""
    scene.salesforce.add_field(long_text_field("Long__c"))
    scene.configure(custom_fields={"Segment": "Long__c"})
    account = scene.customer("cus_1", Segment=text)
    scene.export()
    assert_settled(scene)
    scene.configure(custom_fields={"Segment": "Segment__c"})
    scene.export()

    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert scene.held(account, "Long__c", "Segment__c") == (lines, lines.replace("\n", " "))
    assert_settled(scene)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_in_rich_text_reads_as_it_is(scene, text):
    """It is escaped once, and Salesforce's own HTML of it is no difference."""
    scene.salesforce.add_field(rich_text_field("Rich__c"))
    scene.configure(custom_fields={"Segment": "Rich__c"})
    account = scene.customer("cus_1", Segment=text)
    scene.export()

    html = scene.held(account, "Rich__c")[0]
    assert "<b>" not in html
    assert "&amp;amp;" not in html
    assert_settled(scene)


def test_empty_fields_are_cleared(scene):
    """In every type; a checkbox, which is never empty, is unchecked."""
    scene.configure(
        custom_fields={
            "Segment": "Segment__c",
            "Tier": "Tier__c",
            "Regions": "Regions__c",
            "Since": "Since__c",
            "VIP": "Vip__c",
            "Score": "Score__c",
        }
    )
    names = ("Segment__c", "Tier__c", "Regions__c", "Since__c", "Vip__c", "Score__c")
    full = {
        "Segment": "x",
        "Tier": {"label": "Gold"},
        "Regions": [{"label": "West"}],
        "Since": "2024-02-29",
        "VIP": True,
        "Score": 7,
    }
    account = scene.customer("cus_1", **full)
    scene.export()
    assert scene.held(account, *names) == ("x", "Gold", "West", "2024-02-29", True, 7)

    give(scene, "cus_1", **dict.fromkeys(full))
    scene.forget()
    scene.export()

    assert scene.held(account, *names) == (None, None, None, None, False, None)
    assert scene.salesforce.updates == [(account, dict.fromkeys(names) | {"Vip__c": False})]
    assert_settled(scene)


def test_how_a_field_is_cleared(scene):
    """By null in JSON; by ``#N/A`` in a file, where an empty cell says nothing."""
    scene.configure(custom_fields={"Segment": "Segment__c", "VIP": "Vip__c"})
    account = scene.customer("cus_1", Segment="x", VIP=True)
    scene.export()
    give(scene, "cus_1", Segment=None, VIP=None)
    scene.forget()
    scene.export()

    if scene.settings.bulk_from == 1:
        assert scene.uploads() == [[{"Id": account, "Segment__c": "#N/A", "Vip__c": "false"}]]
    else:
        record = {"attributes": {"type": "Account"}, "id": account, "Segment__c": None, "Vip__c": False}
        assert scene.sent() == [[record]]


@pytest.mark.parametrize("empty", ["", "   ", "\r\n", None])
def test_empty_text_is_no_text(scene, empty):
    """Salesforce keeps none; an empty field is no difference to it, and a filled one is cleared."""
    scene.configure(custom_fields={"Segment": "Segment__c"})
    account, other = scene.customer("cus_1", Segment=empty), scene.customer("cus_2", Segment=empty)
    scene.salesforce.edit_account(other, Segment__c="x")
    scene.export()

    assert scene.salesforce.updates == [(other, {"Segment__c": None})]
    assert scene.held(account, "Segment__c") == (None,)


@pytest.mark.parametrize(
    ("held", "options"),
    [
        ("North;West", ["West", "North"]),
        ("West;North", ["North", "West"]),
        ("West;North", [" North", "West", "West"]),
        ("West", ["West"]),
        (None, []),
    ],
)
def test_a_multi_picklist_is_a_set(scene, held, options):
    """Neither order nor repetition is a difference."""
    scene.configure(custom_fields={"Regions": "Regions__c"})
    account = scene.customer("cus_1", Regions=[{"label": each} for each in options])
    scene.salesforce.account(account)["Regions__c"] = held
    report = scene.export()

    assert scene.salesforce.updates == []
    assert (report.unchanged, report.rejected) == (1, 0)


@pytest.mark.parametrize(
    ("number", "scale", "expected"),
    [
        (1.25, 1, "1.3"),
        (-1.25, 1, "-1.3"),
        (0.5, 0, "1"),
        (1.005, 2, "1.01"),
        (2.675, 2, "2.68"),
        (0.04, 1, "0"),
        (-0.04, 1, "0"),
        (123_456_789, 2, "123456789"),
        (0.1, 15, "0.1"),
        (1e-7, 2, "0"),
        (1e15, 0, "1000000000000000"),
        (7, 0, "7"),
    ],
)
def test_numbers_are_rounded_half_up(scene, number, scale, expected):
    """To the field's decimal places; what is rounded away is no difference in the next run."""
    scene.salesforce.add_field(number_field("Score__c", scale=scale))
    scene.configure(custom_fields={"Score": "Score__c"})
    account = scene.customer("cus_1", Score=number)
    scene.export()

    assert scene.held(account, "Score__c") == (Decimal(expected),)
    assert_settled(scene)


@pytest.mark.parametrize(
    ("currency", "minor", "expected"),
    [("EUR", 12_345, "123.45"), ("JPY", 12_345, "12345"), ("KWD", 12_345, "12.35"), ("KWD", 12_344, "12.34")],
)
def test_amounts_are_in_major_units(scene, currency, minor, expected):
    """The currency tells how many decimals an amount has; the field, how many are kept."""
    scene.configure(fields={"outstanding": "Outstanding__c"})
    account = scene.customer("cus_1", owes=minor, currency=currency)
    scene.export()

    assert scene.held(account, "Outstanding__c") == (Decimal(expected),)
    assert_settled(scene)


def test_a_large_amount_is_exact(scene):
    """To the cent, as long as Salesforce's numbers are."""
    scene.configure(fields={"outstanding": "Outstanding__c"})
    account = scene.customer("cus_1", owes=9_999_999_999_999_99)
    scene.export()

    assert scene.held(account, "Outstanding__c") == (Decimal("9999999999999.99"),)
    assert_settled(scene)


def test_whole_amounts_go_into_a_field_without_decimals(scene):
    """They are rounded half up, which is said in docs/upflow-to-salesforce.md."""
    scene.salesforce.add_field(currency_field("Outstanding__c", scale=0))
    scene.configure(fields={"outstanding": "Outstanding__c"})
    account, cheaper = scene.customer("cus_1", owes=150), scene.customer("cus_2", owes=149)
    scene.export()

    assert scene.held(account, "Outstanding__c") == (Decimal(2),)
    assert scene.held(cheaper, "Outstanding__c") == (Decimal(1),)
    assert_settled(scene)


def test_a_checkbox_is_never_empty(scene):
    """Where Upflow has nothing it is unchecked: nothing to write where it is, one field where it is not."""
    scene.configure(custom_fields={"VIP": "Vip__c"})
    checked, unchecked = scene.customer("cus_1"), scene.customer("cus_2")
    scene.salesforce.edit_account(checked, Vip__c=True)
    scene.export()

    assert scene.salesforce.updates == [(checked, {"Vip__c": False})]
    assert scene.held(unchecked, "Vip__c") == (False,)
    assert_settled(scene)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Fish & chips", "<p>Fish &amp; chips</p>"),
        ("first\nsecond", "<div>first</div><div>second</div>"),
        ("first\nsecond", "first<br/>\nsecond"),
        ('"quoted"', "<span style='x'>&quot;quoted&quot;</span>"),
        ("1 < 2", "1&nbsp;&lt;&nbsp;2"),
    ],
)
def test_rich_text_that_reads_the_same_is_not_written(scene, text, html):
    """However Salesforce's editor puts it."""
    scene.salesforce.add_field(rich_text_field("Rich__c"))
    scene.configure(custom_fields={"Segment": "Rich__c"})
    account = scene.customer("cus_1", Segment=text)
    scene.salesforce.account(account)["Rich__c"] = html
    report = scene.export()

    assert scene.salesforce.updates == []
    assert report.unchanged == 1


@pytest.mark.parametrize(
    ("field", "name", "value", "reason"),
    [
        (text_field("F__c", 10), "Segment", "eleven lett", "is longer than 10 characters"),
        (text_field("F__c", nillable=False), "Segment", None, "is empty, and required in Salesforce"),
        (number_field("F__c", 3), "Score", 1_000, "has more than 3 digits before the point"),
        (number_field("F__c", 18), "Score", 2**53 + 1, "has more digits than a number of Salesforce's keeps"),
        (
            multipicklist_field("F__c", ["A;B"], restricted=False),
            "Regions",
            [{"label": "A"}, {"label": "x" * 4099}],
            "is longer than 4099 characters",
        ),
    ],
    ids=["long text", "required", "number out of range", "inexact number", "long options"],
)
def test_what_does_not_fit_is_refused_and_never_cut_off(scene, field, name, value, reason):
    """The Account's other fields are written; the reason names field and problem, not the value."""
    scene.salesforce.add_field(field)
    scene.configure(fields={"outstanding": "Outstanding__c"}, custom_fields={name: "F__c"})
    account = scene.customer("cus_1", owes=100, **{name: value})
    before = scene.held(account, "F__c")
    report = scene.export()

    [refused] = scene.ledger.accounts.refused("export").values()
    assert (refused.account_id, refused.code, refused.fields) == (account, "UNFIT", ("F__c",))
    assert reason in refused.reason
    assert str(value) not in refused.reason
    assert scene.held(account, "F__c", "Outstanding__c") == (*before, Decimal(1))
    assert (report.rejected, report.updated) == (1, 0)


def test_a_customer_without_a_value_leaves_the_fields_of_others_alone(scene):
    """A field that an answer does not carry is not known, and not written."""
    scene.configure(custom_fields={"Segment": "Segment__c", "VIP": "Vip__c"})
    account, other = scene.customer("cus_1", Segment="x", VIP=True), scene.customer("cus_2", Segment="y")
    scene.export()
    scene.upflow.store.by_external_id("customers", "cus_1")["customFields"] = None
    scene.export()

    assert scene.held(account, "Segment__c", "Vip__c") == ("x", True)
    assert scene.held(other, "Segment__c", "Vip__c") == ("y", False)


def test_the_text_that_clears_a_field_in_a_file(scene):
    """It is written by sObject Collections, and refused for a file, where it would clear the field."""
    scene.configure(custom_fields={"Segment": "Segment__c"})
    account = scene.customer("cus_1", Segment="#N/A")
    scene.salesforce.edit_account(account, Segment__c="old")
    report = scene.export()

    if scene.settings.bulk_from == 1:
        assert scene.held(account, "Segment__c") == ("old",)
        assert "the text that clears a field" in scene.ledger.accounts.refused("export")[account].reason
        assert report.rejected == 1
    else:
        assert scene.held(account, "Segment__c") == ("#N/A",)
        assert report.updated == 1
