"""What Stripe asks to wait for: limits, locks, and pauses that make no sense."""

import math
import threading

import pytest

from tests.clients.clock import Clock
from tests.clients.stripe.listings import END, START, fill, ids
from upflow_provider.clients.budget import MAX_PAUSE_S
from upflow_provider.errors import RateLimitedError, RetriableError
from upflow_provider.testing.stripe.billing.refusal import lock_timeout


@pytest.mark.parametrize("retry_after", [True, False], ids=["with-header", "without-header"])
def test_rate_limits_are_waited_out(stripe_account, connect, waits, retry_after):
    """A 429 is not an error but a pause, as long as Stripe says, or else a growing one."""
    fill(stripe_account, 50)
    stripe_account.retry_after = retry_after
    stripe_account.limits.enforced, stripe_account.limits.per_endpoint = True, 0

    def sleep(seconds):
        waits.append(seconds)
        if sum(waits) > 5:
            stripe_account.limits.per_endpoint = 25

    source = connect(sleep=sleep)

    assert len(ids(source.pages("invoices", start=START, end=END))) == 50
    assert stripe_account.requests[0].status == 429
    assert stripe_account.requests[-1].status == 200


@pytest.mark.parametrize(
    ("retry_after_s", "pause_s"),
    [
        pytest.param(7.0, 7.0, id="as-told"),
        pytest.param(0.5, 1.0, id="never-less-than-the-backoff"),
        pytest.param(None, 1.0, id="not-told"),
    ],
)
def test_pause_after_a_rate_limit(stripe_account, source, waits, retry_after_s, pause_s):
    """``Retry-After`` counts, where there is one."""
    stripe_account.faults.add("status", status=429, retry_after_s=retry_after_s)

    list(source.pages("invoices", start=START, end=END))

    assert pause_s in waits
    assert [each.status for each in stripe_account.requests] == [429, 200]


@pytest.mark.parametrize("asked_s", [3_600, 86_400, 1e12])
def test_an_unreasonable_pause_ends_the_call_and_does_not_hold_others(stripe_account, connect, asked_s):
    """The call that was told to wait longer than its retries take raises; others wait for the cap and go on."""
    clock = Clock()
    stripe_account.faults.add("status", status=429, retry_after_s=asked_s)
    source = connect(clock=clock, sleep=clock.sleep)

    with pytest.raises(RateLimitedError, match=r"^GET /v1/invoices: 429.*attempts: 1, seconds: 0"):
        source.find("invoices")
    assert clock.now == 0.0
    assert source.find("invoices") == []
    assert clock.now == pytest.approx(MAX_PAUSE_S)


@pytest.mark.parametrize("asked_s", [math.inf, math.nan, -5.0])
def test_a_pause_that_makes_no_sense_is_like_none(stripe_account, connect, asked_s):
    """The usual backoff counts."""
    clock = Clock()
    stripe_account.faults.add("status", status=429, retry_after_s=asked_s)
    source = connect(clock=clock, sleep=clock.sleep)

    assert source.find("invoices") == []
    assert clock.now == pytest.approx(1.0)


def test_a_lock_holds_back_nobody_else(stripe_account, connect):
    """Another request has one record locked: that call waits, and no other one."""
    clock = Clock()
    made = [stripe_account.create_customer()["id"] for _ in range(2)]
    stripe_account.faults.add("status", status=429, path=f"{made[0]}$", times=None, body=lock_timeout().body)
    source = connect(clock=clock, sleep=clock.sleep)

    with pytest.raises(RetriableError, match=r"429 \(lock_timeout\): another request or process has the record locked"):
        source.retrieve("customers", made[0])
    waited_s = clock.now
    assert source.retrieve("customers", made[1])["id"] == made[1]
    assert (waited_s, clock.now) == (pytest.approx(31.0), pytest.approx(31.0))


def test_a_rate_limit_holds_back_all_threads(stripe_account, connect, waits):
    """Not only the thread that saw the 429 slows down."""
    stripe_account.faults.add("status", status=429, retry_after_s=7.0)
    source = connect(clock=lambda: 0.0)
    list(source.pages("invoices", start=START, end=END))
    waits.clear()

    other = threading.Thread(target=lambda: list(source.pages("customers", start=START, end=END)))
    other.start()
    other.join()

    assert waits == [pytest.approx(7.0)]
