"""Accounts and customers that match no other, or several: whoever is not the only one is left alone."""

from decimal import Decimal

import pytest

from tests.upflow_to_salesforce.export.matching.keys import TEXT, account, owing
from upflow_provider.testing.salesforce.org.fields import number_field


def test_a_customer_without_an_account(scene):
    """It is counted, and nothing else happens: no Account is made for it."""
    scene.salesforce.add_field(TEXT)
    owing(scene, "cus_1")
    account(scene, "another")
    report = scene.export()

    assert (report.read, report.matched, report.unmatched, report.writes) == (1, 0, 1, 0)
    assert scene.salesforce.inserts == []
    report.check(0)


@pytest.mark.parametrize("field", [TEXT, number_field("Key__c")])
def test_a_key_that_several_accounts_hold(scene, field):
    """Nobody can tell which of them is meant: neither is written, and the customer is named."""
    scene.salesforce.add_field(field)
    scene.configure(match={"upflow": "accounting_ref", "salesforce": "Key__c"})
    owing(scene, "cus_1", accountingRef="7")
    owing(scene, "cus_2", accountingRef="8")
    keys = ("7", "7", "8") if field is TEXT else (7, 7, 8)
    *twins, sole = [account(scene, key) for key in keys]
    report = scene.export()

    assert scene.salesforce.updates == [(sole, {"Outstanding__c": Decimal(1)})]
    assert [scene.held(twin, "Outstanding__c") for twin in twins] == [(None,)] * 2
    assert (report.matched, report.duplicate) == (1, 1)
    told = f"several Accounts have its key: {', '.join(twins)}"
    assert report.examples["duplicate"] == {scene.known_as("cus_1"): told}


def test_an_account_that_several_customers_claim(scene):
    """The last one does not win: nothing is written, and both are named."""
    scene.salesforce.add_field(TEXT)
    scene.configure(match={"upflow": "accounting_ref", "salesforce": "Key__c"})
    for customer in ("cus_1", "cus_2"):
        owing(scene, customer, accountingRef="7")
    claimed = account(scene, "7")
    report = scene.export()

    assert scene.salesforce.updates == []
    assert (report.read, report.matched, report.duplicate) == (2, 0, 2)
    reason = f"shares Account {claimed} with other customers"
    assert report.examples["duplicate"] == {scene.known_as(each): reason for each in ("cus_1", "cus_2")}


def test_a_conflict_that_is_solved_is_exported(scene):
    """The next run matches what the admin has put right."""
    scene.salesforce.add_field(TEXT)
    owing(scene, "cus_1")
    first, second = account(scene, "cus_1"), account(scene, "cus_1")
    scene.export()
    scene.salesforce.merge_accounts(first, second)
    report = scene.export()

    assert scene.salesforce.updates == [(first, {"Outstanding__c": Decimal(1)})]
    assert (report.matched, report.duplicate) == (1, 0)


def test_many_accounts_are_read_page_by_page(scene):
    """Also those of later pages are matched, and their duplicates found."""
    scene.salesforce.add_field(TEXT)
    scene.salesforce.page_size = 200
    for customer in ("a", "b", "c"):
        owing(scene, customer)
    first, twin = account(scene, "a"), account(scene, "b")
    for number in range(450):
        account(scene, f"other {number}")
    account(scene, "b")
    last = account(scene, "c")
    report = scene.export()

    assert {updated for updated, _ in scene.salesforce.updates} == {first, last}
    assert scene.held(twin, "Outstanding__c") == (None,)
    assert (report.matched, report.duplicate) == (2, 1)
    assert len(scene.salesforce.requests.matching("GET", "/query")) == 4


def test_very_many_accounts_are_read_by_a_job(scene):
    """From 20,000 on; numbers, texts and empty fields come out of its file as they are, so that nothing is written."""
    scene.salesforce.add_field(number_field("Key__c"))
    scene.define_custom_fields()
    scene.configure(
        match={"upflow": "accounting_ref", "salesforce": "Key__c"},
        fields={"outstanding": "Outstanding__c", "details_url": "Upflow_Page__c"},
    )
    owing(scene, "cus_1", accountingRef="7", custom={"Segment": 'a, "b"', "Score": -1.5, "VIP": True})
    wanted = account(scene, 7)
    scene.export()
    for number in range(20_000):
        scene.salesforce.accounts.add({"Key__c": Decimal(number + 100)})
    scene.forget()
    unchanged = scene.export()
    scene.salesforce.edit_account(wanted, Score__c=7)
    changed = scene.export()

    assert len(scene.salesforce.requests.matching("POST", "/jobs/query$")) == 2
    assert (unchanged.matched, unchanged.unchanged, unchanged.writes) == (1, 1, 0)
    assert scene.salesforce.updates == [(wanted, {"Score__c": Decimal("-1.5")})]
    assert changed.updated == 1


def test_accounts_that_no_customer_has_the_key_of_any_more(scene):
    """What they hold of a former customer stays, and grows old: the report counts them and names one."""
    scene.salesforce.add_field(TEXT)
    owing(scene, "cus_1")
    former, empty = account(scene, "former"), account(scene, "never")
    scene.salesforce.edit_account(former, Outstanding__c=5)
    account(scene, "cus_1")
    report = scene.export()

    assert scene.held(former, "Outstanding__c") == (5,)
    [note] = [each for each in report.notes if "no customer has their key" in each]
    assert note.startswith("1 Accounts hold values in mapped fields")
    assert f"such as {former}: they are left as they are" in note
    assert empty not in str(report.notes)
