"""What the tests of links in the fake Upflow share."""

import pytest


@pytest.fixture(autouse=True)
def _documents(api):
    """Let every test begin with one document of each kind, of 12.00 each."""
    api.customer()
    api.invoice()
    api.payment()
    owner = {"currency": "EUR", "customer": {"externalId": "cus_1"}}
    amounts = {"grossAmount": 1200, "netAmount": 1000}
    api.done("POST", "/credit_notes", {"externalId": "cn_1", "customId": "CN-1", **amounts, **owner})
    api.done("POST", "/refunds", {"externalId": "re_1", "amount": 1200, "validatedAt": "2025-06-12", **owner})
