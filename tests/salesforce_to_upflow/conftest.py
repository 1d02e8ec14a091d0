"""An import between the two fakes: what its tests share."""

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.clock import Clock
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.dry_run import DryRun
from upflow_provider.delivery.importer import Importer
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.salesforce_to_upflow.flow import AccountImport
from upflow_provider.salesforce_to_upflow.report import ImportReport
from upflow_provider.salesforce_to_upflow.settings import SalesforceImport
from upflow_provider.tables_to_upflow.parents import TableParents
from upflow_provider.testing.salesforce.org.fields import reference_field, text_field
from upflow_provider.testing.upflow.records import custom_fields, imports
from upflow_provider.testing.upflow.records.schemas import CustomerImport, CustomFieldCreate

MATCH = {"salesforce": "Billing_Id__c"}


@dataclass
class World:
    """Salesforce on one side, Upflow on the other, and the ledger between them; every import is a run of its own."""

    upflow: Any
    salesforce: Any
    ledger: Ledger
    clock: Clock
    settings: SalesforceImport = field(default_factory=lambda: settings_of(contacts={}))
    runs: int = 0
    sleeps: list[float] = field(default_factory=list)

    @property
    def org(self):
        """The org, with its further objects."""
        return self.salesforce.org

    def configure(self, **settings):
        """Replace the settings of the import."""
        self.settings = settings_of(**settings)

    def client(self, **options):
        """Return a client of the fake Upflow."""
        session = requests.Session()
        session.auth = UpflowAuth(self.upflow.api_key, self.upflow.api_secret)
        return UpflowClient(UpflowHttp(session, self.upflow.base_url, sleep=self.sleeps.append, **options))

    def log_in(self):
        """Log in to the fake Salesforce, over plain HTTP."""
        secret = self.salesforce.credentials
        answer = requests.post(
            f"{self.salesforce.url}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(secret.client_id, secret.client_secret),
            timeout=10,
        )
        return Login(self.salesforce.url, answer.json()["access_token"], "59.0")

    def run(self, *, full=False, confirm=False, dry_run=False):
        """Run an import an hour later, and return its report."""
        self.clock.go_on(hours=1)
        self.runs += 1
        self.upflow.requests.clear()
        self.salesforce.requests.clear()
        http = SalesforceHttp(self.log_in, requests.Session(), sleep=self.sleeps.append, dice=lambda: 0.0)
        client, report = self.client(read_only=dry_run), ImportReport()
        AccountImport(
            self.settings,
            upflow=client,
            client=SalesforceClient(http),
            jobs=SalesforceJobs(http),
            ledger=self.ledger,
            deliverer=self._deliverer(client, dry_run=dry_run),
            owner="me",
            zone=ZoneInfo("Europe/Paris"),
            threads=2,
            sleep=self.sleeps.append,
        ).run(report, full=full, confirm=confirm, dry_run=dry_run)
        assert report.records.read == report.records.handled
        return report

    def _deliverer(self, client, *, dry_run):
        def made(destination):
            if dry_run:
                plan = self.ledger.plan(f"run-{self.runs}", "me")
                return DryRun(self.ledger, TableParents(client, self.ledger, plan), plan)
            parents = TableParents(client, self.ledger)
            return Importer(upflow=destination, ledger=self.ledger, parents=parents, owner="me", run=f"r{self.runs}")

        return made

    def customer(self, external_id="cus_1", **account):
        """Let Upflow have a customer with its contact from Stripe, and an Account with its key; return its Id."""
        main = {"externalId": f"{external_id}:email", "email": f"{external_id}@stripe.example", "isMain": True}
        body = {"externalId": external_id, "name": external_id, "contacts": [main]}
        imports.import_customer(self.upflow.store, self.upflow.behaviour, CustomerImport.model_validate(body))
        return self.salesforce.add_account(Name=external_id, Billing_Id__c=external_id, **account)

    def contact(self, account_id, email, **values):
        """Let an Account have a Contact a second later, and return its Id."""
        self.clock.go_on(seconds=1)
        return self.org.objects["Contact"].add(**{"AccountId": account_id, "Email": email, "LastName": "Lee", **values})

    def edit(self, contact_id, **values):
        """Change a Contact."""
        self.org.objects["Contact"].edit(contact_id, **values)

    def delete(self, contact_id, master_id=None):
        """Delete a Contact, or merge it into another one."""
        self.org.objects["Contact"].delete(contact_id, master_id)

    def relate(self, account_id, contact_id, **values):
        """Relate a Contact to another Account, and return the Id of the relation."""
        relation = {"AccountId": account_id, "ContactId": contact_id, "IsActive": True, **values}
        return self.org.objects["AccountContactRelation"].add(**relation)

    def user(self, email, **values):
        """Let Salesforce have a user, and return the Id."""
        return self.org.objects["User"].add(**{"Email": email, "UserType": "Standard", "IsActive": True, **values})

    def field(self, name, kind, *options):
        """Let Upflow have a custom field of customers."""
        body = CustomFieldCreate.model_validate({"name": name, "entityType": "CUSTOMER", "dataType": kind})
        custom_fields.define(self.upflow.store, body)["options"] += [{"label": each} for each in options]
        self.upflow.behaviour.custom_field_options = "labels"

    def shown(self, external_id="cus_1"):
        """Return a customer as Upflow shows it."""
        return self.upflow.answer("customers", external_id)

    def contacts(self, external_id="cus_1"):
        """Return the contacts of a customer by address."""
        return {each["email"]: each for each in self.shown(external_id)["contacts"]}

    def main(self, external_id="cus_1"):
        """Return the address of the main contact."""
        return next((each["email"] for each in self.shown(external_id)["contacts"] if each.get("isMain")), None)

    def values(self, external_id="cus_1"):
        """Return the values of the custom fields of a customer, by name."""
        names = {each["id"]: each["name"] for each in self.upflow.store.custom_fields.values()}
        return {names[each["id"]]: each["value"] for each in self.shown(external_id)["customFields"]}

    def writes(self):
        """Return method, path and body of the writes to Upflow of the last run."""
        sent = [each for each in self.upflow.requests if each.method != "GET"]
        return [(each.method, each.path.removeprefix("/v1"), each.json if each.body else None) for each in sent]


def settings_of(**settings):
    """Return the settings of an import."""
    return SalesforceImport.model_validate({"match": MATCH, **settings})


@pytest.fixture
def world(fake_upflow, fake_salesforce, ledger_engine):
    """Give the test an Upflow without customers, and a Salesforce whose Accounts have keys."""
    clock = Clock()
    fake_upflow.limits.enforced = False

    def now():
        return clock.at.timestamp()

    fake_salesforce.now = now
    fake_salesforce.add_field(text_field("Billing_Id__c", 40, externalId=True))
    fake_salesforce.add_field(reference_field("OwnerId", "User", custom=False))
    yield World(fake_upflow, fake_salesforce, Ledger(prepare(ledger_engine), "default", now=clock.now), clock)
    ledger_engine.dispose()
