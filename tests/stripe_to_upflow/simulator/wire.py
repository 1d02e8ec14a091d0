"""Time, requests and sudden ends of a simulation: no sockets, no threads, no real clock."""

import json
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import unquote, urlencode

import requests
from requests.structures import CaseInsensitiveDict

from upflow_provider.clients.stripe.sdk import API_VERSION
from upflow_provider.testing.wire.server import ABORT

TICK_S = 1e-4
"""What a look at the clock takes, so that no two of them show the same instant."""


class Clock:
    """
    The only clock there is: both vendors, both clients and the ledger go by it.

    Attributes:
        seconds: Unix time.
    """

    def __init__(self, start):
        self.seconds = start.timestamp()

    def now(self):
        """Return the current time, aware, UTC."""
        self.seconds += TICK_S
        return datetime.fromtimestamp(self.seconds, UTC)

    def unix(self):
        """Return the current time in whole Unix seconds."""
        return int(self.seconds)

    def monotonic(self):
        """Return seconds that never go back."""
        return self.seconds


class Crashed(BaseException):
    """The process was killed."""


class ConnectionDroppedError(Exception):
    """The server has dropped the connection."""


class Session:
    """
    Sends requests to an ASGI application of this process, at a tenth of the cost of a session of `requests`.

    Args:
        app: The application; it may wait for nothing but its request.
        before: Called before a request is sent, with the request.
        after: Called when the answer to a request has arrived, before anybody has seen it, with the request.
        headers: Headers of every request.

    Attributes:
        adapters: None, because it makes no connections.
    """

    def __init__(self, app, before, after, headers=None):
        self.adapters = {}
        self._app, self._before, self._after, self._headers = app, before, after, headers or {}

    def get(self, url, **_):
        """Read something."""
        return self.request("GET", url)

    def request(self, method, url, *, params=None, json=None, data=None, headers=None, **_):
        """Send one request and return its answer."""
        sent = Sent(self._app, method, url, params or {}, json, data, {**self._headers, **(headers or {})})
        self._before(sent)
        try:
            return sent.answer()
        except ConnectionDroppedError:
            raise requests.ConnectionError("connection reset") from None
        finally:
            self._after(sent)


class Sent:
    """
    One request on its way.

    Attributes:
        method: Its method.
        scope: Its ASGI scope.
        body: Its body.
    """

    def __init__(self, app, method, url, params, content, data, headers):
        self._app, self._url, self.method = app, url, method
        self.body = as_bytes(data or "") if content is None else json.dumps(content).encode()
        headers = headers if content is None else {**headers, "Content-Type": "application/json"}
        path, _, query = url.removeprefix("http://").partition("/")[2].partition("?")
        query = "&".join(filter(None, (query, urlencode(params))))
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method.upper(),
            "scheme": "http",
            "path": unquote(f"/{path}"),
            "raw_path": f"/{path}".encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), as_bytes(value)) for name, value in headers.items()],
            ABORT: drop_connection,
        }

    def answer(self):
        """Let it arrive, and return the answer."""
        messages = []
        run_to_end(self._app({**self.scope}, receiver(self.body), keeper(messages)))
        response = requests.Response()
        response.url, response.status_code = self._url, messages[0]["status"]
        response.headers = CaseInsensitiveDict(
            (name.decode(), value.decode()) for name, value in messages[0]["headers"]
        )
        response._content = b"".join(message.get("body", b"") for message in messages[1:])
        response._content_consumed = True  # it is all there, also for who reads it piece by piece
        return response

    def arrive_late(self):
        """Let it arrive when nobody waits for the answer any more."""
        with suppress(ConnectionDroppedError):
            run_to_end(self._app({**self.scope}, receiver(self.body), keeper([])))


class Sdk:
    """
    Stands in for Stripe's client, whose layers cost more than the fake.

    Args:
        fake: The fake Stripe.
        before: As for `Session`.
        after: As for `Session`.
    """

    def __init__(self, fake, before, after):
        signed = {"Authorization": f"Bearer {fake.api_key}", "Stripe-Version": API_VERSION}
        self._session, self._url = Session(fake.app, before, after, signed), fake.url

    def raw_request(self, method, path, **params):
        """Send one request; raises the errors that the real one raises, as far as anybody looks at them."""
        import stripe

        key = params.pop("idempotency_key", None)
        headers = {"Idempotency-Key": key} if key else {}
        form = dict(_form(params))
        how = {"params": form} if method == "get" else {"data": urlencode(form)}
        try:
            answer = self._session.request(method, f"{self._url}{path}", headers=headers, **how)
        except requests.ConnectionError as error:
            raise stripe.APIConnectionError("no answer") from error
        try:
            content = answer.json()
        except ValueError:
            content = None
        if content is None or not answer.ok:
            seen = {"http_status": answer.status_code, "json_body": content, "headers": answer.headers}
            raise stripe.StripeError("refused", **seen)
        return SimpleNamespace(data=content, headers=answer.headers)


def _form(value, name=""):
    """Yield names and values of a form with nested fields."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _form(each, f"{name}[{key}]" if name else key)
    else:
        yield name, {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value


async def drop_connection():
    """Do what a fake asks for when it drops the connection."""
    raise ConnectionDroppedError


def receiver(body):
    """Return a callable that receives a whole body."""

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def keeper(messages):
    """Return a callable that keeps what an application sends."""

    async def send(message):
        messages.append(message)

    return send


def as_bytes(value):
    """Return text or bytes as bytes."""
    return value if isinstance(value, bytes) else value.encode()


def run_to_end(coroutine):
    """Run a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise AssertionError("the fake waits for something: a simulation has no event loop")


class OneByOne:
    """Stands in for a pool of threads: what is submitted is done at once, so that a seed tells all that happens."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, call, *args):
        """Do it."""
        future = Future()
        try:
            future.set_result(call(*args))
        except Crashed:
            raise
        except BaseException as error:  # noqa: BLE001 - as pools do
            future.set_exception(error)
        return future

    def map(self, call, arguments):
        """Do it with one argument after the other, as results are asked for."""
        return map(call, arguments)

    def shutdown(self, **_):
        """Nothing is left to do."""
