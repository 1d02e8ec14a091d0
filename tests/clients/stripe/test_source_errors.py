"""Reading Stripe when something fails: what is waited out, what is tried again, and what ends the sync."""

import threading
import traceback

import pytest

from tests.clients.stripe.listings import END, START, START_S, fill, ids
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import AuthenticationError, FatalError, RateLimitedError, RetriableError


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


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 502}),
        ("status", {"status": 503}),
        ("status", {"status": 504}),
        ("status", {"status": 409}),
        ("reset_before", {}),
        ("reset_after", {}),
        ("reset_during", {}),
        ("truncated", {}),
    ],
    ids=lambda value: str(value.get("status", "")) if isinstance(value, dict) else value,
)
def test_what_may_pass_is_tried_again(stripe_account, source, waits, kind, options):
    """Two failures on the way cost two pauses and no record."""
    fill(stripe_account, 150)
    stripe_account.faults.add(kind, after=1, times=2, **options)

    listed = ids(source.pages("invoices", start=START, end=END))

    assert listed == [f"in_{each:04d}" for each in reversed(range(150))]
    assert [seconds for seconds in waits if seconds >= 1.0] == [1.0, 2.0]


def test_a_slow_answer_is_given_up_and_asked_for_again(stripe_account, waits):
    """Requests have a time limit."""
    fill(stripe_account, 5)
    stripe_account.faults.add("slow", delay_s=5.0)
    sdk = open_sdk(stripe_account.api_key, base_url=stripe_account.url, timeout_s=(1.0, 0.1))

    assert len(ids(StripeSource(sdk, sleep=waits.append).pages("invoices", start=START, end=END))) == 5


@pytest.mark.parametrize(
    ("kind", "options", "error", "text"),
    [
        pytest.param("status", {"status": 503}, RetriableError, "503", id="503"),
        pytest.param("status", {"status": 429}, RateLimitedError, "429", id="429"),
        pytest.param("reset_before", {}, RetriableError, "the connection was lost", id="reset"),
        pytest.param("truncated", {}, RetriableError, "not JSON", id="truncated"),
    ],
)
def test_what_does_not_pass_ends_the_listing(stripe_account, source, kind, options, error, text):
    """After so many attempts Airflow's retries take over; the message says what it was."""
    stripe_account.faults.add(kind, times=None, **options)

    with pytest.raises(error, match=rf"^GET /v1/invoices: .*{text}"):
        list(source.pages("invoices", start=START, end=END))

    assert len(stripe_account.requests) == 6


@pytest.mark.parametrize("status", [400, 402, 404, 422])
def test_a_refused_listing_stops_the_sync_at_once(stripe_account, source, status):
    """Nothing is read by trying again, and no record is to blame."""
    stripe_account.faults.add("status", status=status, times=None)

    with pytest.raises(FatalError, match=f"^GET /v1/invoices: {status}"):
        list(source.pages("invoices", start=START, end=END))

    assert len(stripe_account.requests) == 1


def test_a_lost_permission_is_loud(stripe_account, source):
    """A resource that may not be read any more is an error, never an empty list."""
    fill(stripe_account, 150)
    pages = source.pages("invoices", start=START, end=END)
    next(pages)
    stripe_account.forbidden.add("invoices")

    with pytest.raises(AuthenticationError, match=r"^GET /v1/invoices: 403 \(rak_invoice_read"):
        next(pages)
    assert len(stripe_account.requests) == 2


def test_a_wrong_key_is_loud_and_not_shown(connect):
    """The message says that the key is wrong, not what it is."""
    source = connect(key="sk_test_wrong")

    with pytest.raises(AuthenticationError, match=r"^GET /v1/customers/cus_1: 401.*does not accept the key$") as raised:
        source.retrieve("customers", "cus_1")

    assert "sk_test_wrong" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("kind", ["status", "truncated"])
def test_errors_carry_no_answers(stripe_account, source, kind):
    """Answers hold personal data, and tracebacks end up in task logs."""
    stripe_account.create_customer(created=START_S, email="ann@example.com", name="Ann Example")
    stripe_account.faults.add(kind, times=None)

    with pytest.raises(RetriableError) as raised:
        list(source.pages("customers", start=START, end=END))

    text = "".join(traceback.format_exception(raised.value))
    assert "Ann" not in text
    assert "ann@" not in text
    assert "StripeError" not in text
