"""The clients of all vendors bound their answers: each has its own way of sending requests."""

import pytest

from upflow_provider.clients.salesforce import http
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import RecordError


@pytest.fixture
def stripe(fake_stripe, clock):
    """Return the fake Stripe, and a function that reads a customer of it, with a time-out."""

    def read(timeout_s):
        sdk = open_sdk(fake_stripe.api_key, base_url=fake_stripe.url, timeout_s=(timeout_s, timeout_s))
        return StripeSource(sdk, sleep=clock.sleep, clock=clock).retrieve("customers", "cus_1")

    fake_stripe.create_customer(id="cus_1")
    return fake_stripe, read


@pytest.fixture
def accounts(salesforce, salesforce_http, monkeypatch):
    """Return the fake Salesforce, and a function that describes its Accounts, with a time-out."""

    def read(timeout_s):
        monkeypatch.setattr(http, "TIMEOUT_S", (timeout_s, timeout_s))
        return SalesforceClient(salesforce_http()).describe()

    monkeypatch.setattr(http, "SIZE_MAX", 60_000_000)
    return salesforce, read


@pytest.mark.parametrize("vendor", ["stripe", "accounts"])
def test_an_answer_that_drips_is_given_up(vendor, request, clock):
    """Each byte comes in time, all of them do not; the next attempt succeeds."""
    fake, read = request.getfixturevalue(vendor)
    fake.faults.add("drip", delay_s=0.01, path="customers|describe")

    assert read(0.05)
    assert len(clock.sleeps) == 1


@pytest.mark.parametrize("vendor", ["stripe", "accounts"])
def test_an_answer_that_inflates_is_not_read(vendor, request, clock):
    """A few kB that are many MB."""
    fake, read = request.getfixturevalue(vendor)
    fake.faults.add("inflated", inflated_bytes=70_000_000, path="customers|describe")
    with pytest.raises(RecordError, match="the answer is too large and was not read"):
        read(10)

    assert clock.sleeps == []
