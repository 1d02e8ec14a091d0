"""What the fields of the fake Salesforce are, and what it tells of them."""

import json

import pytest

from upflow_provider.testing import FakeSalesforce
from upflow_provider.testing.salesforce.org import fields
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError

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
