"""The operator that imports from Salesforce, between the two fakes and over TLS."""

import logging

import pytest
import requests
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.hooks.upflow import UpflowAuth, UpflowHook
from upflow_provider.operators.salesforce_to_upflow import SalesforceToUpflowOperator
from upflow_provider.settings import Organization
from upflow_provider.testing.salesforce.org.fields import text_field

SETTINGS = {"match": {"salesforce": "Billing_Id__c"}, "contacts": {"losses": 0}}


class Office:
    """A customer of Upflow that has an Account with a Contact, and tasks that run for their organization."""

    def __init__(self, upflow, salesforce, context):
        self.upflow, self.salesforce, self.context = upflow, salesforce, context
        self.organization = Organization(salesforce_import=SETTINGS)
        salesforce.add_field(text_field("Billing_Id__c", 40, externalId=True))
        session = requests.Session()
        session.auth = UpflowAuth(upflow.api_key, upflow.api_secret)
        client = UpflowClient(UpflowHttp(session, upflow.base_url))
        client.import_("customers", {"externalId": "cus_1", "name": "Alder"})
        account = salesforce.add_account(Name="Alder", Billing_Id__c="cus_1")
        self.contact = salesforce.org.objects["Contact"].add(AccountId=account, Email="ann@example.com", LastName="Lee")
        upflow.requests.clear()

    def run(self, **options):
        """Run a task, and return what it returns."""
        operator = SalesforceToUpflowOperator(task_id="task", organization=self.organization, **options)
        return operator.execute(self.context)

    def addresses(self):
        """Return the addresses of the customer's contacts."""
        return [each["email"] for each in self.upflow.answer("customers", "cus_1")["contacts"]]


@pytest.fixture
def office(connections, fake_upflow, secure_salesforce, salesforce_connection, context):
    """Give the test an office."""
    return Office(fake_upflow, secure_salesforce, context)


def test_contacts_come_and_are_reported(office, caplog):
    """The report is kept in the ledger, and the log names nobody."""
    with caplog.at_level(logging.INFO):
        report = office.run()

    assert office.addresses() == ["ann@example.com"]
    assert (report["updated"], report["matched"], report["full"]) == (1, 1, True)
    (kept,) = UpflowHook().open_ledger("default").reports("salesforce_import")
    assert kept.counts["updated"] == 1
    assert "ann@" not in caplog.text


def test_an_update_of_the_asset_is_for_writes_only(office, context):
    """What waits for changes in Upflow, such as the export, is not started for nothing."""
    office.run()
    operator = SalesforceToUpflowOperator(task_id="task", organization=office.organization)
    events = context["outlet_events"][operator.outlets[0]].added
    office.run()

    assert [(asset.uri, extra) for asset, extra in events] == [("upflow://default/changes", {"salesforce_import": 1})]


def test_a_dry_run_and_test_mode_write_nothing(office, set_connection):
    """They say how long the writes would take."""
    assert office.run(is_dry_run=True)["dry_run"]
    set_connection("upflow_default", extra={"requests_per_minute": 60_000, "test_mode": True})
    report = office.run()

    assert (report["dry_run"], report["updated"], office.addresses()) == (True, 1, [])
    assert report["minutes"] > 0


def test_a_loss_stops_the_task_for_good_until_somebody_confirms(office):
    """No retry of Airflow's would help."""
    office.run()
    office.salesforce.org.objects["Contact"].delete(office.contact)
    with pytest.raises(AirflowFailException, match="confirm"):
        office.run(full=True)
    assert office.addresses() == ["ann@example.com"]

    office.run(full=True, confirm=True)
    assert office.addresses() == []


def test_it_is_skipped_without_settings(office):
    """An organization may have no Salesforce."""
    office.organization = Organization()

    with pytest.raises(AirflowSkipException, match="no salesforce_import settings"):
        office.run()
