"""What Upflow has no value of: a field that is cleared, or left alone where nothing is known."""

import pytest

from tests.upflow_to_salesforce.export.values.custom_values import assert_settled, give


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
