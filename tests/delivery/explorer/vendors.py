"""Both vendors: a Stripe account, whose states are recorded as the real reader reads them, and the line to Upflow."""

import io

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from tests.stripe_to_upflow.simulator.wire import (
    ConnectionDroppedError,
    Sdk,
    as_bytes,
    drop_connection,
    keeper,
    receiver,
    run_to_end,
)
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.stripe.fake import FakeStripe
from upflow_provider.testing.wire.server import ABORT

CREATED_S = 1_772_000_000
"""When everything in it was created, in Unix seconds."""


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
            run_to_end(self._app(_scope(request), receiver(as_bytes(request.body or b"")), keeper(messages)))
        except ConnectionDroppedError:
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
        "headers": [(name.lower().encode(), as_bytes(value)) for name, value in request.headers.items()],
        ABORT: drop_connection,
    }


class Account:
    """
    One customer, who has one open invoice.

    Attributes:
        fake: The fake Stripe.
    """

    def __init__(self):
        self.fake = FakeStripe(now=lambda: CREATED_S, enforce_limits=False)
        self.fake.url = "http://stripe.test"
        sdk = Sdk(self.fake, _go_on, _go_on)
        self._reader = Reader(StripeSource(sdk, requests_per_second=1e6))
        self.fake.create_customer(id="cus_1", created=CREATED_S, name="Alder", email="ar@alder.example")
        self.fake.create_invoice("cus_1", 1200, id="in_1", created=CREATED_S, tax=200)
        self.fake.finalize_invoice("in_1")

    def state(self, *keys):
        """Return records as they are now, by stream and id."""
        return {(name, record_id): self._reader.read_again(STREAMS[name], record_id)[0] for name, record_id in keys}


def _go_on(_):
    """Nothing is interrupted here."""
