"""What tests of chaos share: one world for each file, and a client that waits no longer than it has to."""

import pytest

from tests.upflow_to_salesforce.chaos.modes import WAIT_S
from tests.upflow_to_salesforce.chaos.world import World
from upflow_provider.clients.salesforce import http

pytest.register_assert_rewrite("tests.upflow_to_salesforce.chaos.checks")


@pytest.fixture(scope="module")
def lasting_world(lasting_scene):
    """Have customers of every kind."""
    return World(lasting_scene)


@pytest.fixture
def world(lasting_world):
    """Have customers of every kind, and nothing exported yet."""
    lasting_world.begin()
    return lasting_world


@pytest.fixture
def impatient(monkeypatch):
    """Return what lets the client wait no longer than it has to where answers are slow."""

    def wait_for(*modes):
        monkeypatch.setattr(http, "TIMEOUT_S", (10, WAIT_S if "slow" in modes else 10))

    return wait_for
