"""The export: every Account is what Upflow knows, nothing else is written."""

from dataclasses import replace
from decimal import Decimal

import pytest

from upflow_provider.testing.salesforce.org.fields import text_field

BOTH_WAYS = pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "bulk"])


def balanced(report):
    """Check that every customer that was read is accounted for."""
    assert report.read == report.matched + report.unmatched + report.duplicate + report.keyless
    assert report.matched == report.unchanged + report.updated + report.rejected
    return True


def test_amounts_and_counts_of_a_customer_are_on_its_account(scene):
    """In major units, as Upflow shows them."""
    account = scene.customer("cus_1", owes=12_345)
    scene.invoice("cus_1", 500, due="2026-01-02")
    report = scene.export()

    assert scene.held(account, "Outstanding__c", "Overdue__c", "Due__c") == (
        Decimal("128.45"),
        Decimal("5.00"),
        Decimal("123.45"),
    )
    assert scene.held(account, "Overdue_Count__c", "Due_Count__c") == (1, 1)
    assert (report.read, report.matched, report.updated) == (1, 1, 1)


def test_only_differing_fields_of_differing_accounts_are_sent(scene):
    """One request, one record, the fields that a new invoice changes."""
    accounts = [scene.customer(f"cus_{number}", owes=100) for number in range(3)]
    scene.export()
    scene.forget()
    scene.invoice("cus_1", 250)
    report = scene.export()

    [[record]] = scene.sent()
    assert record == {
        "attributes": {"type": "Account"},
        "id": accounts[1],
        "Outstanding__c": 3.5,
        "Due__c": 3.5,
        "Due_Count__c": 2,
    }
    assert (report.updated, report.unchanged, report.writes) == (1, 2, 1)
    assert report.fields == {"Outstanding__c": 1, "Due__c": 1, "Due_Count__c": 1}


def test_only_differing_fields_of_differing_accounts_are_in_the_file(scene):
    """A job's columns are the fields that differ anywhere; a cell is empty where its Account does not differ."""
    accounts = [scene.customer(f"cus_{number}", owes=100) for number in range(3)]
    scene.export()
    scene.forget()
    scene.configure(bulk_from=1)
    scene.invoice("cus_0", 250)
    scene.salesforce.edit_account(accounts[2], Overdue__c=7)
    report = scene.export()

    assert scene.uploads() == [
        [
            {"Id": accounts[0], "Due_Count__c": "2", "Due__c": "3.50", "Outstanding__c": "3.50", "Overdue__c": ""},
            {"Id": accounts[2], "Due_Count__c": "", "Due__c": "", "Outstanding__c": "", "Overdue__c": "0"},
        ]
    ]
    assert scene.held(accounts[2], "Outstanding__c", "Overdue__c") == (Decimal("1.00"), Decimal(0))
    assert (report.updated, report.unchanged) == (2, 1)
    assert scene.sent() == []


@BOTH_WAYS
def test_a_run_without_changes_writes_nothing(scene, bulk_from):
    """It reads: description, number and Accounts."""
    scene.configure(bulk_from=bulk_from)
    scene.customer("cus_1", owes=100)
    scene.export()
    scene.forget()
    report = scene.export()

    assert [each.method for each in scene.salesforce.requests if "/services/data" in each.path] == ["GET"] * 3
    assert scene.salesforce.updates == []
    assert (report.unchanged, report.updated, report.calls, report.writes) == (1, 0, 3, 0)


@BOTH_WAYS
def test_all_fields_of_all_matched_accounts_are_written_on_demand(scene, bulk_from):
    """Also those that hold the value already; an Account that nobody matches is left alone."""
    scene.configure(bulk_from=bulk_from)
    accounts = {scene.customer(f"cus_{number}", owes=100 * number) for number in range(3)}
    scene.salesforce.add_account(Name="of somebody else", Billing_Id__c="elsewhere")
    scene.export()
    scene.forget()
    report = scene.export(full=True)

    assert {account for account, _ in scene.salesforce.updates} == accounts
    assert all(values.keys() == set(scene.settings.fields.values()) for _, values in scene.salesforce.updates)
    assert (report.updated, report.unchanged) == (3, 0)


def test_what_another_user_writes_is_put_right(scene):
    """Nothing is remembered of what was written: Salesforce says what it holds."""
    account = scene.customer("cus_1", owes=100)
    scene.export()
    scene.salesforce.edit_account(account, Outstanding__c=999, Due__c=None)
    scene.forget()
    scene.export()

    assert scene.salesforce.updates == [(account, {"Outstanding__c": Decimal(1), "Due__c": Decimal(1)})]


def page(scene, account):
    """Return the address in Upflow of the customer of an Account."""
    return f"https://app.upflow.io/customers/{scene.known_as(scene.held(account, 'Billing_Id__c')[0])}"


@pytest.mark.parametrize(("bulk_from", "requests", "jobs"), [(6, 1, 0), (5, 0, 1), (2_000, 1, 0)])
def test_jobs_are_used_from_a_number_of_changed_accounts_on(scene, bulk_from, requests, jobs):
    """Below it sObject Collections; Accounts that do not differ do not count."""
    scene.configure(bulk_from=bulk_from)
    accounts = [scene.customer(f"cus_{number}", owes=100) for number in range(7)]
    for account in accounts[:2]:
        scene.salesforce.edit_account(account, Outstanding__c=1, Due__c=1, Overdue__c=0)
        scene.salesforce.edit_account(account, Overdue_Count__c=0, Due_Count__c=1)
        scene.salesforce.edit_account(account, Upflow_Page__c=page(scene, account))
    report = scene.export()

    assert (report.updated, report.unchanged) == (5, 2)
    assert (len(scene.sent()), len(scene.uploads())) == (requests, jobs)


def many(scene, number):
    """Make many customers, who owe nothing, each with an Account."""
    client, names = scene.client(), [f"cus_{each:04}" for each in range(number)]
    for each in names:
        client.import_("customers", {"externalId": each, "name": each})
    return [scene.salesforce.add_account(Name=each, Billing_Id__c=each) for each in names]


def test_a_request_takes_two_hundred_accounts(scene):
    """The rest goes in further requests, in the order of the Ids; each Account is sent once."""
    scene.configure(fields={"outstanding": "Outstanding__c"})
    accounts = many(scene, 401)
    report = scene.export()

    assert [len(records) for records in scene.sent()] == [200, 200, 1]
    assert [record["id"] for records in scene.sent() for record in records] == sorted(accounts)
    assert (report.updated, report.writes) == (401, 3)


def test_no_account_is_ever_made(scene):
    """An update by Id finds the Account or fails; a customer without an Account stays without one."""
    scene.person("cus_1")
    gone = scene.customer("cus_2", owes=100)
    scene.salesforce.trouble.before_write = lambda: scene.salesforce.delete_account(gone)
    before = len(scene.salesforce.accounts)
    report = scene.export()

    assert scene.salesforce.inserts == []
    assert len(scene.salesforce.accounts) == before
    assert (report.unmatched, report.rejected) == (1, 1)


def test_a_field_that_was_mapped_once_keeps_its_values(scene):
    """Taking a mapping away changes nothing in Salesforce."""
    account = scene.customer("cus_1", owes=100)
    scene.export()
    scene.configure(fields={"outstanding": "Outstanding__c"})
    scene.invoice("cus_1", 100)
    scene.forget()
    scene.export(full=True)

    assert scene.held(account, "Outstanding__c", "Due__c", "Due_Count__c") == (Decimal(2), Decimal(1), 1)
    assert scene.salesforce.updates == [(account, {"Outstanding__c": Decimal(2)})]


@BOTH_WAYS
def test_values_of_a_field_that_was_mapped_once_are_cleared_on_demand(scene, bulk_from):
    """Of matched Accounts only, and once."""
    scene.configure(bulk_from=bulk_from)
    account = scene.customer("cus_1", owes=100)
    scene.salesforce.edit_account(account, Vip__c=True)
    other = scene.salesforce.add_account(Name="of somebody else", Billing_Id__c="elsewhere", Due__c=5)
    scene.export()
    scene.configure(fields={"outstanding": "Outstanding__c"}, clear=("Due__c", "Upflow_Page__c", "Vip__c"))
    report = scene.export()
    scene.forget()
    again = scene.export()

    assert scene.held(account, "Outstanding__c", "Due__c", "Upflow_Page__c", "Vip__c") == (
        Decimal(1),
        None,
        None,
        False,
    )
    assert scene.held(other, "Due__c") == (5,)
    assert (report.updated, again.updated, again.writes) == (1, 0, 0)


def test_every_customer_is_accounted_for(scene):
    """Read are matched, unmatched, duplicate and keyless; matched are unchanged, updated and rejected."""
    scene.salesforce.add_field(text_field("Ref__c"))
    scene.configure(match={"upflow": "accounting_ref", "salesforce": "Ref__c"})
    for customer, ref in zip("abcdef", "123455", strict=True):
        scene.person(customer, accountingRef=ref)
    scene.person("g")
    accounts = [scene.salesforce.add_account(Ref__c=each) for each in ("1", "2", "3", "3", "5")]
    scene.export()
    scene.salesforce.edit_account(accounts[0], Due__c=5)
    scene.salesforce.edit_account(accounts[1], Due__c=5)
    scene.salesforce.trouble.validation_rule(accounts[1])
    changed, unchanged = scene.export(), scene.export()

    assert balanced(changed)
    assert balanced(unchanged)
    counts = replace(changed, examples={}, fields={}, notes=[], calls=0, writes=0).as_dict()
    assert {name: count for name, count in counts.items() if count} == {
        "read": 7,
        "matched": 2,
        "unmatched": 1,
        "duplicate": 3,
        "keyless": 1,
        "updated": 1,
        "rejected": 1,
    }
    assert (unchanged.unchanged, unchanged.updated, unchanged.rejected) == (1, 0, 1)
