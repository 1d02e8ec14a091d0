"""PDFs downloaded from Stripe: from its own hosts only, without a key, bounded, and without the link in any message."""

import logging

import pytest

from tests.clients.test_connection_errors import listening
from upflow_provider.clients.stripe.files import PDF_SIZE_MAX, REDIRECTS_MAX, StripeFiles
from upflow_provider.errors import RateLimitedError, RefusedError, RetriableError, UnservedError, UpflowSyncError
from upflow_provider.testing import FakeStripe, serve

WHAT = "PDF of in_1"


@pytest.fixture
def link(stripe_account, source):
    """Return a link to the PDF of an invoice."""
    stripe_account.create_customer(id="cus_1")
    stripe_account.create_invoice("cus_1", 1200, id="in_1")
    stripe_account.finalize_invoice("in_1", number="F-1")
    return source.retrieve("invoices", "in_1")["invoice_pdf"]


@pytest.fixture
def files(stripe_account, waits):
    """Return what downloads from the fake, and does not really wait."""
    return StripeFiles(stripe_account.url, sleep=waits.append, dice=lambda: 0.0)


def asked(fake):
    """Return how many requests for PDFs there were."""
    return len(fake.requests.matching("GET", "^/pdf/"))


@pytest.mark.parametrize("redirects", [0, 1, REDIRECTS_MAX])
@pytest.mark.parametrize("content_type", ["application/pdf", "Application/PDF; charset=binary", "binary/octet-stream"])
def test_a_pdf_arrives_without_a_key(files, link, stripe_account, redirects, content_type, monkeypatch, tmp_path):
    """Its link redirects; neither the API key nor a password for the host is sent along, which the fake refuses."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    stripe_account.pdf_host.redirects, stripe_account.pdf_host.content_type = redirects, content_type
    content = files.pdf(link, WHAT)

    assert content.startswith(b"%PDF-1.4")
    assert b"F-1" in content
    assert asked(stripe_account) == redirects + 1


def expired(fake):
    """Let links expire at once."""
    fake.pdf_host.link_life_s = -1.0


def expired_with_404(fake):
    """Let them expire with another status."""
    fake.pdf_host.link_life_s, fake.pdf_host.expired_status = -1.0, 404


def forbidden(fake):
    """Let the host refuse the download."""
    fake.pdf_host.redirects = 0
    fake.faults.add("status", path="^/pdf/", status=403, times=None)


def other_type(fake):
    """Let the answer name another type."""
    fake.pdf_host.redirects = 0
    fake.faults.add("status", path="^/pdf/", status=200, times=None)


def many_redirects(fake):
    """Let the link redirect once too often."""
    fake.pdf_host.redirects = REDIRECTS_MAX + 1


def other_host(fake):
    """Let the link redirect to a host that is not Stripe's."""
    fake.pdf_host.elsewhere = "https://stripe.com.elsewhere.test/file"


def huge(fake):
    """Let the PDF be larger than any that is uploaded."""
    fake.pdf_host.least_size = PDF_SIZE_MAX + 1


def unpacked_huge(fake):
    """Let the PDF be small on the wire and huge when it is unpacked."""
    fake.pdf_host.redirects = 0
    fake.faults.add("inflated", path="^/pdf/", inflated_bytes=PDF_SIZE_MAX + 1)


def no_pdf_inside(fake):
    """Let something else come with the type of a PDF."""
    fake.pdf_host.redirects, fake.pdf_host.text = 0, b"<html>"


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        pytest.param(expired, "something else than a PDF, as it does when a link has expired", id="page"),
        pytest.param(forbidden, "403: Stripe does not permit the download", id="403"),
        pytest.param(other_type, "something else than a PDF, judging by its type", id="type"),
        pytest.param(expired_with_404, "404: Stripe answers something else", id="404"),
        pytest.param(many_redirects, "redirects more than 5 times", id="redirects"),
        pytest.param(other_host, "does not lead to a host of Stripe's", id="host"),
        pytest.param(huge, "larger than 10 MiB", id="large"),
        pytest.param(unpacked_huge, "larger than 10 MiB", id="unpacked"),
        pytest.param(no_pdf_inside, "something else than a PDF, judging by how it begins", id="beginning"),
    ],
)
def test_what_is_no_pdf_is_refused_at_once(files, link, stripe_account, waits, caplog, trouble, says):
    """The reason is named, and the link is not; nothing is tried again, because the document is, later."""
    caplog.set_level(logging.DEBUG)
    trouble(stripe_account)
    with pytest.raises(RefusedError, match=f"^{WHAT}: .*{says}") as raised:
        files.pdf(link, WHAT)

    token = link.rpartition("/")[2].partition("?")[0]
    assert token not in f"{raised.value!r} {raised.value.__context__!r} {caplog.text}"
    assert [each for each in waits if each >= 1] == []


@pytest.mark.parametrize(
    "link",
    [
        "ftp://pay.stripe.com/x",
        "http://pay.stripe.com/invoice/x/pdf",
        "https://stripe.com.evil.test/x",
        "https://evilstripe.com/x",
        "https://pay.stripe.com:8443/x",
        "https://pay.stripe.com@evil.test/x",
        "https://me:secret@pay.stripe.com/x",
        "https://evil.test\\@pay.stripe.com/x",
        "https://pay.stripe.com\n.evil.test/x",
        "https://pay.stripe.com:x/",
        "https://[pay.stripe.com/x",
        "file:///etc/passwd",
        "//pay.stripe.com/x",
        "",
        "http://127.0.0.1:1/pdf/x",
    ],
)
def test_other_links_are_not_opened(files, link):
    """Only https to a host below stripe.com, or the very server that stands for Stripe."""
    with pytest.raises(UpflowSyncError) as raised:
        files.pdf(link, WHAT)

    assert isinstance(raised.value, RefusedError)
    assert "does not lead to a host of Stripe's by https" in str(raised.value)


def test_stripes_own_hosts_are_asked(monkeypatch):
    """Whatever the API's host is, a link of Stripe's is followed by https."""
    for api_url in (None, "https://proxy.test", "http://127.0.0.1:1"):
        files = StripeFiles(api_url, sleep=lambda _: None)
        opened = []
        monkeypatch.setattr(files._session, "get", lambda url, opened=opened, **_: opened.append(url) or 1 / 0)
        for host in ("pay.stripe.com", "files.stripe.com:443"):
            with pytest.raises(ZeroDivisionError):
                files.pdf(f"https://{host}/x", WHAT)
        assert opened == ["https://pay.stripe.com/x", "https://files.stripe.com:443/x"]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_passes_is_tried_again(files, link, stripe_account, waits, status):
    """As long as for any other call; a 429 stops all downloads for as long as it says."""
    stripe_account.faults.add("status", path="^/pdf/", status=status, times=2, retry_after_s=7)

    assert files.pdf(link, WHAT).startswith(b"%PDF-")
    assert sum(each >= 1 for each in waits) >= 2
    stripe_account.faults.add("truncated", path="^/pdf/", after=1)
    assert files.pdf(link, WHAT).endswith(b"%%EOF\n")
    assert not (status == 429 and max(waits) < 7)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 429}, RateLimitedError),
        ({"kind": "status", "status": 502}, UnservedError),
        ({"kind": "reset_before"}, UnservedError),
        ({"kind": "reset_during"}, UnservedError),
    ],
)
def test_what_does_not_pass_is_given_up(files, link, stripe_account, caplog, fault, kind):
    """After six attempts; no message has the link."""
    caplog.set_level(logging.DEBUG)
    stripe_account.faults.add(path="^/pdf/", times=None, **fault)
    with pytest.raises(kind, match=r"PDF of in_1.*attempts: 6") as raised:
        files.pdf(link, WHAT)

    assert link.rpartition("/")[2].partition("?")[0] not in f"{raised.value.__context__!r} {caplog.text}"


def test_a_host_that_is_not_there_may_come_back(waits):
    """Nothing listens: the error asks for a later try."""
    with serve(FakeStripe().app) as gone:
        url = gone.url
    with pytest.raises(RetriableError, match="PDF of in_1: connection refused"):
        StripeFiles(url, sleep=waits.append).pdf(f"{url}/pdf/x", WHAT)


def test_headers_that_cannot_be_parsed_do_not_show_the_link(caplog):
    """urllib3 would log the whole address."""
    odd = b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n: odd\r\nContent-Length: 10\r\n\r\n%PDF-%%EOF"

    def answer(connection):
        connection.recv(65536)
        connection.sendall(odd)

    with listening(answer) as port:
        url = f"http://127.0.0.1:{port}"
        StripeFiles(url).pdf(f"{url}/secret", WHAT)

    assert "secret" not in caplog.text
