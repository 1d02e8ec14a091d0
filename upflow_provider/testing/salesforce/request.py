"""What a request to the fake Salesforce asks for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError
from upflow_provider.testing.salesforce.org.values import Value, from_json


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A request that was let in.

    Attributes:
        request: The request.
        body: Its body.
    """

    request: Request
    body: bytes

    @property
    def version(self) -> str:
        """Version of the API, as in the path: ``v59.0``."""
        return self.part("version")

    def part(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def json(self, *keys: str) -> dict[str, Any]:
        """
        Return the JSON object in the body; numbers with a decimal point are `Decimal`.

        Args:
            keys: What it may hold; anything if none is given.

        Raises:
            SalesforceRefusalError: There is no such object.
        """
        if self.request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise SalesforceRefusalError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json")
        try:
            found = json.loads(self.body, parse_float=Decimal, parse_constant=_no_constant)
        except ValueError as error:
            raise _unreadable(str(error)) from None
        if not isinstance(found, dict):
            raise _unreadable("an object is expected")
        if unknown := found.keys() - set(keys) if keys else set():
            raise _unreadable(f"Unrecognized field {', '.join(sorted(unknown))}")
        return found


Handler = Callable[[Asked], Response]
"""Answers a request."""


def token_of(request: Request) -> str:
    """
    Return the token that a request has.

    Raises:
        SalesforceRefusalError: It has none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SalesforceRefusalError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
    return token


def account_row(record: object, fields: Mapping[str, Field]) -> dict[str, Value]:
    """
    Return the values that a JSON object gives to fields of an Account.

    Args:
        record: The object; without ``attributes``.
        fields: The fields that the user can see, by name.

    Raises:
        SalesforceRefusalError: It names a field that does not exist, or gives one a value of the wrong type.
    """
    if not isinstance(record, dict):
        raise _unreadable("a record must be an object")
    values: dict[str, Value] = {}
    for name, value in record.items():
        known = "Id" if name.lower() == "id" else name
        if known not in fields:
            message = f"No such column '{name}' on sobject of type Account"
            raise SalesforceRefusalError(400, "INVALID_FIELD", message)
        values[known] = from_json(fields[known], value)
    return values


def _unreadable(message: str) -> SalesforceRefusalError:
    return SalesforceRefusalError(400, "JSON_PARSER_ERROR", f"{message} at [line:1, column:1]")


def _no_constant(name: str) -> None:
    raise ValueError(f"Unexpected token {name}")
