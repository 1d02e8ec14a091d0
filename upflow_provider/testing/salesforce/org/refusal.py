"""How the fake Salesforce says no: to a whole request, or to one record of it."""

import json
from typing import Any

from starlette.responses import Response

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


class SalesforceRefusalError(Exception):
    """
    A request that is not granted.

    Attributes:
        status: HTTP status of the answer.
        code: Salesforce's code of the error.
        message: What is wrong.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message

    @property
    def response(self) -> Response:
        """The answer."""
        return answer([{"message": self.message, "errorCode": self.code}], self.status)


class RowRefusalError(Exception):
    """
    One record that is not written, while others may be.

    Attributes:
        code: Salesforce's code of the error.
        message: What is wrong.
        fields: Names of the fields it is about.
    """

    def __init__(self, code: str, message: str, *fields: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields = code, message, fields

    @property
    def json(self) -> dict[str, Any]:
        """The error as it stands in a JSON answer."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    @property
    def text(self) -> str:
        """The error as it stands in ``sf__Error`` of a Bulk result."""
        fields = ", ".join(self.fields)
        return f"{self.code}:{self.message}:{fields}{' ' if fields else ''}--"


def answer(body: Any, status: int = 200) -> Response:  # noqa: ANN401 - JSON
    """Return a JSON answer."""
    return Response(json.dumps(body), status, media_type="application/json")


def refusal(status: int, message: str) -> Response:
    """Return the error answer for a status, whatever was asked for."""
    return SalesforceRefusalError(status, _CODES.get(status, "UNKNOWN_EXCEPTION"), message).response


def not_found() -> SalesforceRefusalError:
    """Return the refusal of what does not exist."""
    return SalesforceRefusalError(404, "NOT_FOUND", "The requested resource does not exist")
