"""Runs of the sync on hosts whose clocks are wrong."""

from datetime import timedelta

from tests.hosts import host_at
from upflow_provider.errors import RetriableError
from upflow_provider.runs.host_clock import HostClock


def run_on_host(bridge, clock, run, **ahead):
    """Do one run of the sync on a host whose clock is ahead of the world's; return whether the host did it."""
    with host_at(lambda: clock.at + timedelta(**ahead)):
        bridge.host = HostClock()
        try:
            bridge.catch_up(run)
        except RetriableError:
            return False
        finally:
            bridge.host = None
    return True


def names(bridge):
    """Return the customers that Stripe has and those that Upflow has, each with its name."""
    stripe = {each["id"]: each["name"] for each in bridge.stripe.store.customers}
    upflow = {each["externalId"]: each["name"] for each in bridge.upflow.store.customers.values()}
    return stripe, upflow


def assert_nothing_is_lost(bridge, clock):
    """Do one more run, on a host whose clock is right, and compare the customers on both sides."""
    clock.go_on(minutes=10)
    assert run_on_host(bridge, clock, f"sync/last {clock.at.isoformat()}")
    stripe, upflow = names(bridge)
    assert upflow == stripe
