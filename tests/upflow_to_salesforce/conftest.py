"""An export between the two fakes: what its tests share."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from tests.upflow_to_salesforce.account_fields import CUSTOM, FIELDS, MAPPED
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.errors import AuthenticationError, ProtocolError
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.testing import FakeSalesforce, FakeUpflow, serve
from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter
from upflow_provider.upflow_to_salesforce.export import Export
from upflow_provider.upflow_to_salesforce.export_plan import ExportPlanner
from upflow_provider.upflow_to_salesforce.portal_links import PortalLinks
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport


@dataclass
class Scene:
    """Upflow on one side, Salesforce on the other, and the ledger between them."""

    upflow: Any
    salesforce: Any
    settings: SalesforceExport
    ledger: Any = None
    sleeps: list[float] = field(default_factory=list)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    logins: int = 0
    meanwhile: Callable[[], object] = lambda: None
    session: Callable[[], requests.Session] = requests.Session

    def present(self):
        """Return the present by all clocks, which a test may move."""
        return self.now()

    def configure(self, **settings):
        """Change settings of the export."""
        self.settings = SalesforceExport.model_validate({**self.settings.model_dump(), **settings})

    def client(self, **options):
        """Return a client of the fake Upflow."""
        session = self.session()
        session.auth = UpflowAuth(self.upflow.api_key, self.upflow.api_secret)
        return UpflowClient(UpflowHttp(session, self.upflow.base_url, sleep=self.sleeps.append, **options))

    def sleep(self, seconds):
        """Wait for Salesforce, while somebody else may do something."""
        self.sleeps.append(seconds)
        self.meanwhile()

    def log_in(self):
        """Log in to the fake Salesforce, over plain HTTP."""
        self.logins += 1
        secret = self.salesforce.credentials
        answer = self.session().post(
            f"{self.salesforce.url}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(secret.client_id, secret.client_secret),
            timeout=10,
        )
        if "json" not in answer.headers["Content-Type"]:
            raise ProtocolError("login to Salesforce: no login")
        if not answer.ok:
            raise AuthenticationError(f"login to Salesforce: refused ({answer.json()['error']})")
        return Login(self.salesforce.url, answer.json()["access_token"], "59.0")

    def http(self, **options):
        """Return what sends requests to the fake Salesforce."""
        return SalesforceHttp(
            self.log_in,
            self.session(),
            reserve=self.settings.api_reserve,
            allow_duplicates=self.settings.allow_duplicates,
            sleep=self.sleep,
            dice=lambda: 0.0,
            **options,
        )

    def export(self, *, full=False, dry_run=False):
        """Run the export and return its report."""
        http = self.http(read_only=dry_run)
        client = SalesforceClient(http, collection_size=self.settings.collection_size)
        jobs = SalesforceJobs(http)
        planner = ExportPlanner(
            upflow=self.client(), client=client, jobs=jobs, ledger=self.ledger, settings=self.settings, decimals={}
        )
        writer = AccountWriter(client, jobs, self.ledger.findings, bulk_from=self.settings.bulk_from)
        return Export(planner, writer, self.ledger).run(full=full, dry_run=dry_run)

    def renew_links(self, *, dry_run=False, threads=1):
        """Run the renewal of portal links and return its report."""
        http = self.http(read_only=dry_run)
        links = PortalLinks(
            upflow=self.client(read_only=dry_run),
            client=SalesforceClient(http),
            jobs=SalesforceJobs(http),
            ledger=self.ledger,
            settings=self.settings,
            threads=threads,
        )
        return links.run(dry_run=dry_run)

    def define_custom_fields(self):
        """Give Upflow's customers a custom field of each kind, and map them."""
        client = self.client()
        for name, (kind, _) in CUSTOM.items():
            client.create_custom_field({"name": name, "entityType": "CUSTOMER", "dataType": kind})
        self.configure(custom_fields={name: field for name, (_, field) in CUSTOM.items()})

    def customer(self, external_id, *, owes=0, currency="EUR", due="2030-01-01", **custom):
        """Make a customer in Upflow, who owes something, with an Account that has its key; return the Account's Id."""
        client = self.client()
        ids = {each["name"]: each["id"] for each in client.list_custom_fields()}
        values = [{"id": ids[name], "value": value} for name, value in custom.items()]
        client.import_("customers", {"externalId": external_id, "name": external_id, "customFields": values})
        if owes:
            self.invoice(external_id, owes, currency=currency, due=due)
        return self.salesforce.add_account(Name=external_id, Billing_Id__c=external_id)

    def invoice(self, customer, amount, *, currency="EUR", due="2030-01-01"):
        """Have a customer owe more, in minor units."""
        number = f"F-{len(self.upflow.store.invoices)}"
        self.client().import_(
            "invoices",
            {
                "externalId": number,
                "customId": number,
                "currency": currency,
                "grossAmount": amount,
                "netAmount": amount,
                "issuedAt": "2026-01-01",
                "dueDate": due,
                "customer": {"externalId": customer},
            },
        )

    def person(self, external_id, account_key=None, *, custom=None, **given):
        """Make a customer in Upflow with any properties, and an Account with a key if one is given; return its Id."""
        ids = {each["name"]: each["id"] for each in self.client().list_custom_fields()}
        values = [{"id": ids[name], "value": value} for name, value in (custom or {}).items()]
        body = {"externalId": external_id, "name": external_id, "customFields": values, **given}
        self.client().import_("customers", body)
        return account_key and self.salesforce.add_account(Name=external_id, Billing_Id__c=account_key)

    def move_to(self, at):
        """Set the clocks of all three to an instant."""
        self.now = self.upflow.store.now = lambda: at
        self.salesforce.now = at.timestamp

    def known_as(self, external_id):
        """Return Upflow's id of a customer."""
        return self.upflow.store.by_external_id("customers", external_id)["id"]

    def sent(self):
        """Return the records of each request to sObject Collections that arrived."""
        arrived = self.salesforce.requests.matching("PATCH", "/composite/sobjects")
        return [each.json["records"] for each in arrived]

    def uploads(self):
        """Return the rows of each file that arrived for the Bulk API."""
        arrived = self.salesforce.requests.matching("PUT", "/batches")
        return [list(csv.DictReader(io.StringIO(each.body.decode(), newline=""))) for each in arrived]

    def forget(self):
        """Forget which requests have arrived in Salesforce and what was written."""
        self.salesforce.requests.clear()
        self.salesforce.updates.clear()

    def held(self, account_id, *names):
        """Return what an Account holds in some fields."""
        account = self.salesforce.account(account_id)
        return tuple(account.get(name) for name in names)


@pytest.fixture
def scene(fake_upflow, fake_salesforce, ledger_engine):
    """Give the test an Upflow without customers, and a Salesforce with all the fields."""
    yield from made(fake_upflow, fake_salesforce, ledger_engine)


@pytest.fixture(scope="module")
def lasting_scene():
    """Give all tests of a file the same scene, which they have to bring back to its beginning."""
    upflow, salesforce = FakeUpflow(), FakeSalesforce()
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    with serve(upflow.app) as upflow_server, serve(salesforce.app) as salesforce_server:
        upflow.url, salesforce.url = upflow_server.url, salesforce_server.url
        yield from made(upflow, salesforce, engine)


def made(upflow, salesforce, engine):
    """Make a scene, and clear up after it."""
    upflow.limits.enforced = False
    for each in FIELDS:
        salesforce.add_field(each)
    settings = {"match": {"salesforce": "Billing_Id__c"}, "fields": MAPPED}
    scene = Scene(upflow, salesforce, SalesforceExport.model_validate(settings))
    scene.ledger = Ledger(prepare(engine), "default", now=scene.present)
    yield scene
    engine.dispose()
