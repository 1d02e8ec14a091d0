"""Answers of Salesforce: their content, or the error that they stand for, named by the reaction that it asks for."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, TypeVar

import requests

from upflow_provider.clients.bounded_answers import read_json
from upflow_provider.clients.salesforce.refusals import OVERLOAD, QUOTA, refusal
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

USAGE = re.compile(r"(?<![\w-])api-usage=(\d{1,18})/(\d{1,18})")
"""Requests of all programs together; those of one connected app may stand beside them, as ``per-app-api-usage``."""
NUMBER = re.compile(r"\d{1,18}")
PASSING_STATUSES = frozenset({408, 420, 423, 425, 429})
"""HTTP statuses below 500 that may pass within a run: time-outs, locks, and somebody who asks for a pause."""
REMEDY = "check the Salesforce connection's instance"
"""What to do about answers that are not Salesforce's."""

T = TypeVar("T")


class OverloadError(RetriableError):
    """A request did too much at once; a smaller one may succeed."""


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
        ProtocolError: The answer is not JSON: something other than Salesforce's API answered.
    """
    if not response.content:
        return None
    try:
        return read_json(response.content, parse_float=Decimal)
    except ValueError:
        if _is_truncated(response):
            raise _truncated(response, call) from None
    raise not_salesforce(response, call, "JSON")


def records(response: requests.Response, call: str, *columns: str) -> list[dict[str, str]]:
    """
    Return the records of a successful answer in CSV: value by field, where an empty value stands for null.

    Args:
        response: The answer.
        call: Method and path, for the message.
        columns: What each record must have.

    Raises:
        RetriableError: The answer was truncated.
        ProtocolError: The answer is not CSV, or lacks a column: something other than Salesforce's API answered.
    """
    number = response.headers.get("Sforce-NumberOfRecords", "")
    expected = int(number) if NUMBER.fullmatch(number) else None
    if not response.content and not expected:
        return []
    if "csv" not in response.headers.get("Content-Type", "") and response.content:
        raise not_salesforce(response, call, "CSV")
    try:
        found = list(csv.DictReader(io.StringIO(response.content.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError):
        raise _truncated(response, call) from None
    lacking = response.content.endswith(b",") or any(None in each or None in each.values() for each in found)
    if lacking or (expected is not None and expected != len(found)):
        raise _truncated(response, call)
    if found and not set(columns) <= found[0].keys():
        raise not_salesforce(response, call, f"CSV with {', '.join(columns)}")
    return found


def member(answer: Mapping[str, Any], name: str, kind: type[T], call: str) -> T:
    """
    Return a member of an answer.

    Raises:
        ProtocolError: It is missing, or is not of this type.
    """
    found = answer.get(name)
    if type(found) is not kind:  # a bool is no int here
        raise ProtocolError(f"{call}: the answer has no valid {name} ({kind.__name__}); {REMEDY}")
    return found


def not_salesforce(response: requests.Response, call: str, expected: str) -> ProtocolError:
    """Return the error for a successful answer that does not come from Salesforce's API."""
    return ProtocolError(f"{call}: {response.status_code}: the answer is not {expected}; {REMEDY}")


def _truncated(response: requests.Response, call: str) -> RetriableError:
    return RetriableError(f"{call}: {response.status_code}: the answer was truncated")


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
    errors = _errors(response)
    reasons = [refusal(error, sent) for error in errors]
    what = f"{call}: {status}" + (
        ": the answer was truncated" if truncated else "".join(f": {each}" for each in reasons[:3])
    )
    codes, kinds = {each.code for each in reasons}, {each.kind for each in reasons}
    if QUOTA in codes:
        return QuotaError(f"{what}; the rest waits for the next run")
    if "limit" in kinds or codes & OVERLOAD:
        return OverloadError(what)
    passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PASSING_STATUSES or "passing" in kinds
    if passing or truncated:  # without its code, a reached limit would look like a missing permission
        return RetriableError(what)
    return _lasting_problem(what, status, is_api=any("errorCode" in each for each in errors))


def _lasting_problem(what: str, status: int, *, is_api: bool) -> UpflowSyncError:
    """Return the error for an answer that would come again; only Salesforce's API can refuse a record."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return AuthenticationError(f"{what}; check the Salesforce connection and its user's permissions")
    if status == HTTPStatus.GONE:
        return ConfigurationError(f"{what}; Salesforce has retired this API version: set a newer one in the connection")
    if status < HTTPStatus.BAD_REQUEST or not is_api:
        return ProtocolError(f"{what}: Salesforce's API does not document such an answer; {REMEDY}")
    return (NotFoundError if status == HTTPStatus.NOT_FOUND else RefusedError)(what, status)


def _is_truncated(response: requests.Response) -> bool:
    """Return whether an answer begins like JSON but does not end like it."""
    if not response.content.lstrip().startswith((b"{", b"[")):
        return False
    try:
        read_json(response.content)
    except ValueError:
        return True
    return False


def _errors(response: requests.Response) -> list[dict[str, Any]]:
    """Return the errors of an answer, usually one; none if the answer is not JSON."""
    try:
        body = read_json(response.content)
    except ValueError:
        return []
    return [each for each in (body if isinstance(body, list) else [body]) if isinstance(each, dict)]
