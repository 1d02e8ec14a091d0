"""Reading Stripe when something fails: what is waited out, what is tried again, and what ends the sync."""

import traceback

import pytest

from tests.clients.stripe.listings import END, START, START_S, fill, ids
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import AuthenticationError, FatalError, RateLimitedError, RefusedError, RetriableError
from upflow_provider.testing.stripe.billing.refusal import missing


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


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(400, None, "400", id="unknown"),
        pytest.param(402, None, "402", id="unusual"),
        pytest.param(404, None, "404", id="missing"),
        pytest.param(
            400, missing("customers", "cus_1", "customer").body, "400 .resource_missing, customer", id="named"
        ),
    ],
)
def test_a_refused_look_up_is_one_records_trouble(stripe_account, source, status, body, reason):
    """It ends nothing else; and what is found by something that is missing is not itself proven to be missing."""
    fault = {"status": status, "body": body, "times": None}
    stripe_account.faults.add("status", parameters={"invoice": "in_7"}, **fault)

    with pytest.raises(RefusedError, match=rf"^GET /v1/invoice_payments: {reason}.*looked up by invoice$") as raised:
        source.find("invoice_payments", invoice="in_7")
    assert (type(raised.value), raised.value.status) == (RefusedError, status)
    assert source.find("invoice_payments", invoice="in_8") == []
    assert len(stripe_account.requests) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, AuthenticationError), (403, AuthenticationError), (503, RetriableError), (429, RateLimitedError)],
)
def test_a_look_up_that_fails_for_another_reason_stops_the_task(stripe_account, source, status, error):
    """The key, or a server in trouble, is no record's fault."""
    stripe_account.faults.add("status", status=status, times=None)

    with pytest.raises(error):
        source.find("invoice_payments", invoice="in_7")


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        pytest.param(400, {"code": "resource_missing", "param": "starting_after"}, id="missing"),
        pytest.param(404, {"code": "resource_missing"}, id="not-found"),
        pytest.param(400, {}, id="without-a-code"),
        pytest.param(400, {"param": "starting_after"}, id="parameter"),
    ],
)
def test_a_position_that_stripe_no_longer_keeps_is_found_again(stripe_account, source, status, detail):
    """Events older than 30 days are no positions any more: the list goes on from their second, and loses nothing."""
    fill(stripe_account, 250, per_second=7)
    body = {"error": {"type": "invalid_request_error", "message": "No such event: 'in_0150'", **detail}}
    stripe_account.faults.add("status", status=status, body=body, parameters={"starting_after": ".*"})

    listed = ids(source.pages("invoices", start=START, end=END))

    assert listed == [f"in_{each:04d}" for each in reversed(range(250))]


def test_a_listing_that_is_refused_with_and_without_its_position_stops(stripe_account, source):
    """Then it is not the position that Stripe refuses."""
    fill(stripe_account, 150)
    stripe_account.faults.add("status", status=400, after=1, times=None)

    with pytest.raises(FatalError, match=r"^GET /v1/invoices: 400"):
        list(source.pages("invoices", start=START, end=END))
    assert len(stripe_account.requests) == 3


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
