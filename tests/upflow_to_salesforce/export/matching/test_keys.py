"""Which Account is which customer: by a key that both hold."""

from decimal import Decimal

import pytest

from tests.upflow_to_salesforce.export.matching.keys import TEXT, account, by_custom_field, owing
from upflow_provider.errors import ConfigurationError
from upflow_provider.testing.salesforce.org.fields import long_text_field, number_field, text_area_field


@pytest.mark.parametrize("length", [15, 18])
def test_by_the_id_of_the_account_in_a_custom_field(scene, length):
    """In either of its forms, 15 or 18 characters."""
    by_custom_field(scene)
    accounts = [scene.salesforce.add_account() for _ in range(30)]
    scene.configure(match={"upflow": "custom_field:CRM id", "salesforce": "Id"})
    owing(scene, "cus_1", custom={"CRM id": f" {accounts[20][:length]} "})
    report = scene.export()

    assert scene.salesforce.updates == [(accounts[20], {"Outstanding__c": Decimal(1)})]
    assert (report.matched, report.unmatched) == (1, 0)


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda text: text + "AAA", lambda text: "003" + text[3:]])
def test_an_id_that_is_another_or_none_matches_nothing(scene, change):
    """An Id whose letters changed their case, as spreadsheets do, is not taken for the Account's."""
    by_custom_field(scene)
    number = scene.salesforce.add_account()
    scene.configure(match={"upflow": "custom_field:CRM id", "salesforce": "Id"})
    owing(scene, "cus_1", custom={"CRM id": change(number[:15])})
    report = scene.export()

    assert scene.salesforce.updates == []
    assert (report.matched, report.unmatched) == (0, 1)


@pytest.mark.parametrize("field", [TEXT, text_area_field("Key__c"), long_text_field("Key__c")])
@pytest.mark.parametrize("key", ["285", "cus_1", "Zoë & Söhne", "it's \\ one"])
def test_by_the_billing_id_in_a_text_field(scene, field, key):
    """In any type of text, also one that no query can filter by."""
    scene.salesforce.add_field(field)
    owing(scene, key)
    wanted, others = account(scene, key), [account(scene, each) for each in (None, "other", f"{key}0")]
    report = scene.export()

    assert scene.held(wanted, "Outstanding__c") == (Decimal(1),)
    assert [scene.held(other, "Outstanding__c") for other in others] == [(None,)] * 3
    assert (report.matched, report.updated) == (1, 1)


@pytest.mark.parametrize("field", [number_field("Key__c"), number_field("Key__c", scale=2)])
@pytest.mark.parametrize("key", ["285", "0285", " 285 ", "285.0", "285.00"])
def test_by_the_billing_id_in_a_number_field(scene, field, key):
    """Numbers are compared by value: 285 and ``"285"`` are the same key."""
    scene.salesforce.add_field(field)
    owing(scene, "cus_1", accountingRef=key)
    scene.configure(match={"upflow": "accounting_ref", "salesforce": "Key__c"})
    wanted, other = account(scene, 285), account(scene, 2850)
    scene.export()

    assert scene.held(wanted, "Outstanding__c") == (Decimal(1),)
    assert scene.held(other, "Outstanding__c") == (None,)


def test_text_keys_differ_by_their_zeros(scene):
    """In a text field ``0285`` is another key than ``285``."""
    scene.salesforce.add_field(TEXT)
    owing(scene, "285")
    other, wanted = account(scene, "0285"), account(scene, "285")
    scene.export()

    assert scene.held(wanted, "Outstanding__c") == (Decimal(1),)
    assert scene.held(other, "Outstanding__c") == (None,)


def test_by_the_accounting_reference(scene):
    """A customer without one has no key, and an empty key matches no empty field."""
    scene.salesforce.add_field(TEXT)
    scene.configure(match={"upflow": "accounting_ref", "salesforce": "Key__c"})
    owing(scene, "cus_1", accountingRef="AR-7")
    owing(scene, "cus_2")
    owing(scene, "cus_3", accountingRef="")
    wanted, empty = account(scene, "AR-7"), account(scene, None)
    report = scene.export()

    assert scene.salesforce.updates == [(wanted, {"Outstanding__c": Decimal(1)})]
    assert scene.held(empty, "Outstanding__c") == (None,)
    assert (report.read, report.matched, report.keyless) == (3, 1, 2)


def test_by_upflows_own_id(scene):
    """As the address of the customer's page in Upflow has it."""
    scene.salesforce.add_field(TEXT)
    scene.configure(match={"upflow": "id", "salesforce": "Key__c"})
    owing(scene, "cus_1")
    wanted = account(scene, scene.known_as("cus_1"))
    scene.export()

    assert scene.held(wanted, "Outstanding__c") == (Decimal(1),)


@pytest.mark.parametrize("called_by", ["name", "externalId", "id"])
@pytest.mark.parametrize(
    ("kind", "value", "key"), [("TEXT", "A 7", "A 7"), ("NUMBER", 285, "285"), ("SELECT", {"label": "A 7"}, "A 7")]
)
def test_a_custom_field_is_called_by_name_external_id_or_id(scene, called_by, kind, value, key):
    """Its type does not matter: text, number, or the label of an option."""
    scene.salesforce.add_field(TEXT)
    definition = by_custom_field(scene, kind=kind, externalId="crm-id")
    scene.configure(match={"upflow": f"custom_field:{definition[called_by]}", "salesforce": "Key__c"})
    owing(scene, "cus_1", custom={"CRM id": value})
    wanted = account(scene, key)
    scene.export()

    assert scene.held(wanted, "Outstanding__c") == (Decimal(1),)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ((), "no custom field of customers has this name"),
        (("CRM id", "CRM id"), "several custom fields have this name"),
    ],
)
def test_a_custom_field_that_is_not_one(scene, names, problem):
    """None, or several of that name: said before anything is written."""
    scene.salesforce.add_field(TEXT)
    for name in names:
        by_custom_field(scene, name)
    scene.configure(match={"upflow": "custom_field:CRM id", "salesforce": "Key__c"})

    with pytest.raises(ConfigurationError, match=f"'CRM id': {problem}"):
        scene.export()
    assert scene.salesforce.updates == []
