"""Stripe's SDK, set up for this package."""

from __future__ import annotations

import json
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from starlette.responses import RedirectResponse

from upflow_provider.clients.stripe.sdk import API_VERSION, open_sdk
from upflow_provider.testing.wire.server import serve


@pytest.fixture
def echo():
    """Serve every request with a list, and keep its headers."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            body = json.dumps({"object": "list", "data": [], "has_more": False, "rate_decimal": "0.10"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", "req_1")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.seen, server.url = seen, f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def silence():
    """Listen, and never answer."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_the_pinned_version_is_the_sdks():
    """The SDK's major version and the mappings belong to one version of the API."""
    import stripe

    assert stripe.api_version == API_VERSION


def test_every_request_names_key_version_and_account(echo):
    """The answer has the shape that the mappings know, whatever the account's default version is."""
    open_sdk("sk_test_1", base_url=echo.url, account="acct_1").raw_request("get", "/v1/customers")

    (headers,) = echo.seen
    assert headers["Authorization"] == "Bearer sk_test_1"
    assert headers["Stripe-Version"] == API_VERSION
    assert headers["Stripe-Account"] == "acct_1"


def test_no_telemetry(echo):
    """Stripe is not told how long our requests took, nor on what machine."""
    sdk = open_sdk("sk_test_1", base_url=echo.url)
    for _ in range(2):
        sdk.raw_request("get", "/v1/customers")

    for headers in echo.seen:
        assert "X-Stripe-Client-Telemetry" not in headers
        assert not {"telemetry_id", "platform"} & set(json.loads(headers["X-Stripe-Client-User-Agent"]))
        assert "Stripe-Account" not in headers


def test_no_log_line_per_request(echo, caplog):
    """Airflow's task logs are read by people; URLs and answers do not belong there."""
    caplog.set_level(logging.DEBUG)

    open_sdk("sk_test_1", base_url=echo.url).raw_request("get", "/v1/customers")

    assert not [record for record in caplog.records if record.name.startswith("stripe")]


def test_decimals_stay_text(echo):
    """Stripe sends fractions of a minor unit as text, and nothing on the way makes floats of them."""
    answer = open_sdk("sk_test_1", base_url=echo.url).raw_request("get", "/v1/prices").data

    assert answer["rate_decimal"] == "0.10"


@pytest.fixture
def netrc(monkeypatch, tmp_path):
    """Have a file with passwords for every host, as people have for other tools."""
    file = tmp_path / "netrc"
    file.write_text("default login ann password secret\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.usefixtures("netrc")
def test_passwords_of_the_home_directory_never_replace_the_key(echo):
    """Neither is the read refused, nor does a password that is meant for another host go out."""
    sdk = open_sdk("sk_test_1", base_url=echo.url)
    for _ in range(2):
        sdk.raw_request("get", "/v1/customers")

    assert {headers["Authorization"] for headers in echo.seen} == {"Bearer sk_test_1"}


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_redirect_is_not_followed(echo, host):
    """Neither the key nor a password goes where it leads, even on the same host."""
    import stripe

    target = f"http://{host}:{echo.server_port}/v1/elsewhere"
    with serve(RedirectResponse(target)) as server, pytest.raises(stripe.APIError) as raised:
        open_sdk("sk_test_1", base_url=server.url).raw_request("get", "/v1/customers")

    assert (raised.value.http_status, echo.seen) == (307, [])


def test_a_proxy_of_the_environment_is_used(echo, monkeypatch):
    """Many workers reach the world by one only."""
    monkeypatch.setenv("http_proxy", echo.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    open_sdk("sk_test_1", base_url="http://stripe.invalid").raw_request("get", "/v1/customers")

    (headers,) = echo.seen
    assert (headers["Host"], headers["Authorization"]) == ("stripe.invalid", "Bearer sk_test_1")


def test_threads_share_the_session(echo):
    """Each gets its own answer."""
    sdk = open_sdk("sk_test_1", base_url=echo.url)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: sdk.raw_request("get", "/v1/customers").data["object"], range(20)))

    assert (found, len(echo.seen)) == (["list"] * 20, 20)


def test_an_answer_is_waited_for_only_so_long(silence):
    """No request hangs for ever."""
    import stripe

    sdk = open_sdk("sk_test_1", base_url=silence, timeout_s=(1.0, 0.05))

    with pytest.raises(stripe.APIConnectionError, match="Read timed out"):
        sdk.raw_request("get", "/v1/customers")
