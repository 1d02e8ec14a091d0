"""Reads of different hosts: the later one wins, whatever their clocks show."""

from datetime import timedelta

import pytest

from tests.hosts import host_at
from tests.stripe_to_upflow.clocks.runs import run_on_host


@pytest.mark.parametrize("seconds", [90, 120, 600, -600, 86_400])
@pytest.mark.parametrize("read", ["page", "parent"])
def test_the_later_read_wins_over_that_of_a_host_that_is_ahead(bridge, clock, seconds, read):
    """Its customer changes ten seconds after it was imported; another host reads it seventy-two seconds later."""
    bridge.customer("cus_2", created=int(clock.at.timestamp()))
    bridge.invoice("in_2", "cus_2", created=int(clock.at.timestamp()))
    with host_at(lambda: clock.at + timedelta(seconds=seconds)):
        bridge.sync("customers" if read == "page" else "invoices", owner="B")
    clock.go_on(seconds=10)
    bridge.stripe.update_customer("cus_2", name="Birch")
    clock.go_on(seconds=62)
    run_on_host(bridge, clock, "sync/1")

    assert bridge.imported("customers", "cus_2")["name"] == "Birch"


def test_the_check_at_the_end_of_a_run_reads_by_the_same_clock(bridge, clock):
    """A host that is ahead brings an invoice along in its check; a change after that arrives."""
    bridge.upflow.store.by_external_id("invoices", "in_1")["grossAmount"] = 900
    bridge.ledger.balances.observe({"in_1": 900}, "B")
    with host_at(lambda: clock.at + timedelta(minutes=10)):
        bridge.close("B", "B")
    bridge.stripe.payments.pay({"in_1": 1200})
    clock.go_on(seconds=72)
    run_on_host(bridge, clock, "sync/1")

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0


@pytest.mark.parametrize("step", [{"hours": -1}, {"days": -2}, {"hours": 3}])
def test_the_later_read_wins_when_the_ledgers_clock_steps(bridge, clock, step):
    """The database has failed over to a host whose clock differs: ticks go on."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    before = bridge.ledger.records("customers", ["cus_1"])["cus_1"].read_at
    bridge.now = lambda: clock.at + timedelta(**step)
    bridge.stripe.update_customer("cus_1", name="Cedar")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert bridge.imported("customers", "cus_1")["name"] == "Cedar"
    assert bridge.ledger.records("customers", ["cus_1"])["cus_1"].read_at > before


def test_a_cleared_task_reads_everything_again_though_the_ledgers_clock_has_stepped_back(bridge, clock):
    """Its changes were done at an instant that is in the future now."""
    stream = "customers"
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.now = lambda: clock.at - timedelta(hours=1)
    first_try_at = bridge.ledger.clock.tick()

    assert [each.record_id for each in bridge.ledger.changes.stream_changes("sync/1", stream, first_try_at)] == [
        "cus_1"
    ]
