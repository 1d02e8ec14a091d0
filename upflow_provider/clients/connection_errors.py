"""Requests that got no answer, and why."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import requests

from upflow_provider.clients.bounded_answers import AnswerTooLargeError
from upflow_provider.errors import ConfigurationError, RecordError, RetriableError, UpflowSyncError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEMS: dict[type[BaseException], tuple[type[UpflowSyncError], str]] = {
    ssl.SSLCertVerificationError: (ConfigurationError, "TLS: the server's certificate cannot be verified"),
    requests.exceptions.InvalidHeader: (ConfigurationError, "the credentials do not fit into an HTTP header"),
    UnicodeEncodeError: (ConfigurationError, "the credentials do not fit into an HTTP header"),
    requests.exceptions.InvalidURL: (ConfigurationError, "the connection's host is not a valid URL"),
    requests.exceptions.InvalidSchema: (ConfigurationError, "the connection's host is not an http or https URL"),
    requests.exceptions.MissingSchema: (ConfigurationError, "the connection's host is not an http or https URL"),
    socket.gaierror: (RetriableError, "DNS: the host name cannot be resolved"),
    ssl.SSLError: (RetriableError, "TLS: no secure connection could be made"),
    ConnectionRefusedError: (RetriableError, "connection refused: nothing listens at that host and port"),
    requests.exceptions.ProxyError: (RetriableError, "the proxy did not let the request through"),
    requests.exceptions.ConnectTimeout: (RetriableError, "no connection within the time allowed"),
    requests.exceptions.Timeout: (RetriableError, "no answer within the time allowed"),
    TimeoutError: (RetriableError, "not the whole answer within the time allowed"),
    AnswerTooLargeError: (RecordError, "the answer is too large and was not read"),
    ValueError: (ConfigurationError, "the credentials do not fit into an HTTP header"),
}
"""Problems that stay until somebody changes something, and problems that may pass; the first that fits counts."""


def unanswered(error: BaseException, call: str) -> UpflowSyncError:
    """
    Return our error for a request that got no answer.

    The messages of HTTP libraries are not repeated, because they hold addresses and the values of refused
    headers.

    Args:
        error: What the HTTP library raised; the errors that caused it count, too.
        call: Method and path, for the message.

    Returns:
        `ConfigurationError` if no retry can help, `RecordError` if there was an answer that cannot be read,
        otherwise `RetriableError`.
    """
    chain = list(_chain(error))
    for kind, (reaction, problem) in PROBLEMS.items():
        if any(isinstance(each, kind) for each in chain):
            return reaction(f"{call}: {problem}")
    return RetriableError(f"{call}: the connection was lost ({type(chain[-1]).__name__})")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and the errors that caused it, down to the first one."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
