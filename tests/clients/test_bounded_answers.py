"""Answers that never end, are too large, too deep, or cannot be stored."""

import gzip
import json
import logging
import socket
import threading
import time
from decimal import Decimal

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clients.test_connection_errors import listening
from upflow_provider.clients.bounded_answers import (
    ANSWER_MAX_S,
    DEPTH_MAX,
    PATIENCE,
    AnswerTooDeepError,
    AnswerTooLargeError,
    BoundedTransport,
    bounded,
    read_json,
)
from upflow_provider.clients.connection_errors import unanswered
from upflow_provider.errors import RecordError, RetriableError
from upflow_provider.ledger.ledger import CLAIM_LEASE_S

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n"
WAIT_S = 0.05


def drip(first):
    """Return what answers with some bytes at once, then one by one, each in time."""

    def answer(connection):
        connection.recv(65536)
        connection.sendall(first)
        for _ in range(100):
            time.sleep(WAIT_S / 5)
            try:
                connection.sendall(b"x")
            except OSError:
                return

    return lambda connection: threading.Thread(target=answer, args=(connection,), daemon=True).start()


def ask(port, **options):
    """Return the bounded session's answer."""
    return bounded(requests.Session(), **options).get(f"http://127.0.0.1:{port}/", timeout=WAIT_S)


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"", id="status"),
        pytest.param(HEADERS + b"X-Long: ", id="headers"),
        pytest.param(HEADERS + b"\r\n", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", id="chunk"),
    ],
)
def test_an_answer_that_drips_ends_at_its_deadline(first):
    """Each byte comes in time, wherever the answer is; all of it does not."""
    with listening(drip(first)) as port:
        began = time.monotonic()
        with pytest.raises(requests.RequestException) as raised:
            ask(port)

    assert PATIENCE * WAIT_S * 0.9 < time.monotonic() - began < PATIENCE * WAIT_S * 3
    error = unanswered(raised.value, "GET /x")
    assert isinstance(error, RetriableError)
    assert "within the time allowed" in str(error)


def test_no_answer_outlives_a_claim():
    """Otherwise another task could send the record meanwhile."""
    assert ANSWER_MAX_S < CLAIM_LEASE_S


@pytest.mark.parametrize("packed", [True, False])
def test_an_answer_that_is_too_large_is_not_read(packed):
    """Its size counts when it is unpacked; a few kB may be many MB."""
    body = gzip.compress(b" " * 10_000_000) if packed else b" " * 3_000_000
    encoding = b"Content-Encoding: gzip\r\n" if packed else b""

    def answer(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), encoding))
        try:
            connection.sendall(body)
        except OSError:
            return

    with listening(answer) as port, pytest.raises(AnswerTooLargeError) as raised:
        ask(port, size_max=2_000_000)

    error = unanswered(raised.value, "GET /x")
    assert type(error) is RecordError
    assert str(error) == "GET /x: the answer is too large and was not read"


def test_an_answer_within_its_bounds_is_whole():
    """Up to the last byte that is allowed, packed or not; the connection is used again."""
    body = gzip.compress(b"x" * 100_000)
    ports = set()

    def serve(connection):
        ports.add(connection.getpeername())
        for _ in range(2):
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )

    with listening(serve) as port:
        session = bounded(requests.Session(), 100_000)
        answers = [session.get(f"http://127.0.0.1:{port}/", timeout=5) for _ in range(2)]

    assert [each.text for each in answers] == ["x" * 100_000] * 2
    assert len(ports) == 1


def test_a_proxy_has_the_same_bounds():
    """Its connections are made by another part of urllib3."""
    with listening(drip(HEADERS + b"\r\n")) as port:
        session = bounded(requests.Session())
        session.trust_env, session.proxies = False, {"http": f"http://127.0.0.1:{port}"}
        with pytest.raises(requests.RequestException):
            session.get("http://upflow.invalid/", timeout=WAIT_S)


def test_paths_and_queries_are_in_no_log(caplog):
    """The debug lines of urllib3 show both, and with them ids and names."""
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    with caplog.at_level(logging.DEBUG), listening(drip(HEADERS)) as port:
        session = bounded(requests.Session())
        with pytest.raises(requests.RequestException):
            session.get(f"http://127.0.0.1:{port}/marie%40example.com?name=Jane", timeout=WAIT_S)

    assert "marie" not in caplog.text
    assert "Jane" not in caplog.text


def test_tls_is_verified(secure_salesforce, monkeypatch):
    """A bounded session trusts whom any other session trusts."""
    session = bounded(requests.Session())
    assert session.get(f"{secure_salesforce.url}/_fake/state", timeout=5).status_code == 200

    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(requests.exceptions.SSLError):
        bounded(requests.Session()).get(f"{secure_salesforce.url}/_fake/state", timeout=5)


def test_connections_are_kept_alive():
    """A firewall that forgets idle connections is told that they are in use."""
    options = BoundedTransport().poolmanager.connection_pool_kw["socket_options"]

    assert (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1) in options


@pytest.mark.usefixtures("no_garbage")
@pytest.mark.parametrize("depth", [DEPTH_MAX + 1, 5_000, 200_000])
@pytest.mark.parametrize("pattern", ["[{}]", '{{"a":{}}}'])
def test_deep_json_is_refused_in_words(depth, pattern):
    """No recursion error, whatever its depth."""
    opening, closing = pattern.format("|").split("|")

    with pytest.raises(AnswerTooDeepError, match="nested more deeply than 100 levels"):
        read_json((opening * depth + "1" + closing * depth).encode())


def test_json_of_the_usual_depth_is_read():
    """Up to the last level that is allowed."""
    body = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX

    assert read_json(body) == json.loads(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b'{"id": "a\\ud83d"}', {"id": None}, id="half-of-a-character"),
        pytest.param(b'{"id": "a\\u0000"}', {"id": None}, id="nul"),
        pytest.param(b'{"customer": {"externalId": "\\uD83D"}}', {"customer": {"externalId": None}}, id="inner-id"),
        pytest.param(b'{"id": "%s"}' % (b"x" * 501), {"id": None}, id="endless-id"),
        pytest.param(b'{"name": "a\\ud83d\\u0000b"}', {"name": "a\ufffd\ufffdb"}, id="other-text"),
        pytest.param(b'{"name": "\\ud83d\\ude00"}', {"name": "\U0001f600"}, id="whole-character"),
        pytest.param(b'{"a\\u0000": ["\\udc00"]}', {"a\ufffd": ["\ufffd"]}, id="name-and-list"),
        pytest.param(b'{"name": "a\x01b"}', {"name": "a\x01b"}, id="raw-control-character"),
        pytest.param(b'{"name": "caf\xe9"}', {"name": "caf\ufffd"}, id="latin-1"),
        pytest.param(b"\xef\xbb\xbf[]", [], id="bom"),
        pytest.param(b'{"n": %d}' % (2**63 - 1), {"n": 2**63 - 1}, id="largest-integer"),
        pytest.param(b'{"n": %d}' % 2**63, {"n": Decimal(2**63)}, id="beyond-it"),
        pytest.param(b'{"n": -1%s}' % (b"0" * 5_000), {"n": Decimal("-1" + "0" * 5_000)}, id="endless-integer"),
    ],
)
def test_what_cannot_be_stored_is_not_in_an_answer(body, expected):
    """An id is unknown rather than another one; other texts have a mark, numbers another type."""
    found = read_json(body)

    assert found == expected
    assert [type(each) for each in found] == [type(each) for each in expected]


text = st.text('aé\x00\ud800\udfff\U0001f600"\\', max_size=5)
json_value = st.recursive(
    st.none() | st.integers(-(2**62), 2**62) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=50)
@given(json_value)
def test_whatever_is_read_can_be_stored(value):
    """As UTF-8 without NUL, whatever was answered."""
    stored = json.dumps(read_json(json.dumps(value).encode()), ensure_ascii=False)

    assert "\\u0000" not in stored
    stored.encode()
