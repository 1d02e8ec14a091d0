"""
What goes wrong on the wire, on demand: error answers, dropped connections, slowness.

Faults are queued by a test (or over ``/_fake/faults``) and used up by the requests they match.
"""

import asyncio
import gzip
import json
import random
import threading
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from upflow_provider.testing.wire.fault import Fault, Kind
from upflow_provider.testing.wire.server import ABORT, App, Message, Receive, Scope, Send

FORM = "form"
"""Key of the ASGI scope that holds the form of a request, as it was sent; there is none for any other body."""

Refuse = Callable[[int, str], Response]
"""Makes a vendor's error answer from a status and a message."""


class Faults:
    """
    The faults still to come, first added first used, and the latency of every answer.

    Safe to use from any thread while the fake is served.

    Args:
        latency_s: Shortest and longest time between a request and its handling, in seconds.
        seed: Seed of the random latency.

    Attributes:
        latency_s: As the argument; may be changed at any time.
    """

    def __init__(self, *, latency_s: tuple[float, float] = (0.0, 0.0), seed: int = 0) -> None:
        self.latency_s = latency_s
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, kind: Kind, **attributes: Any) -> Fault:  # noqa: ANN401 - those of `Fault`
        """
        Let something go wrong.

        Args:
            kind: What happens; see `Kind`.
            attributes: Those of `Fault`.

        Returns:
            The fault; its ``fired`` tells how often it has happened.

        Raises:
            ValueError: The kind is unknown.
            re.error: *path* or one of *parameters* is no regular expression.
        """
        fault = Fault(kind, **attributes)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults still to come; the latency stays."""
        with self._lock:
            self._faults.clear()

    def pending(self) -> list[Fault]:
        """Return the faults still to come."""
        with self._lock:
            return list(self._faults)

    def take(self, method: str, path: str, parameters: str = "") -> Fault | None:
        """Return what happens to this request, and count it; None when nothing goes wrong."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path, parameters):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.fired += 1
                if fault.fired == fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    def latency(self) -> float:
        """Return the latency of the next request, in seconds."""
        with self._lock:
            return self._random.uniform(*self.latency_s)


class FaultsMiddleware:
    """
    ASGI middleware that applies `Faults` to every request.

    Args:
        app: The application behind it.
        faults: What goes wrong.
        refuse: Makes the vendor's error answer (kind ``status``).
    """

    def __init__(self, app: App, faults: Faults, refuse: Refuse) -> None:
        self._app, self._faults, self._refuse = app, faults, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if latency_s := self._faults.latency():
            await asyncio.sleep(latency_s)
        parameters = f"{scope['query_string'].decode('ascii')}&{scope.get(FORM, '')}"
        fault = self._faults.take(scope["method"], scope["raw_path"].decode("ascii"), parameters)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == "reset_before":
            await scope[ABORT]()
        elif fault.kind == "status":
            await self._answer(fault)(scope, receive, send)
        else:
            await self._commit_and_fail(fault, scope, receive, send)

    def _answer(self, fault: Fault) -> Response:
        response = (
            self._refuse(fault.status, f"fault on demand: {fault.status}")
            if fault.body is None
            else _content(fault.body, fault.status)
        )
        if fault.retry_after_s is not None:
            response.headers["Retry-After"] = f"{fault.retry_after_s:g}"
        return response

    async def _commit_and_fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await _collect(self._app, scope, receive)
        if fault.kind == "reset_after":
            await scope[ABORT]()
        elif fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
            await _send(start, body, send)
        elif fault.kind == "truncated":
            await _send(start, body[: len(body) // 2], send)
        elif fault.kind == "inflated":
            packed = gzip.compress(body + b" " * (fault.inflated_bytes - len(body)))
            await _send({**start, "headers": [*start["headers"], (b"content-encoding", b"gzip")]}, packed, send)
        elif fault.kind == "drip":
            await _drip(start, body, fault.delay_s, send)
        else:
            await send(start)
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            # Lets the half that was sent reach the client before the connection goes away.
            await asyncio.sleep(0.01)
            await scope[ABORT]()


def _content(body: Any, status: int) -> Response:  # noqa: ANN401 - any JSON
    if isinstance(body, str):
        return Response(body, status, media_type="text/html")
    return Response(json.dumps(body), status, media_type="application/json")


async def _collect(app: App, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """Run *app* and keep its answer: the start message and the body."""
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, keep)
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


async def _drip(start: Message, body: bytes, delay_s: float, send: Send) -> None:
    await send(start)
    for byte in body:
        await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
        await asyncio.sleep(delay_s)
    await send({"type": "http.response.body", "body": b""})


async def _send(start: Message, body: bytes, send: Send) -> None:
    """Send an answer whose length is that of *body*, whatever it was before."""
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode("ascii")))
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body})
