"""A client of the fake Salesforce, on a clock of its own: what the tests of Salesforce's clients share."""

import pytest
import requests

from upflow_provider.clients.salesforce_http import Login, SalesforceHttp
from upflow_provider.errors import AuthenticationError


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.sleeps = 0.0, []

    def __call__(self):
        """Tell the time."""
        return self.now

    def sleep(self, seconds):
        """Let time pass."""
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.fixture
def salesforce_clock():
    """Give the test a clock that only sleeping moves."""
    return Time()


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
def salesforce_http(salesforce_login, salesforce_clock):
    """Return a function that makes a client of the fake, or of whom another login leads to."""

    def connect(log_in=salesforce_login, **options):
        usual = {"sleep": salesforce_clock.sleep, "clock": salesforce_clock, "dice": lambda: 0.0}
        return SalesforceHttp(log_in, requests.Session(), **{**usual, **options})

    return connect
