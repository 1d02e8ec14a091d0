"""Serve an ASGI application over real HTTP on loopback, from a thread of this process."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import uvicorn

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI 3 application (https://asgi.readthedocs.io)."""

ABORT = "abort"
"""Key of the ASGI scope that holds an async function which resets the connection (TCP RST)."""

KEEP_ALIVE_S = 120
"""How long an idle connection is kept; long, so that a reset is only ever a fault asked for."""

START_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """
    A running server.

    Attributes:
        url: Root URL without a trailing slash, e.g. ``http://127.0.0.1:40123``.
    """

    url: str


@contextmanager
def serve(app: App, *, host: str = "127.0.0.1", port: int = 0, tls: tuple[str, str] | None = None) -> Iterator[Server]:
    """
    Serve *app* until the block ends; requests still running then are cancelled.

    Args:
        app: ASGI application. It takes several requests at once, on one event loop.
        host: Address to listen on.
        port: TCP port; 0 takes a free one.
        tls: Paths of a certificate and of its private key, both PEM; None serves without TLS.

    Yields:
        The running server.

    Raises:
        OSError: The port is taken, or a file of *tls* cannot be read.
        RuntimeError: The server did not start.
    """
    config = _config(app, tls)
    listener = socket.create_server((host, port), backlog=512)
    url = f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}"
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=f"fake {url}", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread, url)
        yield Server(url)
    finally:
        server.stop()
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """uvicorn's server, which sleeps until it is told to stop, and stops at once: tests start hundreds of them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        if not self.should_exit:
            await self._stopped.wait()

    def stop(self) -> None:
        """Stop, from any thread."""
        self.should_exit = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # lets the connections notice that they are lost


def _config(app: App, tls: tuple[str, str] | None) -> uvicorn.Config:
    certificate, key = tls or (None, None)
    config = uvicorn.Config(
        _abortable(app),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        date_header=False,  # each fake sends the time of its own clock
        timeout_keep_alive=KEEP_ALIVE_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    config.load()  # reads the files of TLS here, and not in the thread of the server
    return config


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread, url: str) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up_at:
            raise RuntimeError(f"the server for {url} did not start")
        time.sleep(0.001)


def _abortable(app: App) -> App:
    """Give *app* a way to reset the connection, which ASGI itself has not."""

    async def with_abort(scope: Scope, receive: Receive, send: Send) -> None:
        # `send` is a bound method of uvicorn's request, which knows the TCP connection.
        transport = send.__self__.transport  # type: ignore[attr-defined]

        async def abort() -> None:
            _reset(transport)
            while (await receive())["type"] != "http.disconnect":
                pass  # only then uvicorn knows that there is nobody left to answer

        # Cancelled when the server stops; its connection is gone by then.
        with suppress(asyncio.CancelledError):
            await app({**scope, ABORT: abort}, receive, send)

    return with_abort


def _reset(transport: asyncio.Transport) -> None:
    """Close a TCP connection with RST; a plain close would send FIN, which looks like an orderly end."""
    no_linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    transport.abort()
