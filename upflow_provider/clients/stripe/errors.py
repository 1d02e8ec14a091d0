"""Errors of Stripe's SDK as errors of ours, which say how to react."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from requests.exceptions import ChunkedEncodingError, ContentDecodingError, ReadTimeout

from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.clients.http_dates import retry_after_s
from upflow_provider.clients.redaction import shown_code
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    RetriableError,
    UnservedError,
    UpflowSyncError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import stripe

PERMISSION_NAME = re.compile(r"\brak_\w+")
"""A permission of a restricted key, as Stripe names it, for example ``rak_customer_read``."""
KEY_PROBLEMS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Stripe does not accept the key",
    HTTPStatus.FORBIDDEN: "the key does not permit this",
}
PASSING_CODES = {
    "lock_timeout": "another request or process has the record locked",
    "idempotency_key_in_use": "another request with this key is in progress",
    "api_connection_error": "Stripe cannot be reached",
}
"""Codes of errors that pass, whatever their status (https://docs.stripe.com/error-codes)."""
PASSING_STATUSES: dict[int, str] = {
    HTTPStatus.REQUEST_TIMEOUT: "the request took too long",
    HTTPStatus.CONFLICT: "another request has the record locked",
    HTTPStatus.FAILED_DEPENDENCY: "a system that Stripe depends on has failed",
    HTTPStatus.TOO_EARLY: "the server is not ready to answer yet",
}
"""
Statuses below 500 that pass, beside 429 (https://docs.stripe.com/api/errors); all from 500 on pass as well.

Any other 4xx, known or not, would come again: it is lasting.
"""
CUT_OFF = (ChunkedEncodingError, ContentDecodingError, ReadTimeout)
"""What `requests` raises when the whole of an answer does not arrive, which fewer records may help."""


class CutAnswerError(UnservedError):
    """An answer did not arrive whole, or is not what was asked for; a smaller one may arrive."""


def problem(error: stripe.StripeError, call: str) -> UpflowSyncError:
    """
    Return our error for an error of the SDK.

    Stripe's message is not repeated, because it may quote values and the SDK puts whole answers into its
    errors. Stripe's codes are repeated, and so is the id under which its dashboard logs the request.

    Args:
        error: What the SDK raised.
        call: Method and path, for the message.

    Returns:
        The error of the class that asks for the right reaction, see `upflow_provider.errors`.
    """
    status = error.http_status
    if status is None:
        lost = unanswered(error, call)
        return CutAnswerError(str(lost)) if isinstance(error.__cause__, CUT_OFF) else lost
    what = f"{call}: {status}{reasons(error)}"
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return CutAnswerError(f"{what}: the answer is not JSON, or not all of it; if it persists, check the host")
    return _passing(error, status, what) or _lasting(error, status, what)


def _passing(error: stripe.StripeError, status: int, what: str) -> RetriableError | None:
    """Return the error of a problem that may pass."""
    code = _detail(error).get("code")
    if isinstance(code, str) and code in PASSING_CODES:
        return UnservedError(f"{what}: {PASSING_CODES[code]}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(what, retry_after_s(error.headers or {}))
    if status in PASSING_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnservedError(f"{what}: {PASSING_STATUSES.get(status, 'Stripe is in trouble')}")
    return None


def _lasting(error: stripe.StripeError, status: int, what: str) -> UpflowSyncError:
    if status < HTTPStatus.BAD_REQUEST:
        return ConfigurationError(f"{what}: Stripe's API never redirects; check the connection's host")
    if status == HTTPStatus.NOT_FOUND or _detail(error).get("code") == "resource_missing":
        return NotFoundError(what, status)
    if status in KEY_PROBLEMS:
        return AuthenticationError(f"{what}: {KEY_PROBLEMS[status]}")
    return RefusedError(what, status)


def reasons(error: stripe.StripeError) -> str:
    """Return Stripe's codes, in brackets: code, parameter, permission, limit and request id, as far as given."""
    detail, headers = _detail(error), error.headers or {}
    said = (
        detail.get("code"),
        detail.get("param"),
        *PERMISSION_NAME.findall(str(detail.get("message") or "")),
        headers.get("Stripe-Rate-Limited-Reason"),
        headers.get("Request-Id"),
    )
    text = ", ".join(shown_code(each) for each in said if isinstance(each, str) and each)
    return f" ({text})" if text else ""


def _detail(error: stripe.StripeError) -> Mapping[str, Any]:
    """Return Stripe's error object; empty if the answer came from somebody else, such as a proxy."""
    body = error.json_body
    detail = body.get("error") if isinstance(body, dict) else None
    return detail if isinstance(detail, dict) else {}
