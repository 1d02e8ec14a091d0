"""Errors of Stripe's SDK as errors of ours, which say how to react."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.errors import (
    AuthenticationError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    RetriableError,
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
PASSING_PROBLEMS: dict[int, str] = {
    HTTPStatus.OK: "the answer is not JSON, or not all of it",
    HTTPStatus.CONFLICT: "another request has the record locked",
}


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
        return unanswered(error, call)
    what = f"{call}: {status}{reasons(error)}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(what, _retry_after_s(error.headers or {}))
    if status == HTTPStatus.NOT_FOUND or _detail(error).get("code") == "resource_missing":
        return NotFoundError(what, status)
    if status in KEY_PROBLEMS:
        return AuthenticationError(f"{what}: {KEY_PROBLEMS[status]}")
    if status in PASSING_PROBLEMS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RetriableError(f"{what}: {PASSING_PROBLEMS.get(status, 'Stripe is in trouble')}")
    return RefusedError(what, status)


def reasons(error: stripe.StripeError) -> str:
    """Return Stripe's codes, in brackets: code, parameter, permission, limit and request id, as far as given."""
    detail, headers = _detail(error), error.headers or {}
    said = (
        detail.get("code"),
        detail.get("param"),
        *PERMISSION_NAME.findall(detail.get("message") or ""),
        headers.get("Stripe-Rate-Limited-Reason"),
        headers.get("Request-Id"),
    )
    text = ", ".join(each for each in said if each)
    return f" ({text})" if text else ""


def _detail(error: stripe.StripeError) -> Mapping[str, Any]:
    """Return Stripe's error object; empty if the answer came from somebody else, such as a proxy."""
    body = error.json_body
    detail = body.get("error") if isinstance(body, dict) else None
    return detail if isinstance(detail, dict) else {}


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds that Stripe asks to wait; 0.0 if it does not say."""
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return 0.0
