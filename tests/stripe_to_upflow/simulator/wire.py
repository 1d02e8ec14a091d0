"""Time, requests and sudden ends of a simulation: no sockets, no threads, no real clock."""

import io
from concurrent.futures import Future
from datetime import UTC, datetime

import requests
from requests.adapters import BaseAdapter
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


class _ResetError(Exception):
    """The server has dropped the connection."""


class Wire(BaseAdapter):
    """
    Answers a session's requests from an ASGI application of this process.

    Args:
        app: The application; it may wait for nothing but its request.
        before: Called before each request is sent.
        after: Called when its answer has arrived, before anybody has seen it.
    """

    def __init__(self, app, before, after):
        super().__init__()
        self._app, self._before, self._after = app, before, after

    def send(self, request, **_):
        """Send one request and return its answer."""
        self._before()
        messages = []
        try:
            _run(self._app(_scope(request), _receiver(request), _keeper(messages)))
        except _ResetError:
            raise requests.ConnectionError("connection reset", request=request) from None
        finally:
            self._after()
        response = requests.Response()
        response.request, response.url = request, request.url
        response.status_code = messages[0]["status"]
        response.headers = CaseInsensitiveDict(
            (name.decode(), value.decode()) for name, value in messages[0]["headers"]
        )
        response.raw = io.BytesIO(b"".join(message.get("body", b"") for message in messages[1:]))
        return response

    def close(self):
        """Nothing is open."""


def session(app, before, after):
    """Return a session whose requests go to *app*; see `Wire`."""
    made = requests.Session()
    made.trust_env = False
    made.adapters.clear()
    made.mount("http://", Wire(app, before, after))
    return made


def sdk_of(fake, its_session):
    """Return Stripe's client, whose requests go through a session."""
    import stripe

    stripe.enable_telemetry = False
    return stripe.StripeClient(
        fake.api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": fake.url},
        max_network_retries=0,
        http_client=stripe.RequestsClient(session=its_session),
    )


def _scope(request):
    path, _, query = request.path_url.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": requests.utils.unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), _bytes(value)) for name, value in request.headers.items()],
        ABORT: _abort,
    }


async def _abort():
    raise _ResetError


def _receiver(request):
    body = request.body or b""

    async def receive():
        return {"type": "http.request", "body": _bytes(body), "more_body": False}

    return receive


def _keeper(messages):
    async def send(message):
        messages.append(message)

    return send


def _bytes(value):
    return value if isinstance(value, bytes) else value.encode()


def _run(coroutine):
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
