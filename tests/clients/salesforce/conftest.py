"""A client of the fake Salesforce."""

import pytest

from upflow_provider.clients.salesforce.client import SalesforceClient


@pytest.fixture
def client(salesforce, salesforce_http):
    """Give the test a client of the fake."""
    return SalesforceClient(salesforce_http())
