"""
What goes wrong on the wire, on demand: error answers, dropped connections, slowness.

Faults are queued by a test (or over ``/_fake/faults``) and used up by the requests they match.
"""

import asyncio
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from starlette.responses import Response

from upflow_provider.testing.wire.server import ABORT, App, Message, Receive, Scope, Send

Kind = Literal["status", "reset_before", "reset_after", "reset_during", "slow", "truncated"]
"""
``status``: an error answer, nothing committed.
``reset_before``: connection reset, nothing committed.
``reset_after``: the request is committed, then the connection reset without an answer.
``reset_during``: the request is committed and half of the answer sent, then the connection closed.
``slow``: the request is committed at once and answered ``delay_s`` later.
``truncated``: the request is committed; the answer is well-formed HTTP, but its JSON is cut in half.
"""

Refuse = Callable[[int, str], Response]
"""Makes a vendor's error answer from a status and a message."""


@dataclass(slots=True, eq=False)
class Fault:
    """
    One thing that goes wrong, for the requests it matches.

    Attributes:
        kind: What happens.
        method: HTTP method it applies to; None for all.
        path: Regular expression searched for in the path as it was sent; None for all.
        times: How many requests it hits; None for all to come.
        after: How many matching requests pass unharmed first.
        status: Status of the answer (kind ``status``).
        retry_after_s: Value of its ``Retry-After`` header; None for no header.
        delay_s: Delay of the answer (kind ``slow``).
        fired: How many requests it has hit.
    """

    kind: Kind
    method: str | None = None
    path: str | None = None
    times: int | None = 1
    after: int = 0
    status: int = 503
    retry_after_s: float | None = None
    delay_s: float = 1.0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind of fault: {self.kind!r} (known: {', '.join(get_args(Kind))})")
        re.compile(self.path or "")

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is one of those this fault is meant for."""
        return self.method in (None, method) and re.search(self.path or "", path) is not None


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

    def add(
        self,
        kind: Kind,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int | None = 1,
        after: int = 0,
        status: int = 503,
        retry_after_s: float | None = None,
        delay_s: float = 1.0,
    ) -> Fault:
        """
        Let something go wrong; see `Kind` and `Fault` for the arguments.

        Returns:
            The fault; its ``fired`` tells how often it has happened.

        Raises:
            ValueError: The kind is unknown.
            re.error: *path* is no regular expression.
        """
        fault = Fault(kind, method, path, times, after, status, retry_after_s, delay_s)
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

    def take(self, method: str, path: str) -> Fault | None:
        """Return what happens to this request, and count it; None when nothing goes wrong."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path):
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
        fault = self._faults.take(scope["method"], scope["raw_path"].decode("ascii"))
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == "reset_before":
            await scope[ABORT]()
        elif fault.kind == "status":
            await self._answer(fault)(scope, receive, send)
        else:
            await self._commit_and_fail(fault, scope, receive, send)

    def _answer(self, fault: Fault) -> Response:
        response = self._refuse(fault.status, f"fault on demand: {fault.status}")
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
        else:
            await send(start)
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            # Lets the half that was sent reach the client before the connection goes away.
            await asyncio.sleep(0.01)
            await scope[ABORT]()


async def _collect(app: App, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """Run *app* and keep its answer: the start message and the body."""
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, keep)
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:])


async def _send(start: Message, body: bytes, send: Send) -> None:
    """Send an answer whose length is that of *body*, whatever it was before."""
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode("ascii")))
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body})
