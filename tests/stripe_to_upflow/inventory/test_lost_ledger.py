"""A lost ledger is told from one that another task has just begun to fill."""

import pytest

from tests.stripe_to_upflow.inventory.test_rebuild import lose
from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.stripe_to_upflow.inventory.lost_ledger import check_ledger


class Meanwhile:
    """Upflow's lists, before which another task does something."""

    def __init__(self, bridge, action):
        """Keep both."""
        self._bridge, self._action = bridge, action

    def list(self, collection, **options):
        """Let the other task do it, and list a collection."""
        self._action()
        return self._bridge.client(read_only=True).list(collection, **options)


def test_what_another_task_of_the_first_load_has_just_imported_is_no_loss(bridge):
    """Two tasks of a first load begin at once, and one is faster: the other finds its records, and goes on."""
    bridge.customer()
    check_ledger(bridge.ledger, Meanwhile(bridge, lambda: bridge.sync("customers")), bridge.source())

    assert not bridge.ledger.inventory.is_ledger_empty()


def test_a_rebuild_that_begins_during_the_check_has_to_end(world):
    """The ledger is empty before the list and is not afterwards, but does not know everything yet."""
    bridge = world.bridge
    lose(bridge)
    bridge.upflow.faults.add("status", path="/v1/credit_notes", times=None)

    def rebuild():
        with pytest.raises(RetriableError):
            world.inventory()

    with pytest.raises(ConfigurationError, match="not been rebuilt completely"):
        check_ledger(bridge.ledger, Meanwhile(bridge, rebuild), bridge.source())
