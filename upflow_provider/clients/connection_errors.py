"""Requests that got no answer: what was in the way."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import requests

from upflow_provider.errors import ConfigurationError, RetriableError, UpflowSyncError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEMS: dict[type[BaseException], tuple[type[UpflowSyncError], str]] = {
    ssl.SSLCertVerificationError: (ConfigurationError, "TLS: the server's certificate cannot be verified"),
    requests.exceptions.InvalidHeader: (ConfigurationError, "the credentials do not fit into an HTTP header"),
    UnicodeEncodeError: (ConfigurationError, "the credentials do not fit into an HTTP header"),
    requests.exceptions.InvalidURL: (ConfigurationError, "the connection's host is no valid URL"),
    requests.exceptions.InvalidSchema: (ConfigurationError, "the connection's host is no http or https URL"),
    requests.exceptions.MissingSchema: (ConfigurationError, "the connection's host is no http or https URL"),
    socket.gaierror: (RetriableError, "DNS: the host name cannot be resolved"),
    ssl.SSLError: (RetriableError, "TLS: no secure connection came about"),
    ConnectionRefusedError: (RetriableError, "connection refused: nothing listens at that host and port"),
    requests.exceptions.ProxyError: (RetriableError, "the proxy did not let the request through"),
    requests.exceptions.ConnectTimeout: (RetriableError, "no connection within the time allowed"),
    requests.exceptions.Timeout: (RetriableError, "no answer within the time allowed"),
    ValueError: (ConfigurationError, "the credentials do not fit into an HTTP header"),
}
"""What stays until somebody changes it, and what may pass by itself; the first that fits counts."""


def unanswered(error: BaseException, call: str) -> UpflowSyncError:
    """
    Name what was in the way of a request.

    The texts of HTTP libraries hold addresses and, of a refused header, its value; they are not
    repeated.

    Args:
        error: What the HTTP library raised; what it was raised from is looked at too.
        call: Method and path, for the message.

    Returns:
        `ConfigurationError` for what no retry can mend, `RetriableError` for the rest.
    """
    chain = list(_chain(error))
    for kind, (reaction, problem) in PROBLEMS.items():
        if any(isinstance(each, kind) for each in chain):
            return reaction(f"{call}: {problem}")
    return RetriableError(f"{call}: the connection was lost ({type(chain[-1]).__name__})")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and what it was raised from, down to the first cause."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
