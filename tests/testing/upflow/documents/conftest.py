"""What the tests of documents in the fake Upflow share."""

import pytest


@pytest.fixture(autouse=True)
def _customer(api):
    """Let every test begin with a customer."""
    api.customer()
