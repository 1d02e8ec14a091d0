"""Errors of Stripe's SDK become errors that say how to react."""

from __future__ import annotations

import pytest

from upflow_provider.clients.stripe.errors import CutAnswerError, problem
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    UnservedError,
)

CALL = "GET /v1/invoices/in_1"
SAID = "No such customer: ann@example.com, key sk_test_****1234"


def sdk_error(status, headers=None, **detail):
    """Return an error as the SDK raises it."""
    import stripe

    body = {"error": {"type": "invalid_request_error", "message": SAID, **detail}}
    return stripe.StripeError(SAID, str(body), status, body, headers)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ConfigurationError),
        (400, RefusedError),
        (401, AuthenticationError),
        (402, RefusedError),
        (403, AuthenticationError),
        (404, NotFoundError),
        (405, RefusedError),
        (408, UnservedError),
        (409, UnservedError),
        (418, RefusedError),
        (422, RefusedError),
        (424, UnservedError),
        (425, UnservedError),
        (429, RateLimitedError),
        (500, UnservedError),
        (502, UnservedError),
        (503, UnservedError),
        (504, UnservedError),
        (599, UnservedError),
    ],
)
def test_status_decides(status, kind):
    """Try again, stop, or set this record aside."""
    error = problem(sdk_error(status), CALL)

    assert type(error) is kind
    assert str(error).startswith(f"{CALL}: {status}")


@pytest.mark.parametrize("status", [400, 409, 429])
@pytest.mark.parametrize("code", ["lock_timeout", "idempotency_key_in_use"])
def test_some_codes_pass_whatever_their_status(status, code):
    """A lock is no limit: only the call that met it waits."""
    assert type(problem(sdk_error(status, code=code), CALL)) is UnservedError


@pytest.mark.parametrize("code", ["parameter_unknown", "account_invalid", "made_up_tomorrow", None, 7, ["x"], {}])
def test_any_other_refusal_lasts(code):
    """A code that nobody knows, or that is none, does not make a 400 pass."""
    assert type(problem(sdk_error(400, code=code), CALL)) is RefusedError


def test_record_that_is_gone_is_not_found_whatever_the_status():
    """A deleted record named by a parameter is a 400."""
    error = problem(sdk_error(400, code="resource_missing", param="starting_after"), CALL)

    assert type(error) is NotFoundError
    assert str(error) == f"{CALL}: 400 (resource_missing, starting_after)"


def test_message_has_codes_and_the_request_but_not_what_stripe_quotes():
    """Stripe's text may repeat personal data or parts of the key; its log has the rest."""
    error = problem(sdk_error(400, {"Request-Id": "req_1"}, code="parameter_unknown", param="foo"), CALL)

    assert str(error) == f"{CALL}: 400 (parameter_unknown, foo, req_1)"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500])
def test_no_value_ever_shows(status):
    """Our message repeats neither the message nor the body of an answer."""
    text = repr(problem(sdk_error(status), CALL))

    assert "ann@" not in text
    assert "sk_test" not in text


def test_missing_permission_is_named():
    """A restricted key's error says which permission to add."""
    message = "Having the 'rak_invoice_read' permission would allow this request to continue."
    error = problem(sdk_error(403, message=message), CALL)

    assert str(error) == f"{CALL}: 403 (rak_invoice_read): the key does not permit this"


@pytest.mark.parametrize(
    ("headers", "retry_after_s"),
    [
        pytest.param({}, 0.0, id="not-said"),
        pytest.param(None, 0.0, id="no-headers"),
        pytest.param({"Retry-After": "3"}, 3.0, id="seconds"),
        pytest.param({"Retry-After": "0.5"}, 0.5, id="fraction"),
        pytest.param({"Retry-After": "-1"}, 0.0, id="past"),
        pytest.param({"Retry-After": "soon"}, 0.0, id="nonsense"),
        pytest.param({"Retry-After": "inf"}, 0.0, id="infinite"),
        pytest.param({"Retry-After": "1e999"}, 0.0, id="beyond-a-float"),
        pytest.param({"Retry-After": "nan"}, 0.0, id="no-number"),
        pytest.param(
            {"Retry-After": "Sun, 29 Nov 2026 00:00:30 GMT", "Date": "Sun, 29 Nov 2026 00:00:00 GMT"}, 30.0, id="date"
        ),
    ],
)
def test_rate_limit_carries_the_pause(headers, retry_after_s):
    """The pause that Stripe asks for is kept, if it asks for one."""
    assert problem(sdk_error(429, headers), CALL).retry_after_s == retry_after_s


def test_rate_limit_says_which_limit():
    """Stripe tells the limits of an account and of an endpoint apart."""
    error = problem(sdk_error(429, {"Stripe-Rate-Limited-Reason": "endpoint-rate"}), CALL)

    assert "endpoint-rate" in str(error)


@pytest.mark.parametrize(("status", "kind"), [(200, CutAnswerError), (401, AuthenticationError), (502, UnservedError)])
def test_answer_that_is_not_stripes(status, kind):
    """A proxy's page, or an answer cut short, is judged by its status alone."""
    import stripe

    error = problem(stripe.APIError("Invalid response body from API: <html>", b"<html>", status, {}), CALL)

    assert type(error) is kind
    assert "html" not in str(error)


def test_no_answer_at_all():
    """Without a status, what was in the way decides."""
    import stripe

    error = stripe.APIConnectionError("Unexpected error communicating with Stripe")
    error.__cause__ = UnicodeEncodeError("latin-1", "key", 0, 1, "no")

    assert type(problem(error, CALL)) is ConfigurationError
