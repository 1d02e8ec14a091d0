"""The fakes are served over real HTTP, and can drop connections for real."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from starlette.responses import PlainTextResponse

from upflow_provider.testing.wire.server import ABORT, serve


async def hello(scope, receive, send):
    """Answer anything."""
    await PlainTextResponse("hello")(scope, receive, send)


async def drop(scope, receive, send):
    """Reset the connection."""
    await scope[ABORT]()


def test_serves_on_a_free_port():
    """The server answers at the URL it names, and no longer after the block."""
    with serve(hello) as server:
        answer = requests.get(server.url, timeout=5)

    assert (answer.status_code, answer.text) == (200, "hello")
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)


def test_serves_on_a_given_port():
    """A port can be chosen; a port that is taken is an error at once."""
    with serve(hello) as server:
        port = int(server.url.rsplit(":", 1)[1])

        with pytest.raises(OSError, match="in use"), serve(hello, port=port):
            pass


def test_takes_several_requests_at_once():
    """Requests wait for each other's answers only if the application lets them."""
    together = threading.Barrier(4, timeout=5)

    async def meet(scope, receive, send):
        import asyncio  # noqa: PLC0415 - used by this application only

        await asyncio.to_thread(together.wait)
        await hello(scope, receive, send)

    with serve(meet) as server, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: requests.get(server.url, timeout=5).text, range(4)))

    assert answers == ["hello"] * 4


def test_resets_a_connection():
    """An aborted connection ends with a TCP reset, not with an orderly end."""
    with serve(drop) as server:
        port = int(server.url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

            with pytest.raises(ConnectionResetError):
                client.recv(1)


def test_stops_while_a_request_runs():
    """A request that never ends does not keep the server from stopping."""
    arrived = threading.Event()

    async def hang(scope, receive, send):
        arrived.set()
        await receive()
        await receive()

    with ThreadPoolExecutor(1) as pool:
        with serve(hang) as server:
            pending = pool.submit(requests.get, server.url, timeout=30)
            assert arrived.wait(5)
            stopping = time.monotonic()

        assert time.monotonic() - stopping < 3
        with pytest.raises(requests.ConnectionError):
            pending.result(5)
