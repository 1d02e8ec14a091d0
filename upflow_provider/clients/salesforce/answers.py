"""Answers of Salesforce: their content, or the error that they stand for, named by the reaction that it asks for."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import requests

from upflow_provider.clients.redaction import redact
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
    ProtocolError,
    QuotaError,
    RefusedError,
    RetriableError,
    UpflowSyncError,
)

USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
"""Requests of all programs together; those of one connected app may stand beside them, as ``per-app-api-usage``."""
QUOTA = "REQUEST_LIMIT_EXCEEDED"
"""Code of a refusal that ends with time: too many requests in 24 hours, or more than 25 long ones at a time."""
PASSING = frozenset(
    {
        "API_TEMPORARILY_UNAVAILABLE",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "UNABLE_TO_LOCK_ROW",
    }
)
"""Codes of errors that may pass within a run (https://developer.salesforce.com, SOAP API, status codes)."""


PERSONAL_DIGITS = 3
"""Digits from which a number counts as personal; shorter ones occur in many reasons, as counts and positions."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    Why Salesforce refused one record.

    Attributes:
        code: Salesforce's status code, e.g. ``FIELD_CUSTOM_VALIDATION_EXCEPTION``.
        reason: Salesforce's words, without the values that were sent.
        fields: API names of the fields that it concerns.
    """

    code: str
    reason: str = ""
    fields: tuple[str, ...] = ()

    @property
    def is_passing(self) -> bool:
        """Whether the same write may succeed within the run."""
        return self.code in PASSING

    def __str__(self) -> str:
        about = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.code}{about}: {self.reason}" if self.reason else f"{self.code}{about}"


@dataclass(frozen=True, slots=True)
class Usage:
    """
    Requests that the whole Salesforce organization has made in the last 24 hours.

    Attributes:
        used: Number of requests.
        limit: How many are allowed.
    """

    used: int
    limit: int


def usage(response: requests.Response) -> Usage | None:
    """Return the usage of the daily limit according to an answer; ``None`` if the answer does not contain it."""
    found = USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
    return Usage(int(found[1]), int(found[2])) if found else None


def content(response: requests.Response, call: str) -> Any:  # noqa: ANN401 - any JSON
    """
    Return the JSON of a successful answer, with exact numbers; ``None`` for an empty answer.

    Raises:
        RetriableError: The answer was truncated.
        ProtocolError: The answer is no JSON: something other than Salesforce's API answered.
    """
    if not response.content:
        return None
    try:
        return json.loads(response.content, parse_float=Decimal)
    except ValueError:
        if _is_truncated(response):
            raise _truncated(response, call) from None
    raise not_salesforce(response, call, "JSON")


def records(response: requests.Response, call: str) -> list[dict[str, str]]:
    """
    Return the records of a successful answer in CSV: value by field, where an empty value stands for null.

    Raises:
        RetriableError: The answer was truncated.
        ProtocolError: The answer is no CSV: something other than Salesforce's API answered.
    """
    if not response.content:
        return []
    if "csv" not in response.headers.get("Content-Type", ""):
        raise not_salesforce(response, call, "CSV")
    try:
        found = list(csv.DictReader(io.StringIO(response.content.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError):
        raise _truncated(response, call) from None
    number = response.headers.get("Sforce-NumberOfRecords", "")
    lacking = response.content.endswith(b",") or any(None in each.values() for each in found)
    if lacking or (number.isdecimal() and int(number) != len(found)):
        raise _truncated(response, call)
    return found


def not_salesforce(response: requests.Response, call: str, expected: str) -> ProtocolError:
    """Return the error for a successful answer that does not come from Salesforce's API."""
    return ProtocolError(
        f"{call}: {response.status_code}: the answer is no {expected}; check the Salesforce connection's instance"
    )


def _truncated(response: requests.Response, call: str) -> RetriableError:
    return RetriableError(f"{call}: {response.status_code}: the answer was truncated")


def refusal(error: Mapping[str, Any], sent: Any) -> Refusal:  # noqa: ANN401 - any JSON
    """
    Return the refusal that one error of an answer stands for.

    Args:
        error: ``{statusCode | errorCode, message, fields}``.
        sent: What was sent, as JSON; the reason does not repeat it.
    """
    code = str(error.get("statusCode") or error.get("errorCode") or "UNKNOWN_ERROR")
    return Refusal(code, redact(str(error.get("message") or ""), sent), tuple(error.get("fields") or ()))


def personal(values: Mapping[str, object]) -> dict[str, str]:
    """Return the values that no reason may repeat, as text by field: all but null, true, false and short numbers."""
    texts = {name: str(value) for name, value in values.items() if value is not None and not isinstance(value, bool)}
    return {
        name: text
        for name, text in texts.items()
        if text not in {"", "#N/A", "true", "false"} and not (text.isdecimal() and len(text) < PERSONAL_DIGITS)
    }


def problem(response: requests.Response, call: str, sent: Any) -> UpflowSyncError:  # noqa: ANN401 - any JSON
    """
    Return the error that an answer stands for.

    See https://developer.salesforce.com, REST API, status codes and error responses. When the daily limit is reached,
    the answer is a 403 with a code of its own and no ``Retry-After``.

    Args:
        response: An answer that is not successful.
        call: Method and path, for the message.
        sent: What was sent, and may be personal, as JSON; the message does not repeat it.
    """
    status, truncated = response.status_code, _is_truncated(response)
    reasons = _refusals(response, sent)
    what = f"{call}: {status}" + (
        ": the answer was truncated" if truncated else "".join(f": {each}" for each in reasons[:3])
    )
    codes = {each.code for each in reasons}
    if QUOTA in codes:
        return QuotaError(f"{what}; the rest waits for the next run")
    passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS or codes & PASSING
    if passing or truncated:  # without its code, a reached limit would look like a missing permission
        return RetriableError(what)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return AuthenticationError(f"{what}; check the Salesforce connection and its user's permissions")
    if status == HTTPStatus.GONE:
        return ConfigurationError(f"{what}; Salesforce has retired this API version: set a newer one in the connection")
    if status < HTTPStatus.BAD_REQUEST:
        return ProtocolError(f"{what}: Salesforce does not document such an answer; check the connection's instance")
    return (NotFoundError if status == HTTPStatus.NOT_FOUND else RefusedError)(what, status)


def _is_truncated(response: requests.Response) -> bool:
    """Return whether an answer begins like JSON but does not end like it."""
    if not response.content.lstrip().startswith((b"{", b"[")):
        return False
    try:
        json.loads(response.content)
    except ValueError:
        return True
    return False


def _refusals(response: requests.Response, sent: Any) -> list[Refusal]:  # noqa: ANN401 - any JSON
    """Return the errors of an answer, usually one; none if the answer is not JSON."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return []
    errors = body if isinstance(body, list) else [body]
    return [refusal(error, sent) for error in errors if isinstance(error, dict)]
