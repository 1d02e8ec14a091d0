"""Fields of an Account are read as the describe of a real organization has them."""

import json

import pytest

from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.testing.salesforce.org import fields as fake
from upflow_provider.upflow_to_salesforce.mapping.fields import ALLOWED_TYPES, KINDS


@pytest.fixture
def recorded(shared_data):
    """Return the fields of a recorded describe by name."""
    path = shared_data / "salesforce" / "account_personaccount_npsp_describe_v59.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    return {each["name"]: SalesforceField.of(each) for each in described["fields"]}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Id", "Record ID"),
        ("AnnualRevenue", "Currency"),
        ("NumberOfEmployees", "Number"),
        ("NumberofLocations__c", "Number"),
        ("Website", "URL"),
        ("BillingStreet", "Text Area"),
        ("Description", "Text Area (Long)"),
        ("npsp__Matching_Gift_Comments__c", "Text Area (Long)"),
        ("npsp__Matching_Gift_Percent__c", "Percent"),
        ("npsp__Funding_Focus__c", "Multi-picklist"),
        ("BillingAddress", "address"),
    ],
)
def test_types_are_named_as_people_know_them(recorded, name, label):
    """A text area is long by its length: 255 characters are not, whatever else the describe says."""
    assert recorded[name].label == label


def test_every_recorded_field_is_read(recorded):
    """All of them, and what is needed of each."""
    amount, count = recorded["npo02__AverageAmount__c"], recorded["NumberOfEmployees"]
    formula = recorded["npo02__Total_Household_Gifts__pc"]

    assert len(recorded) == 250
    assert (amount.precision, amount.scale, amount.updateable, amount.calculated) == (16, 2, True, False)
    assert (count.precision, count.scale) == (8, 0)
    assert (formula.updateable, formula.calculated) == (False, True)
    assert not any(each.is_rich for each in recorded.values())
    assert all(not each.nillable for each in recorded.values() if each.type == "boolean")
    assert (recorded["Description"].is_long, recorded["Description"].filterable) == (True, False)


@pytest.mark.parametrize("marks", [{"extraTypeInfo": "richtextarea"}, {"htmlFormatted": True}])
def test_a_rich_text_area_shows_by_either_mark(marks):
    """It is rich, and not a long one."""
    field = SalesforceField.of(fake.long_text_field("Link__c", **marks))

    assert (field.label, field.is_rich, field.is_long) == ("Text Area (Rich)", True, False)


def test_html_outside_of_a_text_area_is_no_rich_text():
    """A formula that shows a link is text."""
    assert SalesforceField.of(fake.text_field("Link__c", htmlFormatted=True)).label == "Text"


def test_inactive_picklist_values_are_left_out():
    """The others stay in the order of their definition."""
    field = SalesforceField.of(fake.picklist_field("Tier__c", ["Gold", "Bronze"], inactive=["Tin"]))

    assert (field.restricted, field.values) == (True, ("Gold", "Bronze"))


def test_every_kind_has_types_that_may_hold_it():
    """A portal link never goes into a URL field; a details link may."""
    assert set(KINDS.values()) <= ALLOWED_TYPES.keys()
    assert all(ALLOWED_TYPES.values())
    assert ("URL" in ALLOWED_TYPES["url"], "URL" in ALLOWED_TYPES["portal_url"]) == (True, False)
