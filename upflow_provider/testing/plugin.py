"""
Pytest fixtures: a fake Upflow, Stripe and Salesforce of its own for every test that asks.

Pytest loads this module wherever the package is installed, so it imports next to nothing.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from upflow_provider import testing


@pytest.fixture
def fake_upflow() -> Iterator[Any]:
    """
    Serve an empty fake Upflow; see ``upflow_provider.testing.upflow.fake.FakeUpflow``.

    Its ``base_url`` is what a connection's host holds; ``api_key`` and ``api_secret`` are accepted.
    """
    yield from _served(testing.FakeUpflow())


@pytest.fixture
def fake_stripe() -> Iterator[Any]:
    """
    Serve an empty fake Stripe; see ``upflow_provider.testing.stripe.fake.FakeStripe``.

    Its ``url`` is what ``base_addresses={"api": ...}`` of a Stripe client takes; ``api_key`` is accepted.
    """
    yield from _served(testing.FakeStripe())


@pytest.fixture
def fake_salesforce() -> Iterator[Any]:
    """
    Serve a fake Salesforce without Accounts; see ``upflow_provider.testing.salesforce.fake.FakeSalesforce``.

    Its ``url`` is where logins go and the org is; its ``credentials`` are accepted. Custom fields are added with
    ``add_field``.
    """
    yield from _served(testing.FakeSalesforce())


def _served(fake: Any) -> Iterator[Any]:  # noqa: ANN401 - any fake, none imported yet
    with testing.serve(fake.app) as server:
        fake.url = server.url
        yield fake
