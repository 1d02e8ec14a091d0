"""Requests to Upflow at the pace of the shared budget, and a few at once."""

import threading

import pytest

from tests.clients.budget import ScriptedBudget
from upflow_provider.clients.budget import Reservation
from upflow_provider.clients.request_gate import ASK_INTERVAL_S
from upflow_provider.clients.retry import MAX_TOTAL_S
from upflow_provider.clients.upflow.http import DEFAULT_PAUSE_S, MAX_PAUSE_S
from upflow_provider.errors import RateLimitedError


@pytest.mark.parametrize(("told", "pause"), [(17, 17.0), (None, DEFAULT_PAUSE_S), (86_400, MAX_PAUSE_S)])
def test_429_slows_everybody_down(connect, fake_upflow, clock, told, pause):
    """The pause goes to the shared budget, with the vendor's number when there is a sensible one."""
    budget = ScriptedBudget()
    client = connect(budget=budget)
    fake_upflow.faults.add("status", status=429, retry_after_s=told)
    if told == 86_400:
        with pytest.raises(RateLimitedError):
            list(client.list("customers"))
    else:
        list(client.list("customers"))

    assert budget.pauses == [pause]
    assert clock.sleeps == {17: [17.0], None: [1.0], 86_400: []}[told]
    assert budget.reserved == 1 + len(clock.sleeps)


def test_the_fakes_own_limit_is_answered_with_a_pause(client, fake_upflow, clock):
    """Beyond 600 requests a minute Upflow says 429, and the client waits as long as it says."""
    fake_upflow.limits.requests_per_minute = 3
    for _ in range(3):
        client.ping()
    with pytest.raises(RateLimitedError):
        list(client.list("customers"))

    assert clock.sleeps[0] > 1.0


def test_every_attempt_takes_a_slot_and_waiting_for_it_is_no_trouble(connect, fake_upflow, clock):
    """A retry is a request, too; time in the queue does not count towards the time that retries may take."""
    budget = ScriptedBudget(*(Reservation(granted=granted, wait_s=MAX_TOTAL_S) for granted in (False, True)))
    fake_upflow.faults.add("status", status=503, times=2)
    list(connect(budget=budget).list("customers"))

    assert clock.sleeps == [ASK_INTERVAL_S, MAX_TOTAL_S, 1.0, 2.0]
    assert budget.reserved == 4


def test_never_more_requests_at_once_than_allowed(connect, fake_upflow):
    """Ten threads share three places."""
    fake_upflow.faults.latency_s = (0.01, 0.02)
    client = connect(max_concurrency=3)
    threads = [threading.Thread(target=lambda: list(client.list("customers"))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert fake_upflow.requests.peak_concurrency() == 3
