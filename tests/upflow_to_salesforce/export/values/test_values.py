"""Numbers, picklists and checkboxes arrive as they are, on both ways to write, and a second run has nothing to do."""

from decimal import Decimal

import pytest

from tests.upflow_to_salesforce.export.values.custom_values import assert_settled
from upflow_provider.testing.salesforce.org.fields import currency_field, multipicklist_field, number_field, text_field


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
    ("field", "name", "value", "reason"),
    [
        (text_field("F__c", 10), "Segment", "eleven lett", "is longer than 10 characters"),
        (text_field("F__c", nillable=False), "Segment", None, "is empty, and required in Salesforce"),
        (number_field("F__c", 3), "Score", 1_000, "has more than 3 digits before the point"),
        (number_field("F__c", 18), "Score", 2**53 + 1, "has more digits than a number in Salesforce can hold"),
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
