"""Runs: what is read, what is tried again, and what happens when a run does not come to its end."""

from datetime import timedelta

import pytest
import requests

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.errors import RetriableError
from upflow_provider.ledger import Ledger, Outcome
from upflow_provider.salesforce_to_upflow.contact_reader import ContactReader


def test_customers_are_compared_with_another_account(world):
    """If the key of the customer moves to it, its whole list counts, and that of the first one no longer does."""
    first = world.customer()
    world.contact(first, "ann@example.com")
    second = world.salesforce.add_account(Name="Other")
    world.contact(second, "bob@example.com")
    world.run()
    world.clock.go_on(days=1)
    world.run()
    world.salesforce.edit_account(first, Billing_Id__c=None)
    world.salesforce.edit_account(second, Billing_Id__c="cus_1")

    assert not world.run().full
    assert set(world.contacts()) == {"cus_1@stripe.example", "bob@example.com"}
    assert (world.run().records.unchanged, world.writes()) == (1, [])


def test_a_new_customer_gets_the_contacts_of_an_old_account(world):
    """Although nothing has changed in Salesforce."""
    world.customer()
    account = world.salesforce.add_account(Name="Early", Billing_Id__c="cus_2")
    world.contact(account, "ann@example.com")
    world.run()
    world.clock.go_on(days=1)
    world.client().import_("customers", {"externalId": "cus_2", "name": "Late"})

    assert not world.run().full
    assert set(world.contacts("cus_2")) == {"ann@example.com"}


def test_a_lost_ledger_costs_no_write(world, ledger_engine):
    """What Upflow has already is only remembered again, and deletions are found after it."""
    ann = world.contact(world.customer(), "ann@example.com")
    world.run()
    world.ledger = Ledger(ledger_engine, "another", now=world.clock.now)

    report = world.run()
    assert (report.full, report.records.unchanged, report.records.writes, world.writes()) == (True, 1, 0, [])
    world.delete(ann)
    assert not world.run().full
    assert set(world.contacts()) == {"cus_1@stripe.example"}


def test_everything_is_compared_once_a_week(world):
    """And after a change of the settings; that corrects what somebody has changed in Upflow."""
    world.contact(world.customer(), "ann@example.com")
    world.run()
    (ref,) = [each["id"] for each in world.shown()["contacts"] if each["email"] == "ann@example.com"]
    world.client().update_contact("external:cus_1", ref, {"email": "ann@example.com", "lastName": "Wrong"})
    assert not world.run().full
    world.clock.go_on(days=7)

    assert world.run().full
    assert world.contacts()["ann@example.com"]["lastName"] == "Lee"
    world.configure(contacts={"where": {"field": "Title", "values": ["x"]}})
    assert world.run().full


def test_after_a_long_pause_everything_is_compared(world):
    """Salesforce lists deleted records for 15 days only."""
    world.configure(contacts={}, full_days=30)
    world.customer()
    world.run()
    world.clock.go_on(days=15)

    assert world.run().full


def test_what_is_stamped_late_is_read_within_the_overlap(world):
    """A long transaction shows its changes after a run has passed their instant."""
    ann = world.contact(world.customer(), "ann@example.com")
    world.run()
    ended_at = world.clock.at
    world.clock.at = ended_at - timedelta(minutes=9)
    world.edit(ann, LastName="Young")
    world.clock.at = ended_at
    world.run()

    assert world.contacts()["ann@example.com"]["lastName"] == "Young"


def test_lists_without_contacts_cost_a_read_where_something_changed(world):
    """If Upflow's lists of customers do not show contacts."""
    world.upflow.behaviour.lists_with_contacts = False
    accounts = [world.customer(f"cus_{number}") for number in range(5)]
    ann = world.contact(accounts[0], "ann@example.com")
    world.run()
    world.clock.go_on(hours=1)
    world.edit(ann, LastName="Young")
    world.run()

    reads = world.upflow.requests.matching("GET", "/contacts")
    assert {each.path for each in reads} == {"/v1/customers/external:cus_0/contacts"}
    assert world.contacts("cus_0")["ann@example.com"]["lastName"] == "Young"


def test_many_contacts_are_read_by_a_job(world):
    """With the same result as pages."""
    world.configure(contacts={"related": True, "opted_out": "skip"})
    first, second = world.customer(), world.customer("cus_2")
    ann = world.contact(first, "ann@example.com", HasOptedOutOfEmail=True)
    world.contact(second, None)
    world.relate(second, ann, Roles="Billing", EndDate="2030-01-01")
    http = SalesforceHttp(world.log_in, requests.Session(), sleep=world.sleeps.append, dice=lambda: 0.0)
    parts = SalesforceClient(http), SalesforceJobs(http), world.settings.contacts, world.clock.at.date()
    by_pages, by_job = ContactReader(*parts), ContactReader(*parts, query_job_from=0)
    accounts = {first, second}

    def rows(lists):
        read = {each: [{**row} for row in lists.of(each)] for each in accounts}
        return {
            each: sorted(
                (row["Id"], row["Email"] or "", row["Roles"], str(row["HasOptedOutOfEmail"]).lower()) for row in of
            )
            for each, of in read.items()
        }

    found = rows(by_pages.of_accounts(accounts))
    assert found == rows(by_job.of_all(accounts)) == rows(by_pages.of_all(accounts))
    assert [len(each) for each in found.values()] in ([1, 2], [2, 1])
    assert world.salesforce.requests.matching("POST", "/jobs/query")


def test_a_refused_contact_rejects_its_customer_alone(world):
    """It is kept with the reason, waits, and is tried again; others are brought."""
    world.upflow.behaviour.unique_emails = True
    first, second = world.customer(), world.customer("cus_2")
    world.contact(first, "cus_2@stripe.example")
    world.contact(second, "bob@example.com")

    report = world.run()
    assert (report.records.rejected, report.records.updated) == (1, 1)
    state = world.ledger.records("salesforce:customers", ["cus_1"])["cus_1"]
    assert state.outcome is Outcome.REJECTED
    assert "@" not in (state.reason or "")

    world.upflow.behaviour.unique_emails = False
    world.clock.go_on(days=2)
    assert world.run().records.rejected == 0
    assert "cus_2@stripe.example" in world.contacts()


def test_a_run_that_fails_is_made_up_for_by_the_next_one(world):
    """How far changes were read is kept in the end only."""
    ann = world.contact(world.customer(), "ann@example.com")
    world.run()
    world.clock.go_on(hours=3)
    world.edit(ann, LastName="Young")
    world.salesforce.faults.add("status", path="/query", status=503, times=None)
    with pytest.raises(RetriableError):
        world.run()
    world.salesforce.faults.clear()
    world.run()

    assert world.contacts()["ann@example.com"]["lastName"] == "Young"


def test_a_dry_run_keeps_nothing(world):
    """The run after it is still the first."""
    world.contact(world.customer(), "ann@example.com")
    report = world.run(dry_run=True)

    assert (report.records.updated, world.writes()) == (1, [])
    assert world.run().full
