"""Upflow's answers: the content of each, or the error that it stands for."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import requests

from upflow_provider.clients.http_dates import http_instant
from upflow_provider.clients.redaction import redact
from upflow_provider.errors import (
    AuthenticationError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RefusedError,
    RetriableError,
    UpflowSyncError,
)

REASON_LENGTH_MAX = 10_000
"""Characters of an error's body that are searched for the reason."""


def is_success(response: requests.Response) -> bool:
    """Tell whether the status is 2xx; a redirect is no success, because it would carry the credentials elsewhere."""
    return HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES


def content(response: requests.Response, call: str) -> Any:  # noqa: ANN401 - any JSON
    """
    Return the content of a successful answer; ``None`` if it is empty.

    Args:
        response: The answer. One bare word counts as JSON: ``CREATED`` is the answer of ``/reconcile``.
        call: Method and path, for messages.

    Raises:
        RetriableError: The answer was cut short.
        ProtocolError: It is not JSON at all.
    """
    try:
        return response.json() if response.content else None
    except requests.JSONDecodeError:
        text = response.text.strip()
    if text.isalpha():
        return text
    if text.startswith(("{", "[", '"')):
        raise RetriableError(f"{call}: {response.status_code}: the answer was cut short")
    raise ProtocolError(f"{call}: {response.status_code}: the answer is not JSON; check the connection's host")


def problem(response: requests.Response, call: str, sent: Any) -> UpflowSyncError:  # noqa: ANN401 - any JSON
    """
    Return the error that an answer stands for.

    The vendor's list (https://docs.upflow.io, integrating with the Upflow API) calls only 500 and 503 worth
    a retry. Other 5xx come from proxies in between and pass just as well.

    Args:
        response: An answer that is not a success.
        call: Method and path, for the message.
        sent: What was sent, as JSON; the message does not repeat it.

    Returns:
        The error of the class that asks for the right reaction, see `upflow_provider.errors`.
    """
    status = response.status_code
    what = f"{call}: {status}"
    if reason := redact(_reason(response), sent):
        what = f"{what}: {reason}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RetriableError(what)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(what, retry_after_s(response))
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return AuthenticationError(f"{what}; check login (API key) and password (API secret) of the connection")
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(what, status)
    if status >= HTTPStatus.BAD_REQUEST:
        return RefusedError(what, status)
    return ProtocolError(f"{what}: Upflow documents no such answer; check the connection's host")


def retry_after_s(response: requests.Response) -> float:
    """
    Return the seconds that an answer asks to wait; 0.0 if it does not say, or says nonsense.

    A date is compared with the answer's own ``Date``, so that clocks may differ.
    """
    said = response.headers.get("Retry-After", "")
    try:
        seconds = float(said)
    except ValueError:
        until = http_instant(said)
        now = http_instant(response.headers.get("Date", "")) or datetime.now(UTC)
        seconds = (until - now).total_seconds() if until else 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def _reason(response: requests.Response) -> str:
    """Return ``message``, else ``error``, else the text of an error's body, whose shape is not documented."""
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return response.text[:REASON_LENGTH_MAX]
    said = (body.get("message") or body.get("error")) if isinstance(body, dict) else body
    parts = said if isinstance(said, list) else [said]
    return "; ".join(str(part) for part in parts if part)[:REASON_LENGTH_MAX]
