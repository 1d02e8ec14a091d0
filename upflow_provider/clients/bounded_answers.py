"""Bounds of answers: how long all of one may take, how large it may be, and how deeply its JSON may be nested."""

from __future__ import annotations

import http.client
import io
import json
import logging
import re
import socket
import time
from decimal import Decimal
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

PATIENCE = 4
"""A whole answer may take so many times as long as the wait for its next byte."""
ANSWER_MAX_S = 500.0
"""Seconds that a whole answer may take at most: less than the lease of a claim, so that a record has one writer."""
SIZE_MAX = 64 * 1024 * 1024
"""Bytes of an answer, unpacked."""
PIECE_SIZE = 64 * 1024
DEPTH_MAX = 100
"""Levels of JSON."""
ID_LENGTH_MAX = 500
"""Characters of an id that any database has an index for."""
WHOLE_NUMBER_MAX = 2**63 - 1
"""The largest number that databases store as an integer."""
UNSTORABLE_ESCAPE = re.compile(r"\\u(?:d[89a-f]|0000)", re.IGNORECASE)
"""What stands in JSON for NUL, and for characters beyond the first plane or half of one."""
LONG_TEXT = re.compile(rf'"[^"]{{{ID_LENGTH_MAX + 1}}}')
CONTAINERS = (dict, list)
"""What JSON nests; a union of types would cost three times as much to compare with."""
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class AnswerTooLargeError(requests.RequestException):
    """An answer is larger than its bound."""


class AnswerTooDeepError(ValueError):
    """The JSON of an answer is nested more deeply than `DEPTH_MAX` levels."""


def bounded(session: requests.Session, size_max: int = SIZE_MAX) -> requests.Session:
    """
    Return a session whose answers are bounded in time and size, and whose addresses stay out of logs.

    A whole answer, from its first byte to the last, may take `PATIENCE` times as long as the time-out of a request
    allows for each byte, and never more than `ANSWER_MAX_S`. Answers through a SOCKS proxy are bounded in size only.

    Args:
        session: The session; its adapters are replaced, except those that make no connections.
        size_max: Bytes of an answer, unpacked.
    """
    if (log := logging.getLogger("urllib3")).level < logging.INFO:  # a change makes all loggers forget what they know
        log.setLevel(logging.INFO)  # its debug lines show paths and queries, and with them ids
    for prefix in [prefix for prefix, adapter in session.adapters.items() if isinstance(adapter, HTTPAdapter)]:
        session.mount(prefix, BoundedTransport(size_max))
    return session


def read_json(body: bytes, **options: Any) -> Any:  # noqa: ANN401 - any JSON
    """
    Return the JSON of an answer, in which nothing is left that cannot be stored.

    An id that cannot be stored is None, because another id would be wrong. In any other text, U+FFFD stands for
    what cannot be stored. Numbers that do not fit a database's integers are of type `Decimal`.

    Args:
        body: The answer's body.
        options: Those of `json.loads`.

    Raises:
        AnswerTooDeepError: It is nested too deeply.
        ValueError: It is not JSON.
    """
    text = body.decode("utf-8-sig", errors="replace")
    try:
        value = json.loads(text, strict=False, **{"parse_int": _whole_number, **options})
    except RecursionError:
        raise AnswerTooDeepError(f"nested more deeply than {DEPTH_MAX} levels") from None
    _check_depth(value)
    return _storable(value) if UNSTORABLE_ESCAPE.search(text) or LONG_TEXT.search(text) else value


class BoundedTransport(HTTPAdapter):
    """
    Reads whole answers, within their bounds; see `bounded`.

    Args:
        size_max: Bytes of an answer, unpacked.
    """

    def __init__(self, size_max: int = SIZE_MAX) -> None:
        self._size_max = size_max
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - those of requests
        """Make the pools of connections, which are kept alive and whose answers have a deadline."""
        options["socket_options"] = [
            *HTTPConnection.default_socket_options,
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        ]
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401 - those of requests
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOLS
        return manager

    def send(self, request: requests.PreparedRequest, stream: bool = False, **options: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401, FBT001, FBT002 - as in requests
        """
        Send a request and read its answer.

        Raises:
            AnswerTooLargeError: The answer is too large.
            requests.RequestException: There is no answer, or not all of it in time.
        """
        response = super().send(request, stream=stream, **options)
        if not stream:
            response._content = self._read(response)  # noqa: SLF001 - where requests itself puts it
        return response

    def _read(self, response: requests.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_content(PIECE_SIZE):
            body += piece
            if len(body) > self._size_max:
                response.close()
                raise AnswerTooLargeError(f"more than {self._size_max} bytes")
        return bytes(body)


class _Deadline(io.RawIOBase):
    """
    The bytes of one answer, until its deadline.

    Args:
        source: Where they come from.
        connection: The socket below it.
        patience_s: Seconds to wait for the next byte.
    """

    def __init__(self, source: io.RawIOBase, connection: socket.socket, patience_s: float) -> None:
        super().__init__()
        self._source, self._socket, self._patience_s = source, connection, patience_s
        self._until = time.monotonic() + min(PATIENCE * patience_s, ANSWER_MAX_S)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any buffer
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the deadline of the answer has passed")
        self._socket.settimeout(min(self._patience_s, left_s))
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose bytes have a deadline, headers included."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401 - those of `http.client`
        super().__init__(sock, *args, **options)
        if patience_s := sock.gettimeout():
            self.fp = io.BufferedReader(_Deadline(self.fp.detach(), sock, patience_s))


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}


def _whole_number(digits: str) -> int | Decimal:
    if len(digits) < len(str(WHOLE_NUMBER_MAX)):
        return int(digits)
    number = int(digits) if len(digits) <= len(str(WHOLE_NUMBER_MAX)) + 1 else None
    return number if number is not None and -WHOLE_NUMBER_MAX <= number <= WHOLE_NUMBER_MAX else Decimal(digits)


def _check_depth(value: Any) -> None:  # noqa: ANN401 - any JSON
    level = [value] if isinstance(value, CONTAINERS) else []
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, CONTAINERS)
        ]
        if not level:
            return
    raise AnswerTooDeepError(f"nested more deeply than {DEPTH_MAX} levels")


def _storable(value: Any, name: str = "") -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {UNSTORABLE.sub("\ufffd", key): _storable(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_storable(each, name) for each in value]
    if isinstance(value, str):
        is_id = name in {"id", "Id"} or name.endswith("Id")
        if is_id and (len(value) > ID_LENGTH_MAX or UNSTORABLE.search(value)):
            return None
        return UNSTORABLE.sub("\ufffd", value)
    return value
