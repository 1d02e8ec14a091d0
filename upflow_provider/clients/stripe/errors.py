"""Errors of Stripe's SDK, named by the reaction they ask for."""

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

PERMISSION = re.compile(r"\brak_\w+")
"""How Stripe names the permissions of restricted keys, e.g. ``rak_customer_read``."""
REFUSED_KEY: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Stripe does not accept the key",
    HTTPStatus.FORBIDDEN: "the key does not permit this",
}
MAY_PASS: dict[int, str] = {
    HTTPStatus.OK: "the answer is no JSON, or not all of it",
    HTTPStatus.CONFLICT: "another request has the record locked",
}


def named(error: stripe.StripeError, call: str) -> UpflowSyncError:
    """
    Return our error for what the SDK raised.

    Stripe's own text is not repeated, for it may quote values, and the SDK puts whole answers into
    its errors. What Stripe says in codes is, with the id under which its dashboard logs the request.

    Args:
        error: What the SDK raised.
        call: Method and path, for the message.

    Returns:
        Retriable, fatal, or about one record; see `upflow_provider.errors`.
    """
    status = error.http_status
    if status is None:
        return unanswered(error, call)
    what = f"{call}: {status}{reasons(error)}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(what, _retry_after_s(error.headers or {}))
    if status == HTTPStatus.NOT_FOUND or _detail(error).get("code") == "resource_missing":
        return NotFoundError(what, status)
    if status in REFUSED_KEY:
        return AuthenticationError(f"{what}: {REFUSED_KEY[status]}")
    if status in MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RetriableError(f"{what}: {MAY_PASS.get(status, 'Stripe is in trouble')}")
    return RefusedError(what, status)


def reasons(error: stripe.StripeError) -> str:
    """Return what Stripe says in codes: `` (code, parameter, permission, limit, request id)``."""
    detail, headers = _detail(error), error.headers or {}
    said = (
        detail.get("code"),
        detail.get("param"),
        *PERMISSION.findall(detail.get("message") or ""),
        headers.get("Stripe-Rate-Limited-Reason"),
        headers.get("Request-Id"),
    )
    text = ", ".join(each for each in said if each)
    return f" ({text})" if text else ""


def _detail(error: stripe.StripeError) -> Mapping[str, Any]:
    """Return Stripe's error object; empty when the answer came from somebody else, such as a proxy."""
    body = error.json_body
    detail = body.get("error") if isinstance(body, dict) else None
    return detail if isinstance(detail, dict) else {}


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds Stripe asks to wait; 0.0 when it does not say."""
    try:
        return max(0.0, float(headers.get("Retry-After", "")))
    except ValueError:
        return 0.0
