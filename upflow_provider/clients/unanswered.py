"""Requests that got no answer: what was in the way."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import requests

from upflow_provider.errors import ConfigurationError, RetriableError, UpflowSyncError

if TYPE_CHECKING:
    from collections.abc import Iterator


def unanswered(error: BaseException, call: str) -> UpflowSyncError:
    """
    Name what was in the way of a request.

    The texts of `requests` hold addresses and, of a refused header, its value; they are not
    repeated.

    Args:
        error: What the HTTP library raised; what it was raised from is looked at too.
        call: Method, host and path, for the message.

    Returns:
        `ConfigurationError` for what stays as it is until somebody changes it (a certificate, a
        malformed host or key), `RetriableError` for the rest.
    """
    chain = list(_chain(error))
    for kind, problem in FOR_A_HUMAN.items():
        if any(isinstance(each, kind) for each in chain):
            return ConfigurationError(f"{call}: {problem}")
    for kind, problem in PASSING.items():
        if any(isinstance(each, kind) for each in chain):
            return RetriableError(f"{call}: {problem}")
    return RetriableError(f"{call}: the connection was lost ({type(chain[-1]).__name__})")


FOR_A_HUMAN: dict[type[BaseException], str] = {
    ssl.SSLCertVerificationError: "TLS: the server's certificate cannot be verified",
    requests.exceptions.InvalidHeader: "the credentials hold characters that no HTTP header can carry",
    UnicodeEncodeError: "the credentials hold characters that no HTTP header can carry",
    requests.exceptions.InvalidURL: "the host of the connection is no valid URL",
    requests.exceptions.InvalidSchema: "the host of the connection is no http or https URL",
    requests.exceptions.MissingSchema: "the host of the connection is no http or https URL",
}
"""What no retry can mend; the first match counts."""

PASSING: dict[type[BaseException], str] = {
    socket.gaierror: "DNS: the host name cannot be resolved",
    ssl.SSLError: "TLS: no secure connection came about",
    ConnectionRefusedError: "the connection was refused: nothing listens at that host and port",
    requests.exceptions.ProxyError: "the proxy did not let the request through",
    requests.exceptions.ConnectTimeout: "no connection within the time allowed",
    requests.exceptions.Timeout: "no answer within the time allowed",
}
"""What may pass by itself; the first match counts."""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and what it was raised from, down to the first cause."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
