"""The fake Stripe, and sources that read it without waiting on the real clock."""

import pytest

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource


@pytest.fixture
def stripe_account(fake_stripe):
    """Give the test an account without rate limits, because nothing here waits on a real clock."""
    fake_stripe.limits.enforced = False
    return fake_stripe


@pytest.fixture
def waits():
    """Return the seconds that were waited, in order."""
    return []


@pytest.fixture
def connect(stripe_account, waits):
    """Return a function that makes a source, which reads the fake and keeps its waits instead of waiting."""

    def make(*, key=None, url=None, **options):
        sdk = open_sdk(key or stripe_account.api_key, base_url=url or stripe_account.url, timeout_s=(2.0, 2.0))
        options = {"requests_per_second": 1e9, "sleep": waits.append, "dice": lambda: 0.0} | options
        return StripeSource(sdk, **options)

    return make


@pytest.fixture
def source(connect):
    """Return a source that reads the fake and does not really wait."""
    return connect()
