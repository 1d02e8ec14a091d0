"""A dry run tells what a run would do, and does nothing."""

import logging
from dataclasses import replace
from decimal import Decimal

import pytest

from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.updates import Update
from upflow_provider.errors import ReadOnlyError
from upflow_provider.testing.salesforce.org.fields import rich_text_field

BOTH_WAYS = pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "bulk"])


@pytest.fixture
def accounts(scene):
    """Have customers of every kind: to be written, unchanged, not fitting, without an Account; return Accounts."""
    scene.define_custom_fields()
    scene.configure(fields={"outstanding": "Outstanding__c"})
    unchanged = scene.customer("cus_0", owes=100)
    scene.export()
    changed = [scene.customer(f"cus_{number}", owes=number * 100, Segment="Confidential") for number in (1, 2, 3, 4)]
    unfit = scene.customer("cus_5", owes=100, Segment="x" * 256)
    scene.person("cus_6")
    scene.forget()
    return [unchanged, *changed, unfit]


def everything(scene):
    """Return what the Accounts hold and what the ledger has of them."""
    accounts = {each: dict(scene.salesforce.account(each)) for each in scene.salesforce.accounts}
    return accounts, scene.ledger.accounts.refused("export")


@BOTH_WAYS
def test_nothing_is_written(scene, accounts, bulk_from):
    """Neither to Salesforce nor to the ledger; a refusal that stands is not counted again."""
    scene.configure(bulk_from=bulk_from)
    scene.export()
    scene.salesforce.edit_account(accounts[1], Outstanding__c=5)
    scene.forget()
    before = everything(scene)
    for full in (False, True):
        report = scene.export(dry_run=True, full=full)
        assert (report.dry_run, report.writes) == (True, 0)

    assert everything(scene) == before
    assert scene.salesforce.updates == []
    assert {each.method for each in scene.salesforce.requests if "/services/data" in each.path} == {"GET"}


@BOTH_WAYS
@pytest.mark.parametrize("full", [False, True])
def test_it_tells_what_a_run_then_does(scene, accounts, bulk_from, full):
    """The same counts, fields and refusals."""
    scene.configure(bulk_from=bulk_from)
    told, done = scene.export(dry_run=True, full=full), scene.export(full=full)

    assert told == replace(done, dry_run=True, calls=told.calls, writes=0)
    assert (told.read, told.matched, told.unmatched) == (7, 6, 1)
    assert (told.updated, told.rejected, told.unchanged) == ((5, 1, 0) if full else (4, 1, 1))


def test_it_shows_how_many_accounts_differ_in_which_field(scene, accounts, caplog):
    """And of three of them what they hold and would hold, but of text only the length."""
    scene.salesforce.edit_account(accounts[1], Outstanding__c=7, Segment__c="Secret of old", Regions__c="North;West")
    scene.salesforce.add_field(rich_text_field("Rich__c"))
    with caplog.at_level(logging.INFO):
        report = scene.export(dry_run=True)

    assert report.fields == {"Outstanding__c": 5, "Regions__c": 1, "Segment__c": 4}
    assert (
        f"Outstanding__c: 5 Accounts differ, such as {accounts[1]}: 7.0 -> 1.00; {accounts[2]}: empty -> 2.00; "
        f"{accounts[3]}: empty -> 3.00" in caplog.text
    )
    assert f"{accounts[4]}: empty" not in caplog.text
    assert f"Regions__c: 1 Accounts differ, such as {accounts[1]}: 2 values -> empty" in caplog.text
    assert f"{accounts[1]}: text of 13 characters -> text of 12 characters" in caplog.text
    assert "Confidential" not in caplog.text + str(report.as_dict())
    assert "Secret of old" not in caplog.text + str(report.as_dict())


def test_its_report_says_that_nothing_was_written(scene, accounts):
    """In words and numbers."""
    report = scene.export(dry_run=True)

    assert str(report).startswith(
        "nothing written; 7 customers read: 6 matched, 1 unmatched, 1 unchanged, 4 would be updated, 1 rejected;"
    )
    assert report.as_dict()["dry_run"] is True


def test_a_mapping_that_does_not_work_is_told(scene, accounts):
    """As in a run that writes."""
    scene.salesforce.hidden.add("Outstanding__c")

    with pytest.raises(Exception, match="Salesforce field Outstanding__c does not exist on Account"):
        scene.export(dry_run=True)


def test_its_client_refuses_to_write(scene, accounts):
    """Whatever asks for it; the request is not even sent."""
    client = SalesforceClient(scene.http(read_only=True))

    with pytest.raises(ReadOnlyError, match="PATCH /composite/sobjects: nothing is written in a dry run"):
        list(client.update([Update(accounts[0], {"Outstanding__c": 1})]))
    assert len(scene.salesforce.requests) == 0
    assert scene.held(accounts[0], "Outstanding__c") == (Decimal(1),)
