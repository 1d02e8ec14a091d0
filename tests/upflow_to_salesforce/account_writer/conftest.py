"""Writers to the Accounts of the fake Salesforce."""

import pytest
import requests

from tests.upflow_to_salesforce.account_writer.changes import FIELDS
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import Login, SalesforceHttp
from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter
from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField


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
def writer(salesforce, sleeps):
    """Return a function that makes a writer to the fake."""
    login = Login(salesforce.url, salesforce.sessions.open(), "59.0")
    http = SalesforceHttp(lambda: login, requests.Session(), sleep=sleeps.append, dice=lambda: 0.0)
    fields = {each["name"]: SalesforceField.of(each) for each in FIELDS}

    def make(bulk_from, **options):
        return AccountWriter(SalesforceClient(http), SalesforceJobs(http, **options), fields, bulk_from=bulk_from)

    return make
