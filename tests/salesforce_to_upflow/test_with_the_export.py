"""Import and export side by side for 60 days with faults: nothing goes back and forth."""

import random

import pytest
import requests

from tests.amounts import SEED
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.errors import ConfigurationError, UpflowSyncError
from upflow_provider.testing.salesforce.org.fields import currency_field, number_field, picklist_field
from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter
from upflow_provider.upflow_to_salesforce.export import Export
from upflow_provider.upflow_to_salesforce.export_plan import ExportPlanner
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

DAYS = 60
TIERS = ("Gold", "Silver", "Bronze")
FAULTS = ("status", "reset_before", "reset_after", "truncated")
EXPORT = SalesforceExport(
    match={"salesforce": "Billing_Id__c"}, fields={"outstanding": "Owes__c", "overdue_count": "Overdue__c"}
)


def export(world):
    """Run the export, and return how many Accounts it has written."""
    http = SalesforceHttp(world.log_in, requests.Session(), sleep=world.sleeps.append, dice=lambda: 0.0)
    client, jobs = SalesforceClient(http), SalesforceJobs(http)
    planner = ExportPlanner(
        upflow=world.client(), client=client, jobs=jobs, ledger=world.ledger, settings=EXPORT, decimals={}
    )
    writer = AccountWriter(client, jobs, world.ledger.findings, bulk_from=EXPORT.bulk_from)
    before = len(world.salesforce.updates)
    Export(planner, writer, world.ledger).run(full=False, dry_run=False)
    return len(world.salesforce.updates) - before


@pytest.fixture
def office(world):
    """Give ten customers an Account with two Contacts, an owner and a tier; both flows know them."""
    tier = {"field": "Tier__c", "upflow": "Tier", "type": "SELECT", "allow_new_options": True}
    for field in (currency_field("Owes__c"), number_field("Overdue__c"), picklist_field("Tier__c", TIERS)):
        world.salesforce.add_field(field)
    email = next(iter(world.upflow.store.organization.users.values()))["email"]
    world.configure(contacts={"losses": 2}, account_owner=True, custom_fields=[tier])
    owner = world.user(email)
    for number in range(10):
        account = world.customer(f"cus_{number}", OwnerId=owner, Tier__c="Gold")
        world.contact(account, f"a{number}@example.com")
        world.contact(account, f"b{number}@example.com")
    return world


def test_nothing_goes_back_and_forth(office):
    """Each change arrives once; with both sides at rest, neither flow writes; a loss of sharing is stopped."""
    chance = random.Random(SEED)
    stopped = 0
    for day in range(DAYS):
        contacts = office.org.objects["Contact"].records.alive()
        office.edit(chance.choice(contacts), LastName=f"Name {day}")
        office.salesforce.edit_account(chance.choice(office.salesforce.alive()), Tier__c=chance.choice(TIERS))
        fake = chance.choice((office.upflow, office.salesforce))
        path = "/v1" if fake is office.upflow else "/services/data"
        fake.faults.add(chance.choice(FAULTS), path=path, status=503, times=1, after=chance.randrange(12))
        if day == DAYS // 2:
            office.org.unshared |= set(contacts[::2])
        for run in (office.run, lambda: export(office)):
            try:
                run()
            except ConfigurationError:
                stopped += 1
            except UpflowSyncError:
                continue
        if day == DAYS // 2:
            office.upflow.faults.clear()
            office.salesforce.faults.clear()
            with pytest.raises(ConfigurationError, match="fewer contacts"):
                office.run(full=True)
            office.org.unshared.clear()
        office.clock.go_on(hours=22)
    office.upflow.faults.clear()
    office.salesforce.faults.clear()
    office.clock.go_on(days=2)
    office.run(full=True)
    export(office)

    assert (office.run(full=True).records.updated, office.writes(), export(office)) == (0, [], 0)
    records = office.org.objects["Contact"].records
    for number in range(10):
        shown, account = office.contacts(f"cus_{number}"), office.salesforce.account(office.salesforce.alive()[number])
        own = {each["Email"]: each["LastName"] for each in map(records.__getitem__, records.alive())}
        assert {each: shown[each]["lastName"] for each in shown if each in own} == {
            each: own[each] for each in (f"a{number}@example.com", f"b{number}@example.com")
        }
        assert office.values(f"cus_{number}") == {"Tier": {"label": account["Tier__c"]}}
    assert all({"Owes__c", "Overdue__c"} >= set(values) for _, values in office.salesforce.updates)
