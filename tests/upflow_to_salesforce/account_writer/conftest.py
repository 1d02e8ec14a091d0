"""Writers to the Accounts of the fake Salesforce."""

import pytest
import requests

from tests.upflow_to_salesforce.account_writer.changes import FIELDS
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.ledger import Ledger
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter


class Writer(AccountWriter):
    """A writer to some fields."""

    def __init__(self, client, jobs, findings, fields, bulk_from):
        """Remember the fields."""
        super().__init__(client, jobs, findings, bulk_from=bulk_from)
        self.fields = fields

    def write(self, changes):
        """Write changes of these fields."""
        return super().write(changes, self.fields)


@pytest.fixture
def salesforce(fake_salesforce):
    """Give the fake some fields."""
    for each in FIELDS:
        fake_salesforce.add_field(each)
    return fake_salesforce


@pytest.fixture
def sleeps():
    """Return the pauses that were made."""
    return []


@pytest.fixture
def findings(ledger_engine):
    """Return the findings of an empty ledger."""
    return Ledger(ledger_engine, "default").findings


@pytest.fixture
def writer(salesforce, sleeps, findings):
    """Return a function that makes a writer to the fake."""
    login = Login(salesforce.url, salesforce.sessions.open(), "59.0")
    http = SalesforceHttp(lambda: login, requests.Session(), sleep=sleeps.append, dice=lambda: 0.0)
    fields = {each["name"]: SalesforceField.of(each) for each in FIELDS}

    def make(bulk_from, **options):
        return Writer(SalesforceClient(http), SalesforceJobs(http, **options), findings, fields, bulk_from)

    return make
