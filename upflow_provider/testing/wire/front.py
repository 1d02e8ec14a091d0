"""The way of a request into a fake: control routes aside, then log, latency, faults, the vendor's API."""

from collections.abc import Callable
from email.utils import formatdate

from upflow_provider.testing.wire.control import PREFIX, Fake, control_app
from upflow_provider.testing.wire.faults import FORM, FaultsMiddleware, Refuse
from upflow_provider.testing.wire.request_log import Arrival
from upflow_provider.testing.wire.server import ABORT, App, Message, Receive, Scope, Send

CustomerOf = Callable[[Scope, bytes], str | None]
"""Tells, from the ASGI scope and the body, the external id of the customer a request is about."""


class Front:
    """
    The ASGI application of a whole fake.

    Args:
        fake: The fake, for its control routes, request log and faults.
        app: The vendor's API.
        refuse: Makes the vendor's error answer from a status and a message.
        customer_of: Tells which customer a request is about, for the log.
        date: Returns what every answer says in ``Date``, Unix seconds; None leaves the header out.
        gate: Middleware in front of latency and faults: limits, which count a request as long as it takes.
    """

    def __init__(
        self,
        fake: Fake,
        app: App,
        *,
        refuse: Refuse,
        customer_of: CustomerOf,
        date: Callable[[], float | None],
        gate: Callable[[App], App] | None = None,
    ) -> None:
        self._fake, self._customer_of, self._date = fake, customer_of, date
        self._control = control_app(fake)
        api = FaultsMiddleware(app, fake.faults, refuse)
        self._api = gate(api) if gate else api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["path"].startswith(PREFIX):
            await self._control(scope, receive, send)
            return
        at = self._fake.requests.clock()
        body = await _read(receive)
        if body is not None:
            scope = {**scope, FORM: body.decode("utf-8", "replace") if _has(scope, b"form-urlencoded") else ""}
            await self._handle(self._arrival(at, scope, body), scope, _replay(body, receive), send)

    async def _handle(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:
        status = None

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(self._dated(message))

        async def abort() -> None:
            self._fake.requests.end(arrival, None)  # before the client can see it
            await scope[ABORT]()

        self._fake.requests.add(arrival)
        try:
            await self._api({**scope, ABORT: abort}, receive, watch)
        finally:
            self._fake.requests.end(arrival, status)

    def _dated(self, message: Message) -> Message:
        """Return a message; the one that begins the answer with the time of the fake's clock, rounded down."""
        if message["type"] != "http.response.start" or (now_s := self._date()) is None:
            return message
        date = formatdate(int(now_s), usegmt=True).encode("ascii")
        return {**message, "headers": [*message.get("headers", ()), (b"date", date)]}

    def _arrival(self, at: float, scope: Scope, body: bytes) -> Arrival:
        return Arrival(
            at=at,
            method=scope["method"],
            path=scope["raw_path"].decode("ascii"),
            query=scope["query_string"].decode("ascii"),
            body=b"" if _has(scope, b"multipart/") else body,
            customer=self._customer_of(scope, body),
        )


def _has(scope: Scope, content_type: bytes) -> bool:
    return any(name == b"content-type" and content_type in value for name, value in scope["headers"])


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None if the client went away before it had sent it."""
    parts = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand out a body that was read already, then whatever the client does next."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
