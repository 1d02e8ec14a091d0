"""What the tests of clients share: a clock that stands still, and clients of the fake Salesforce."""

import pytest
import requests

from tests.clients.clock import Clock
from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.errors import AuthenticationError
from upflow_provider.testing.salesforce.org.fields import (
    checkbox_field,
    currency_field,
    long_text_field,
    number_field,
    text_field,
)

FIELDS = (
    text_field("Note__c"),
    long_text_field("Long__c"),
    currency_field("Outstanding__c"),
    number_field("Score__c", scale=2),
    checkbox_field("Vip__c"),
)


@pytest.fixture
def clock():
    """Give the test a clock that only sleeping moves."""
    return Clock()


@pytest.fixture
def salesforce_login(fake_salesforce):
    """Return what logs in to the fake."""

    def log_in(version="59.0"):
        known = fake_salesforce.credentials
        answer = requests.post(
            f"{fake_salesforce.url}/services/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(known.client_id, known.client_secret),
            timeout=10,
        )
        if not answer.ok:
            raise AuthenticationError("login to Salesforce: refused")
        return Login(fake_salesforce.url, answer.json()["access_token"], version)

    return log_in


@pytest.fixture
def salesforce_http(salesforce_login, clock):
    """Return a function that makes a client of the fake, or of whom another login leads to."""

    def connect(log_in=salesforce_login, **options):
        usual = {"sleep": clock.sleep, "clock": clock, "dice": lambda: 0.0}
        return SalesforceHttp(log_in, requests.Session(), **{**usual, **options})

    return connect


@pytest.fixture
def salesforce(fake_salesforce):
    """Give the fake some fields."""
    for each in FIELDS:
        fake_salesforce.add_field(each)
    return fake_salesforce


@pytest.fixture
def jobs(salesforce, salesforce_http):
    """Give the test what runs jobs in the fake."""
    return SalesforceJobs(salesforce_http())
