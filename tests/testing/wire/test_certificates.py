"""The fake Salesforce is served over TLS that ordinary clients check."""

import socket
import ssl

import pytest
import requests
from starlette.responses import PlainTextResponse

from upflow_provider.testing import serve
from upflow_provider.testing.wire.certificates import Certificates


async def hello(scope, receive, send):
    """Answer anything."""
    await PlainTextResponse("hello")(scope, receive, send)


@pytest.fixture
def certificates(tmp_path):
    """Make certificates in a folder that is not there yet."""
    return Certificates.of(tmp_path / "certificates")


@pytest.fixture
def server(certificates):
    """Serve something with them."""
    with serve(hello, tls=certificates.server) as server:
        yield server


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_who_trusts_the_bundle_trusts_the_server(server, certificates, monkeypatch, name):
    """Requests of Airflow's tasks take the bundle from their environment."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))

    assert requests.get(server.url.replace("127.0.0.1", name), timeout=5).text == "hello"


def test_nobody_else_trusts_it(server, tmp_path):
    """Another demonstration's authority vouches for nothing here."""
    other = Certificates.of(tmp_path / "other")

    with pytest.raises(requests.exceptions.SSLError):
        requests.get(server.url, verify=str(other.authority), timeout=5)


def test_the_certificates_pass_the_strict_check(server, certificates):
    """Python 3.13 refuses certificates that lack what RFC 5280 asks for, unless told otherwise."""
    strict = ssl.create_default_context(cafile=certificates.authority)
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    host, port = server.url.removeprefix("https://").split(":")

    with (
        socket.create_connection((host, int(port)), timeout=5) as connection,
        strict.wrap_socket(connection, server_hostname=host) as secure,
    ):
        assert secure.version() == "TLSv1.3"


def test_the_bundle_trusts_the_public_authorities_too(certificates):
    """In the demonstration's Airflow, connections can be pointed at real accounts."""
    trusting = ssl.create_default_context(cafile=certificates.bundle)

    assert trusting.cert_store_stats()["x509_ca"] > 50


def test_a_folder_that_has_certificates_keeps_them(certificates):
    """Whoever trusted them goes on doing so; the key is its owner's alone."""
    before = certificates.key.read_bytes()

    assert Certificates.of(certificates.key.parent) == certificates
    assert certificates.key.read_bytes() == before
    assert certificates.key.stat().st_mode & 0o777 == 0o600
