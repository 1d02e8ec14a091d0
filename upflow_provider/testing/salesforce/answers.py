"""Answers of the fake Salesforce: JSON, and refusals in Salesforce's words."""

import json
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError

_CODES = {
    400: "INVALID_INPUT",
    401: "INVALID_SESSION_ID",
    403: "REQUEST_LIMIT_EXCEEDED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    410: "GONE",
    500: "UNKNOWN_EXCEPTION",
    503: "SERVER_UNAVAILABLE",
}
"""Salesforce's code for a status (https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm)."""


def answer(body: Any, status: int = 200) -> Response:  # noqa: ANN401 - JSON
    """Return a JSON answer."""
    return Response(json.dumps(body), status, media_type="application/json")


def refused(error: SalesforceRefusalError) -> Response:
    """Return the answer to a request that is not granted."""
    return answer([{"message": error.message, "errorCode": error.code}], error.status)


def refusal(status: int, message: str) -> Response:
    """Return the error answer for a status, whatever was asked for."""
    unknown = "UNKNOWN_EXCEPTION" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "INVALID_REQUEST"
    return refused(SalesforceRefusalError(status, _CODES.get(status, unknown), message))
