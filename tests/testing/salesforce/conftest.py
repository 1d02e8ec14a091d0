"""A fake Salesforce for the tests, and what is in it."""

import pytest
import requests

from tests.testing.salesforce.plain import FIELDS, Org, add_accounts, private_key, public_pem
from upflow_provider.testing import FakeSalesforce, serve
from upflow_provider.testing.salesforce.org.sessions import Credentials


@pytest.fixture
def org():
    """Serve a fake Salesforce with a field of every type."""
    fake = FakeSalesforce(fields=FIELDS)
    with serve(fake.app) as server, requests.Session() as session:
        fake.url = server.url
        yield Org(fake, session)


@pytest.fixture(scope="module")
def key():
    """Make the key of an app, once: it takes a while."""
    return private_key()


@pytest.fixture
def clocked(key):
    """Serve a fake whose clock the test moves, and that knows a certificate: the fake, and a list of one time."""
    clock = [1_800_000_000.0]
    fake = FakeSalesforce(credentials=Credentials(public_key=public_pem(key)), clock=lambda: clock[0])
    with serve(fake.app) as server:
        fake.url = server.url
        yield fake, clock


@pytest.fixture
def six(org):
    """Make six Accounts, and return their Ids."""
    return add_accounts(org.fake)


@pytest.fixture
def three(org):
    """Make three Accounts, and return their Ids."""
    return [org.fake.add_account(Name=name, Outstanding__c=1, Note__c="old", Vip__c=True) for name in "abc"]
