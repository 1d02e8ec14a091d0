"""UpflowHook: a connection becomes a client, and a wrong one says precisely what is wrong."""

import http.server
import json
import re
import ssl
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from upflow_provider import __version__
from upflow_provider.errors import ConfigurationError, ReadOnlyError
from upflow_provider.hooks.base_urls import UPFLOW_SANDBOX_URL
from upflow_provider.hooks.upflow import UpflowHook


def test_the_client_speaks_to_upflow_as_the_connection_says(connect_upflow, fake_upflow):
    """Two headers sign each request, and ours are the only extras."""
    hook = connect_upflow(extra={"requests_per_minute": 300, "max_concurrency": 2, "timeout_s": 7, "test_mode": False})

    assert hook.test_connection() == (True, f"Upflow at {fake_upflow.base_url} accepted the credentials")
    session = hook._session()
    assert session.headers["User-Agent"] == f"upflow-provider/{__version__}"
    assert not {"requests_per_minute", "test_mode", "timeout_s"} & set(session.headers)


def test_what_was_pasted_with_a_newline_is_still_a_key(connect_upflow, fake_upflow):
    """White space around a key does not belong to it."""
    hook = connect_upflow(login=f" {fake_upflow.api_key}", password=f"{fake_upflow.api_secret}\n")

    assert hook.test_connection()[0]


@pytest.mark.parametrize("blank", [" ", "\n", "\t "])
def test_blanks_around_the_host_do_not_belong_to_it(connect_upflow, fake_upflow, blank):
    """They cannot be seen in Airflow's form."""
    assert connect_upflow(host=f"{blank}{fake_upflow.base_url}{blank}").test_connection()[0]


def test_tls_to_a_server_that_speaks_http_is_named(connect_upflow, fake_upflow):
    """The scheme of the host is the likeliest cause."""
    host = fake_upflow.base_url.replace("http:", "https:")
    accepted, message = connect_upflow(host=host).test_connection()

    assert not accepted
    assert f"TLS: no secure connection to {urlsplit(host).netloc}; does it speak http only?" in message


def test_nothing_is_read_before_it_is_needed(monkeypatch):
    """A DAG file may make a hook where no connection exists."""
    monkeypatch.delenv("AIRFLOW_CONN_UPFLOW_DEFAULT", raising=False)

    assert UpflowHook("no_such_connection").upflow_conn_id == "no_such_connection"


def test_an_empty_host_means_the_sandbox(connect_upflow):
    """A connection that is only half configured must not mean production."""
    hook = connect_upflow(host="")

    assert hook.api_url == UPFLOW_SANDBOX_URL == "https://api.sandbox.upflow.io/v1"


@pytest.mark.parametrize(
    "host", ["https://api.upflow.io/v1", "https://api.upflow.io/v1/", "https://proxy.example/up/v1"]
)
def test_a_host_is_the_base_url_with_its_path(connect_upflow, host):
    """A slash at its end makes no difference."""
    assert connect_upflow(host=host).api_url == host.rstrip("/")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"login": ""}, "login must hold the API key", id="no-key"),
        pytest.param({"password": ""}, "password the API secret", id="no-secret"),
        pytest.param({"password": "upflow- secret"}, "login or password holds white space", id="white-space"),
        pytest.param({"login": "clé"}, "login or password holds white space or another", id="no-ascii"),
        pytest.param({"host": "http://api.upflow.io/v1"}, "must begin with https://", id="http"),
        pytest.param({"host": "api.upflow.io/v1"}, "must begin with https://", id="no-scheme"),
        pytest.param({"host": "https://api.upflow.io"}, "up to and including /v1", id="no-v1"),
        pytest.param({"host": "https://api.upflow.io/v1", "port": 443}, "port must be empty", id="port-after-path"),
        pytest.param({"host": "https://me:upflow-secret@api.upflow.io/v1"}, "must be a plain URL", id="credentials"),
        pytest.param({"host": "https://api.upflow.io/v1?x=/v1"}, "must be a plain URL", id="query"),
        pytest.param({"host": "https://[api.upflow.io/v1"}, "must be a plain URL", id="bracket"),
        pytest.param({"host": "https:///v1"}, "must be a plain URL", id="no-name"),
        pytest.param({"host": "https://api..upflow.io/v1"}, "must be a plain URL", id="empty-label"),
        pytest.param({"host": "https://api. upflow.io/v1"}, "must be a plain URL", id="blank-in-name"),
        pytest.param({"host": "https:/api.upflow.io/v1"}, "must be a plain URL", id="one-slash"),
        pytest.param({"host": "127.0.0.1", "port": 9101, "schema": "v1"}, "follows the host is its schema", id="uri"),
        pytest.param({"extra": {"timeout_s": "soon"}}, "extra: timeout_s must be a number", id="extra"),
        pytest.param(
            {"extra": {"max_concurrency": 50}}, "extra: max_concurrency is 50, but must be at most 10", id="too-many"
        ),
        pytest.param({"extra": {"timeout_s": "inf"}}, "extra: timeout_s must be a finite number", id="for-ever"),
        pytest.param(
            {"extra": {"test-mode": True}}, "extra: test-mode is unknown; did you mean 'test_mode'?", id="misspelt"
        ),
        pytest.param(
            {"extra": {"verify": "/nowhere.pem"}},
            "verify must exist, but there is no '/nowhere.pem'",
            id="no-such-file",
        ),
        pytest.param({"extra": {"verify": ["a"]}}, "verify must be true or false, or must be a path", id="no-path"),
        pytest.param({"extra": {"cert": "/tmp"}}, "cert must be a file, but there is no file '/tmp'", id="folder"),  # noqa: S108 - a folder
        pytest.param({"extra": {"requests_per_minute": 13}}, "is 13, but must be at least 14", id="too-few"),
        pytest.param({"extra": {"requests_per_minute": 60_001}}, "must be at most 60000", id="far-too-many"),
        pytest.param(
            {"extra": {"max_concurrency": True}}, "max_concurrency is true, but must be a number", id="switch"
        ),
        pytest.param({"extra": {"timeout_s": 601}}, "timeout_s is 601, but must be at most 600", id="long"),
        pytest.param({"extra": {"test_mode": "maybe"}}, "extra: test_mode must be true or false", id="no-switch"),
        pytest.param({"host": "http://134744072/v1"}, "must begin with https://", id="number"),
        pytest.param({"extra": '{"test_mode": true'}, "extra must be a JSON object", id="extra-no-json"),
        pytest.param({"extra": '["test_mode"]'}, "extra must be a JSON object", id="extra-no-object"),
    ],
)
def test_a_wrong_connection_names_itself_and_the_field(connect_upflow, fields, says):
    """The client is not made, and the connection test says the same."""
    hook = connect_upflow(**fields)
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        hook.get_client()

    accepted, message = connect_upflow(**fields).test_connection()
    assert not accepted
    assert says in message
    assert "'upflow_default'" in message
    assert "upflow-secret" not in message


def test_numbers_and_switches_may_be_text(connect_upflow, fake_upflow):
    """Airflow's form stores what was typed; an empty field means the default."""
    hook = connect_upflow(
        extra={"timeout_s": "12.5", "max_concurrency": "3", "test_mode": "true", "requests_per_minute": ""}
    )

    assert hook.extra.model_dump() == {
        "requests_per_minute": 600,
        "max_concurrency": 3,
        "timeout_s": 12.5,
        "test_mode": True,
        "proxies": {},
        "verify": True,
        "cert": None,
    }
    with pytest.raises(ReadOnlyError):
        hook.client.delete("customers", "x")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"password": "not-the-secret"}, "401", id="401"),
        pytest.param({"host": "http://127.0.0.1:9/v1"}, "refused: nothing listens at 127.0.0.1:9", id="refused"),
        pytest.param({"host": "https://upflow.invalid/v1"}, "DNS: the host name of upflow.invalid:443", id="dns"),
        pytest.param(
            {"extra": {"proxies": {"http": "http://user:upflow-secret@127.0.0.1:9"}}},
            "nothing listens at the proxy 127.0.0.1:9",
            id="proxy",
        ),
        pytest.param(
            {"extra": {"proxies": {"http": "ftp://127.0.0.1:9"}}}, "the proxy's URL must begin with http", id="no-proxy"
        ),
        pytest.param({"extra": {"timeout_s": 0.2}}, "no answer within the time allowed", id="time-out"),
    ],
)
def test_the_connection_test_says_what_was_in_the_way(connect_upflow, fake_upflow, fields, says):
    """Credentials, port, name and time have messages of their own; none of them holds a secret."""
    fake_upflow.faults.add("slow", delay_s=1.0)
    accepted, message = connect_upflow(**fields).test_connection()

    assert not accepted
    assert says in message
    assert "not-the-secret" not in message
    assert "upflow-secret" not in message


def test_the_connection_test_needs_nothing_but_the_connection(connect_upflow, monkeypatch):
    """It runs in Airflow's form, perhaps before there is a ledger, and does not wait for a slot."""
    monkeypatch.setenv("AIRFLOW_CONN_UPFLOW_LEDGER", json.dumps({"conn_type": "http", "host": "nowhere"}))
    hook = connect_upflow()

    assert hook.test_connection()[0]
    with pytest.raises(ConfigurationError, match="the ledger needs"):
        hook.get_client()


def test_a_wrong_path_is_named(connect_upflow, fake_upflow):
    """404 on the list of customers means that the path is wrong."""
    accepted, message = connect_upflow(host=f"{fake_upflow.url}/api/v1").test_connection()

    assert not accepted
    assert message.startswith("404: there is no Upflow API at")


def test_an_untrusted_certificate_is_named(connect_upflow, tmp_path):
    """A problem with TLS has a message of its own."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [  # noqa: S607 - openssl is where the system has it
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    accepted, message = connect_upflow(host=f"https://localhost:{server.server_port}/v1").test_connection()
    thread.join(10)
    server.server_close()

    assert not accepted
    assert f"TLS: the certificate of localhost:{server.server_port} cannot be verified" in message


@pytest.mark.parametrize(("verify", "used"), [(False, False), ("false", False), (True, True), ("/tmp", "/tmp")])  # noqa: S108 - a folder that exists
def test_proxies_and_certificates_of_the_connection_are_used(connect_upflow, tmp_path, verify, used):
    """They are Airflow's own extras."""
    pem = tmp_path / "c.pem"
    pem.touch()
    given = {"proxies": {"https": "http://proxy.example:3128"}, "verify": verify, "cert": str(pem)}
    session = connect_upflow(extra=given)._session()

    assert isinstance(session, requests.Session)
    assert (session.proxies, session.verify, session.cert) == (given["proxies"], used, str(pem))


def test_certificate_and_key_may_be_two_files(connect_upflow, tmp_path):
    """As `requests` takes them."""
    pair = (str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))
    for name in pair:
        Path(name).touch()

    assert connect_upflow(extra={"cert": pair})._session().cert == pair


def test_every_thread_has_a_connection_to_itself(connect_upflow):
    """Connections beyond the pool's size would be opened anew for every request."""
    session = connect_upflow(extra={"max_concurrency": 10})._session()

    assert session.get_adapter(UPFLOW_SANDBOX_URL)._pool_maxsize >= 10
