"""Amounts never show in another currency than they are in, unless somebody wants it so."""

from decimal import Decimal

import pytest

from upflow_provider.testing.salesforce.org.fields import picklist_field

BOTH_WAYS = pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "bulk"])
NAMES = ("Outstanding__c", "Overdue__c", "Due__c")


@pytest.fixture
def scene(scene):
    """Give every Account a currency of its own, as in an org with several."""
    scene.salesforce.add_field(picklist_field("CurrencyIsoCode", ["EUR", "USD", "GBP"]))
    return scene


def customer(scene, name, *, owes_in, account_in, owes=12_345):
    """Make a customer who owes something in one currency, with an Account in another."""
    account = scene.customer(name, owes=owes, currency=owes_in)
    scene.salesforce.edit_account(account, CurrencyIsoCode=account_in)
    return account


@BOTH_WAYS
def test_amounts_in_another_currency_are_refused(scene, bulk_from):
    """They would be wrong money, but for 0; all else is written. The reason names both currencies and what to do."""
    scene.configure(bulk_from=bulk_from)
    same = customer(scene, "cus_1", owes_in="USD", account_in="USD")
    other = customer(scene, "cus_2", owes_in="USD", account_in="EUR")
    scene.salesforce.edit_account(other, Outstanding__c=7)
    report = scene.export()

    assert scene.held(same, *NAMES) == (Decimal("123.45"), 0, Decimal("123.45"))
    assert scene.held(other, *NAMES) == (7, 0, None)
    assert scene.held(other, "Due_Count__c", "Overdue_Count__c") == (1, 0)
    assert scene.held(other, "Upflow_Page__c")[0].endswith(scene.known_as("cus_2"))
    [refused] = scene.ledger.accounts.refused("export").values()
    assert (refused.account_id, refused.matched.customer_id) == (other, scene.known_as("cus_2"))
    assert (refused.code, refused.fields) == ("CURRENCY_DIFFERS", ("Outstanding__c", "Due__c"))
    assert refused.reason == (
        "the Account is in EUR, the customer's amounts are in USD; change the Account's currency, or set "
        "salesforce.other_currencies"
    )
    assert (report.matched, report.updated, report.rejected) == (2, 1, 1)
    assert other in report.examples["rejected"]


@BOTH_WAYS
def test_nothing_is_nothing_in_every_currency(scene, bulk_from):
    """Who owes nothing is not refused, and a field that is to be cleared is cleared."""
    scene.configure(bulk_from=bulk_from)
    other = customer(scene, "cus_1", owes_in="USD", account_in="EUR", owes=0)
    scene.salesforce.edit_account(other, Outstanding__c=7, Overdue__c=7)
    fields = {"outstanding": "Outstanding__c", "due_count": "Due_Count__c"}
    scene.configure(fields=fields, clear=("Overdue__c",))
    report = scene.export()

    assert scene.held(other, "Outstanding__c", "Overdue__c") == (0, None)
    assert (report.updated, report.rejected) == (1, 0)


@BOTH_WAYS
def test_nobody_changes_the_currency_of_an_account(scene, bulk_from):
    """Nothing that is sent names it."""
    scene.configure(bulk_from=bulk_from)
    other = customer(scene, "cus_1", owes_in="USD", account_in="EUR")
    scene.export()
    scene.configure(other_currencies=True)
    scene.export(full=True)

    assert scene.held(other, "CurrencyIsoCode") == ("EUR",)
    assert not [values for _, values in scene.salesforce.updates if "CurrencyIsoCode" in values]


def test_other_currencies_can_be_allowed(scene):
    """The numbers are then written as they are, and nothing is refused."""
    other = customer(scene, "cus_1", owes_in="USD", account_in="GBP")
    scene.configure(other_currencies=True)
    report = scene.export()

    assert scene.held(other, *NAMES) == (Decimal("123.45"), 0, Decimal("123.45"))
    assert (report.updated, report.rejected) == (1, 0)


def test_a_currency_that_is_put_right(scene):
    """The next run writes the amounts, and the refusal is forgotten."""
    other = customer(scene, "cus_1", owes_in="USD", account_in="EUR")
    scene.export()
    again = scene.export()
    assert (again.unchanged, again.rejected, again.writes) == (0, 1, 0)
    assert scene.ledger.accounts.refused("export")[other].attempts == 2

    scene.salesforce.edit_account(other, CurrencyIsoCode="USD")
    report = scene.export()

    assert scene.held(other, "Outstanding__c") == (Decimal("123.45"),)
    assert (report.updated, report.rejected) == (1, 0)
    assert scene.ledger.accounts.refused("export") == {}


def test_a_mapping_without_amounts_knows_no_currency(scene):
    """Counts and links are written to any Account."""
    other = customer(scene, "cus_1", owes_in="USD", account_in="EUR")
    scene.configure(fields={"due_count": "Due_Count__c"})
    report = scene.export()

    assert scene.held(other, "Due_Count__c") == (1,)
    assert (report.updated, report.rejected) == (1, 0)


def test_all_fields_on_demand_leave_refused_amounts_alone(scene):
    """Also when everything is written: amounts in another currency are not sent at all."""
    other = customer(scene, "cus_1", owes_in="USD", account_in="EUR")
    scene.salesforce.edit_account(other, Outstanding__c=7)
    scene.export(full=True)

    [(account, values)] = scene.salesforce.updates
    assert account == other
    assert not {"Outstanding__c", "Due__c"} & values.keys()
    assert scene.held(other, "Outstanding__c") == (7,)


def test_an_account_that_is_refused_twice_in_a_run_counts_once(scene):
    """For its currency, and by a rule of Salesforce's: one attempt, and Salesforce's words stand."""
    other = customer(scene, "cus_1", owes_in="USD", account_in="EUR")
    scene.salesforce.trouble.validation_rule(other)
    report = scene.export()

    [refused] = scene.ledger.accounts.refused("export").values()
    assert (refused.code, refused.attempts) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", 1)
    assert (report.updated, report.rejected) == (0, 1)


def test_an_organization_with_one_currency_asks_nothing(scene):
    """Without that field no Account has a currency of its own, and amounts are in the org's."""
    scene.salesforce.remove_field("CurrencyIsoCode")
    account = scene.customer("cus_1", owes=12_345, currency="USD")
    report = scene.export()

    assert scene.held(account, "Outstanding__c") == (Decimal("123.45"),)
    assert report.rejected == 0
