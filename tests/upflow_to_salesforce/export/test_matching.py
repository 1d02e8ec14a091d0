"""Which Account is which customer: by a key that both hold; whoever is not the only one is left alone."""

from decimal import Decimal

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.testing.salesforce.org.fields import long_text_field, number_field, text_area_field, text_field

TEXT = text_field("Key__c", 80, externalId=True)


@pytest.fixture
def scene(scene):
    """Export what customers owe, and match by a field of the test's own."""
    scene.configure(fields={"outstanding": "Outstanding__c"}, match={"salesforce": "Key__c"})
    return scene


def owing(scene, external_id, **given):
    """Make a customer who owes 1.00, with any properties and custom fields."""
    scene.person(external_id, **given)
    scene.invoice(external_id, 100)


def account(scene, key):
    """Make an Account with a key."""
    return scene.salesforce.add_account(Name="Acme", Key__c=key)


def by_custom_field(scene, name="CRM id", kind="TEXT", **definition):
    """Give customers a custom field with the key."""
    return scene.client().create_custom_field({"name": name, "entityType": "CUSTOMER", "dataType": kind, **definition})


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
