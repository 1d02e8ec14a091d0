"""Upflow's answers: the content of each, or the error that it stands for."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import requests

from upflow_provider.clients.bounded_answers import AnswerTooDeepError, read_json
from upflow_provider.clients.http_dates import retry_after_s
from upflow_provider.clients.redaction import redact
from upflow_provider.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RecordError,
    RefusedError,
    SharedLimitError,
    UnservedError,
    UpflowSyncError,
)

PASSING = {
    HTTPStatus.REQUEST_TIMEOUT,  # the request did not arrive in time
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
"""
Statuses that pass, and by which a server says that it did not begin to work on the request.

Of all others, those from 500 on pass as well, because they come from servers in trouble or from proxies; what they
did is not known. Those from 400 to 499 do not: the same request would be refused again. This holds for 409 and 423,
too, by which a server may say that another request has the record locked: no two of ours concern one customer at a
time, so that the lock is somebody else's and its end is not known. Such a record is set aside and tried again after
minutes, not seconds (https://docs.upflow.io, integrating with the Upflow API: only 500 and 503 are worth a retry).
"""
REASON_LENGTH_MAX = 10_000
"""Bytes of an error's body that are searched for the reason, if it is not JSON."""
REASONS_MAX = 10
"""Reasons in one answer that are looked at."""
IS_PAGE = "the answer is a web page; Upflow's API may be under maintenance, or the connection's host may be wrong"
PAGE = re.compile(rb"\s*<")
"""Beginning of HTML or XML, which Upflow never answers: it is a page of a proxy, such as one during maintenance."""


def is_success(response: requests.Response) -> bool:
    """Tell whether the status is 2xx; a redirect is not a success, because it would carry the credentials elsewhere."""
    return HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES


def content(response: requests.Response, call: str) -> Any:  # noqa: ANN401 - any JSON
    """
    Return the content of a successful answer; ``None`` if it is empty.

    Args:
        response: The answer. One bare word counts as JSON: ``CREATED`` is the answer of ``/reconcile``.
        call: Method and path, for messages.

    Raises:
        UnservedError: The answer was cut short, or is a page, as proxies show it during maintenance.
        RecordError: It is nested too deeply.
        ProtocolError: It is not JSON at all.
    """
    body = response.content.strip()
    what = f"{call}: {response.status_code}"
    try:
        return read_json(body) if body else None
    except AnswerTooDeepError as error:
        raise RecordError(f"{what}: the answer is {error} and was not read") from None
    except ValueError:
        if body.isalpha():
            return body.decode("ascii")
    if body.startswith((b"{", b"[", b'"')):
        raise UnservedError(f"{what}: the answer was cut short")
    if PAGE.match(body):
        raise UnservedError(f"{what}: {IS_PAGE}")
    raise ProtocolError(f"{what}: the answer is not JSON; check the connection's host")


def problem(response: requests.Response, call: str, sent: Any) -> UpflowSyncError:  # noqa: ANN401 - any JSON
    """
    Return the error that an answer stands for.

    Args:
        response: An answer that is not a success.
        call: Method and path, for the message.
        sent: What was sent, as JSON; the message does not repeat it.

    Returns:
        The error of the class that asks for the right reaction, see `upflow_provider.errors`.
    """
    status = response.status_code
    what = f"{call}: {status}"
    is_page = PAGE.match(response.content) is not None
    if reason := IS_PAGE if is_page else redact(_reason(response), sent):
        what = f"{what}: {reason}"
    is_proxys = status == HTTPStatus.NOT_FOUND and is_page  # a proxy does not know what Upflow lacks
    if is_proxys or status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        pause_s = retry_after_s(response.headers)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return SharedLimitError(what, pause_s)
        return RateLimitedError(what, pause_s) if pause_s else UnservedError(what)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        kind = AuthenticationError if status == HTTPStatus.UNAUTHORIZED else ForbiddenError
        return kind(f"{what}; check login (API key) and password (API secret) of the connection")
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(what, status)
    if status >= HTTPStatus.BAD_REQUEST:
        return RefusedError(what, status)
    return ProtocolError(f"{what}: Upflow's API does not document such an answer; check the connection's host")


def _reason(response: requests.Response) -> str:
    """Return ``message``, else ``error``, else the text of an error's body, whose shape is not documented."""
    try:
        body = read_json(response.content)
    except ValueError:
        return response.content[:REASON_LENGTH_MAX].decode(errors="replace")
    said = (body.get("message") or body.get("error") or body.get("errors")) if isinstance(body, dict) else body
    parts = said if isinstance(said, list) else [said]
    return "; ".join(str(part) for part in parts[:REASONS_MAX] if part)
