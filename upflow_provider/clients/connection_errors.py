"""Requests that got no answer, and why."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import requests
import urllib3.exceptions

from upflow_provider.clients.bounded_answers import AnswerTooLargeError
from upflow_provider.errors import ConfigurationError, RecordError, RetriableError, UnservedError, UpflowSyncError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROBLEMS: dict[type[BaseException], tuple[type[UpflowSyncError], str]] = {
    ssl.SSLCertVerificationError: (ConfigurationError, "TLS: the certificate of {server} cannot be verified"),
    requests.exceptions.InvalidHeader: (ConfigurationError, "the credentials do not fit into an HTTP header"),
    UnicodeEncodeError: (ConfigurationError, "the credentials do not fit into an HTTP header"),
    requests.exceptions.InvalidProxyURL: (ConfigurationError, "the proxy's URL is not valid"),
    urllib3.exceptions.ProxySchemeUnknown: (ConfigurationError, "the proxy's URL must begin with http:// or https://"),
    urllib3.exceptions.LocationValueError: (
        ConfigurationError,
        "the host of the connection, or of its proxy, is not a valid URL",
    ),
    requests.exceptions.InvalidURL: (
        ConfigurationError,
        "the host of the connection, or of its proxy, is not a valid URL",
    ),
    requests.exceptions.InvalidSchema: (ConfigurationError, "the connection's host is not an http or https URL"),
    requests.exceptions.MissingSchema: (ConfigurationError, "the connection's host is not an http or https URL"),
    socket.gaierror: (RetriableError, "DNS: the host name of {server} cannot be resolved"),
    ssl.SSLError: (RetriableError, "TLS: no secure connection to {server}; does it speak http only?"),
    ConnectionRefusedError: (RetriableError, "connection refused: nothing listens at {server}"),
    requests.exceptions.ProxyError: (RetriableError, "{server} did not let the request through"),
    requests.exceptions.ConnectTimeout: (RetriableError, "no connection to {server} within the time allowed"),
    requests.exceptions.Timeout: (UnservedError, "no answer within the time allowed"),
    TimeoutError: (UnservedError, "not the whole answer within the time allowed"),
    AnswerTooLargeError: (RecordError, "the answer is too large and was not read"),
    ValueError: (ConfigurationError, "the credentials do not fit into an HTTP header"),
}
"""Problems that stay until somebody changes something, and problems that may pass; the first that fits counts."""


def unanswered(error: BaseException, call: str) -> UpflowSyncError:
    """
    Return our error for a request that got no answer.

    The messages of HTTP libraries are not repeated, because they hold addresses and the values of refused
    headers. Only host and port are named: those of the proxy, if it is the proxy that cannot be reached.

    Args:
        error: What the HTTP library raised; the errors that caused it count, too.
        call: Method and path, for the message.

    Returns:
        `ConfigurationError` if no retry can help, `RecordError` if there was an answer that cannot be read,
        `RetriableError` if there was no connection, otherwise `UnservedError`.
    """
    chain = list(_chain(error))
    for kind, (reaction, problem) in PROBLEMS.items():
        if any(isinstance(each, kind) for each in chain):
            return reaction(f"{call}: {problem.format(server=_server(chain))}")
    return UnservedError(f"{call}: the connection was lost ({type(chain[-1]).__name__})")


def _server(chain: Sequence[BaseException]) -> str:
    """Return host and port that the library connected to, or was about to: the last of the errors that knows them."""
    ends = [getattr(each, "conn", None) or getattr(each, "pool", None) for each in reversed(chain)]
    end = next((each for each in ends if getattr(each, "host", None)), None)
    if end is None:
        return "the server"
    proxy = getattr(end, "proxy", None)
    is_proxy = any(isinstance(each, requests.exceptions.ProxyError) for each in chain)
    host, port = (proxy.host, proxy.port) if is_proxy and proxy else (end.host, end.port)
    return f"{'the proxy ' if is_proxy else ''}{host}:{port}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and the errors that caused it, down to the first one."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
