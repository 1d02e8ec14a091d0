"""A till of a shop with one customer."""

import pytest

from tests.upflow_to_stripe.till import NOON, Till


@pytest.fixture
def till(bridge):
    """Have a customer; payments of the portal are written back, parts of invoices as records."""
    bridge.customer(created=int(NOON.timestamp()) - 86_400)
    return Till(bridge)
