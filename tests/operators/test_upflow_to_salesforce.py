"""The operators that bring what Upflow knows to Salesforce, between the two fakes and over TLS."""

import json
import logging
from decimal import Decimal

import pytest
import requests
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.hooks.upflow import UpflowAuth, UpflowHook
from upflow_provider.operators.upflow_to_salesforce import UpflowPortalLinksOperator, UpflowToSalesforceOperator
from upflow_provider.settings import Organization
from upflow_provider.testing.salesforce.org.fields import currency_field, long_text_field, text_field
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

SETTINGS = SalesforceExport(
    match={"salesforce": "Billing_Id__c"}, fields={"outstanding": "Owes__c", "portal_url": "Portal__c"}
)


class Office:
    """Two customers of Upflow that have an Account, and tasks that run for their organization."""

    def __init__(self, upflow, salesforce, context):
        self.upflow, self.salesforce, self.context = upflow, salesforce, context
        self.settings = SETTINGS
        fields = (text_field("Billing_Id__c", 40, externalId=True), currency_field("Owes__c"), text_field("Rank__c"))
        for field in (*fields, long_text_field("Portal__c")):
            salesforce.add_field(field)
        self.accounts = [self.customer(name, owes) for name, owes in (("cus_1", 12_345), ("cus_2", 500))]

    def customer(self, name, owes):
        """Make a customer who owes something, and an Account with its key; return the Account's Id."""
        session = requests.Session()
        session.auth = UpflowAuth(self.upflow.api_key, self.upflow.api_secret)
        client = UpflowClient(UpflowHttp(session, self.upflow.base_url))
        client.import_("customers", {"externalId": name, "name": name})
        invoice = {"externalId": f"F-{name}", "customId": f"F-{name}", "currency": "EUR", "grossAmount": owes}
        dates = {"netAmount": owes, "issuedAt": "2026-01-01", "dueDate": "2030-01-01"}
        client.import_("invoices", {**invoice, **dates, "customer": {"externalId": name}})
        return self.salesforce.add_account(Name=name, Billing_Id__c=name)

    def run(self, operator, **options):
        """Run a task, and return what it returns."""
        organization = Organization(salesforce=self.settings)
        return operator(task_id="task", organization=organization, **options).execute(self.context)

    def held(self, name):
        """Return what the Accounts hold in a field."""
        return [self.salesforce.account(each)[name] for each in self.accounts]


@pytest.fixture
def office(connections, fake_upflow, secure_salesforce, salesforce_connection, context):
    """Give the test an office."""
    return Office(fake_upflow, secure_salesforce, context)


def test_the_export_returns_its_report(office):
    """Counts, as return value, as XCom and in the ledger; amounts are on the Accounts."""
    report = office.run(UpflowToSalesforceOperator)

    assert office.held("Owes__c") == [Decimal("123.45"), Decimal("5.00")]
    assert (report["read"], report["matched"], report["updated"], report["rejected"]) == (2, 2, 2, 0)
    assert office.context["ti"].pushed == {"report": report}
    json.dumps(report)
    (kept,) = UpflowHook().open_ledger("default").reports("salesforce")
    assert kept.counts == report


def test_a_second_run_writes_nothing(office):
    """Clearing the task does no harm; `full` writes all once more."""
    office.run(UpflowToSalesforceOperator)
    written = len(office.salesforce.updates)

    assert office.run(UpflowToSalesforceOperator)["unchanged"] == 2
    assert len(office.salesforce.updates) == written
    assert office.run(UpflowToSalesforceOperator, full=True)["updated"] == 2
    assert len(office.salesforce.updates) == written + 2


def test_links_are_minted_for_matched_accounts(office):
    """Each Account has its customer's; a second run makes none."""
    first, second = (office.run(UpflowPortalLinksOperator) for _ in range(2))

    assert (first["minted"], second["minted"]) == (2, 0)
    assert len(set(office.held("Portal__c"))) == 2
    assert all(each.startswith("https://") for each in office.held("Portal__c"))


def test_links_are_in_no_log_and_no_xcom(office, caplog):
    """Whoever has one is let in."""
    with caplog.at_level(logging.DEBUG):
        report = office.run(UpflowPortalLinksOperator)

    for url in office.held("Portal__c"):
        assert url not in caplog.text
        assert url not in json.dumps(report)


@pytest.mark.parametrize("operator", [UpflowToSalesforceOperator, UpflowPortalLinksOperator])
def test_a_task_whose_accounts_are_refused_fails_at_its_end(office, operator):
    """All others are done; the report is there, too, for this is when it is wanted most."""
    first, second = office.accounts
    office.salesforce.trouble.refuse_row(first, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Not today.", "Owes__c")
    with pytest.raises(AirflowFailException, match=f"1 of 2 Accounts.*{first}.*Not today"):
        office.run(operator)

    assert [update[0] for update in office.salesforce.updates] == [second]
    assert office.context["ti"].pushed["report"]["rejected"] == 1
    office.settings = SETTINGS.model_copy(update={"max_rejected": 1})
    assert office.run(operator)["rejected"] == 1


@pytest.mark.parametrize("operator", [UpflowToSalesforceOperator, UpflowPortalLinksOperator])
def test_a_dry_run_and_test_mode_write_nothing(office, operator, set_connection, fake_upflow):
    """They tell what would be."""
    asked = office.run(operator, is_dry_run=True)
    set_connection("upflow_default", extra={"test_mode": True})
    in_test_mode = office.run(operator)

    assert (office.salesforce.updates, office.held("Owes__c")) == ([], [None, None])
    assert asked["dry_run"] is in_test_mode["dry_run"] is True
    assert not [each for each in fake_upflow.requests if "portal" in each.path]


def test_without_settings_there_is_nothing_to_do(context, connections):
    """The task is skipped, and says why."""
    with pytest.raises(AirflowSkipException, match="no salesforce settings"):
        UpflowToSalesforceOperator(task_id="task", organization=Organization()).execute(context)


def test_without_a_field_for_links_there_is_nothing_to_do(office):
    """The task is skipped, and says why."""
    office.settings = SETTINGS.model_copy(update={"fields": {"outstanding": "Owes__c"}})

    with pytest.raises(AirflowSkipException, match="portal_url"):
        office.run(UpflowPortalLinksOperator)


def test_what_stripe_knows_is_asked_only_when_mapped(office, fake_stripe):
    """The saved payment method comes from Stripe."""
    office.run(UpflowToSalesforceOperator)
    assert len(fake_stripe.requests) == 0

    fake_stripe.create_customer(id="cus_1", created=1_700_000_000)
    fake_stripe.payments.save_method("cus_1")
    office.settings = SETTINGS.model_copy(update={"fields": {"payment_method": "Rank__c"}})
    office.run(UpflowToSalesforceOperator)
    assert office.held("Rank__c") == ["CARD", None]


def test_a_mapping_that_does_not_fit_is_not_tried_again(office):
    """Airflow need not repeat what only an admin can mend."""
    office.settings = SETTINGS.model_copy(update={"fields": {"outstanding": "Rank__c", "due": "None__c"}})
    with pytest.raises(AirflowFailException, match=r"(?s)Rank__c.*None__c"):
        office.run(UpflowToSalesforceOperator)

    assert office.salesforce.updates == []
