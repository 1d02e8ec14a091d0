"""Requests that got no answer are told apart by what has to be done."""

from __future__ import annotations

import pickle
import socket
import ssl
import threading
from contextlib import contextmanager

import pytest
import requests

from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.errors import ConfigurationError, RetriableError, UnservedError

KEY = "sk_live_secret"


@contextmanager
def listening(answer):
    """Listen on loopback and hand every connection to *answer*; yield the port."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.05)
        over = threading.Event()
        thread = threading.Thread(target=accept, args=(server, answer, over))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join()


def accept(server, answer, over):
    """Take connections until it is over."""
    kept = []
    while not over.is_set():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        kept.append(connection)
        answer(connection)
    for connection in kept:
        connection.close()


def hang_up(connection):
    """Read what was sent and close without an answer."""
    connection.recv(65536)
    connection.close()


def problem(url, **headers):
    """Return our error for a request that gets no answer."""
    with pytest.raises((requests.RequestException, UnicodeEncodeError)) as raised:
        requests.get(url, headers={"Authorization": f"Bearer {KEY}"} | headers, timeout=0.3)
    return unanswered(raised.value, "GET /v1/customers")


@pytest.mark.parametrize(
    ("url", "kind", "text"),
    [
        pytest.param("http://nowhere.invalid/", RetriableError, "DNS: the host name", id="dns"),
        pytest.param("http://127.0.0.1:1/", RetriableError, "connection refused", id="refused"),
        pytest.param("api.stripe.com", ConfigurationError, "not an http or https URL", id="no-scheme"),
        pytest.param("ftp://127.0.0.1/", ConfigurationError, "not an http or https URL", id="other-scheme"),
        pytest.param("http://*/", ConfigurationError, "not a valid URL", id="bad-host"),
    ],
)
def test_what_was_in_the_way(url, kind, text):
    """DNS, refusals and malformed hosts are named."""
    found = problem(url)

    assert type(found) is kind
    assert str(found).startswith("GET /v1/customers: ")
    assert text in str(found)


@pytest.mark.parametrize(
    ("scheme", "answer", "kind", "text"),
    [
        pytest.param("http", lambda _: None, UnservedError, "no answer within the time allowed", id="silence"),
        pytest.param("http", hang_up, UnservedError, "the connection was lost", id="hang-up"),
        pytest.param("https", lambda it: it.sendall(b"no TLS here"), RetriableError, "TLS", id="no-tls"),
    ],
)
def test_what_may_pass(scheme, answer, kind, text):
    """A server that does not answer may do so the next time."""
    with listening(answer) as port:
        found = problem(f"{scheme}://127.0.0.1:{port}/")

    assert type(found) is kind
    assert text in str(found)


def test_certificate_is_for_a_human():
    """A certificate that cannot be verified does not get better by trying again."""
    error = requests.exceptions.SSLError("handshake")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")

    assert type(unanswered(error, "GET /")) is ConfigurationError
    assert "certificate" in str(unanswered(error, "GET /"))


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY}é…"], ids=["newline", "not-latin-1"])
def test_key_that_no_header_takes(key):
    """A human must correct a key that was pasted with something else; the message never shows it."""
    found = problem("http://127.0.0.1:1/", Authorization=f"Bearer {key}")

    assert type(found) is ConfigurationError
    assert KEY not in str(found)


def test_it_survives_pickling():
    """Airflow sends errors from process to process."""
    found = problem("http://127.0.0.1:1/")

    assert str(pickle.loads(pickle.dumps(found))) == str(found)  # noqa: S301 - made right here
