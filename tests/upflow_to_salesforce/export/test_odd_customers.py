"""Customers of Upflow's list that are odd: their Accounts keep what they have, and all others are written."""

from decimal import Decimal
from itertools import product

import pytest

from tests.clients.upflow.odd_lists import VALUES, OddLists, outcome
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.upflow_to_salesforce.export_plan import ExportPlanner

PARTS = [VALUES[start::4] for start in range(4)]


@pytest.fixture
def shop(scene):
    """Have three customers who owe something, each with custom fields and an Account."""
    scene.define_custom_fields()
    scene.accounts = [scene.customer(f"cus_{number}", owes=1200 + number, Segment="A") for number in range(3)]
    return scene


@pytest.fixture
def lists(shop, monkeypatch):
    """Make the first customer odd in what the export reads."""
    odd = OddLists(shop.client(), lambda each: each.get("externalId") == "cus_0")
    monkeypatch.setattr(type(shop), "client", lambda *_, **__: odd)
    return odd


def planner(shop):
    """Return what compares both sides."""
    http = shop.http()
    return ExportPlanner(
        upflow=shop.client(),
        client=SalesforceClient(http),
        jobs=SalesforceJobs(http),
        ledger=shop.ledger,
        settings=shop.settings,
        decimals={},
    )


@pytest.mark.parametrize("values", PARTS, ids=["a", "b", "c", "d"])
def test_an_odd_customer_keeps_no_other_out(shop, lists, values):
    """Any field of it may be anything: the Accounts of the others are to be written, as they would be without it."""
    for field, value in product(lists.fields(), values):
        lists.field, lists.value = field, value
        found = outcome(lambda: {each.account_id: each.values for each in planner(shop).plan(full=False).changes})
        assert shop.accounts[1] in found, (field, value)
        for number in (1, 2):
            wanted = found[shop.accounts[number]]
            amount = Decimal(1200 + number) / 100
            assert (wanted["Outstanding__c"], wanted["Segment__c"]) == (amount, "A"), (field, value)


@pytest.mark.parametrize("value", [None, ["x"], True, "x" * 100_000], ids=lambda each: str(each)[:10])
def test_a_customer_without_a_usable_id_is_counted(shop, lists, value):
    """The report says how many cannot be read."""
    lists.field, lists.value = "id", value
    report = shop.export()

    assert (report.read, report.updated, report.unreadable) == (2, 2, 1)
    assert "and 1 that cannot be read" in str(report)
    assert shop.held(shop.accounts[0], "Outstanding__c") == (None,)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("currency", 7, "currency is missing"),
        ("customFields", [None], "customFields is not a list of fields with ids"),
        ("customFields", {}, "customFields is not a list of fields with ids"),
        ("balance", True, "balance is not a whole number of minor units"),
        ("balance", 10**30, "balance is not a whole number of minor units"),
    ],
)
def test_an_account_keeps_what_it_has_if_its_customer_is_odd(shop, lists, field, value, why):
    """It is rejected by name, and written once the answer is as it was."""
    shop.export()
    lists.field, lists.value = field, value
    shop.salesforce.edit_account(shop.accounts[0], Outstanding__c=5)
    report = shop.export()
    kept = shop.held(shop.accounts[0], "Outstanding__c")
    lists.field = None
    shop.export()

    assert kept == (5,)
    assert report.rejected == 1
    assert why in str(report.examples["rejected"])
    assert shop.held(shop.accounts[0], "Outstanding__c") == (Decimal(12),)


def test_a_link_is_made_beside_an_odd_customer(shop, lists):
    """The renewal reads the same list."""
    shop.configure(fields={"portal_url": "Portal__c"}, custom_fields={})
    lists.field, lists.value = "id", ["x"]
    report = shop.renew_links(dry_run=True)

    assert (report.minted, report.unreadable) == (2, 1)
