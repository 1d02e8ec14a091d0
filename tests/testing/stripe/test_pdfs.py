"""The host that serves PDFs in the fake Stripe: as odd as Stripe's may be."""

import pytest

from tests.testing.stripe.plain import asking, stripe  # noqa: F401 - a fixture

NOON = 1_767_225_600


@pytest.fixture
def link(stripe):  # noqa: F811 - the fixture
    """Return a link that was read at noon."""
    stripe.fake.clock = lambda: NOON
    stripe.fake.create_customer(id="cus_1", name="Alder")
    stripe.fake.create_invoice("cus_1", 1200, id="in_1")
    stripe.fake.finalize_invoice("in_1", number="F-1")
    return stripe.get("/v1/invoices/in_1")["invoice_pdf"]


def opened(stripe, link, **options):  # noqa: F811 - the fixture
    """Return the answer to a link."""
    return stripe.session.get(link, timeout=5, **options)


def test_a_link_redirects_and_expires(stripe, link):  # noqa: F811 - the fixture
    """It is good for a while after the document was read, however often it is opened; then it leads to a page."""
    host = stripe.fake.pdf_host
    first = opened(stripe, link, allow_redirects=False)
    stripe.fake.clock = lambda: NOON + int(host.link_life_s)
    in_time = opened(stripe, link)
    stripe.fake.clock = lambda: NOON + int(host.link_life_s) + 1
    too_late = opened(stripe, link)

    assert (first.status_code, first.headers["location"].startswith("/pdf/")) == (302, True)
    assert (in_time.headers["content-type"], host.served) == ("application/pdf", {"in_1": 1})
    assert (too_late.status_code, too_late.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert opened(stripe, stripe.get("/v1/invoices/in_1")["invoice_pdf"]).content.startswith(b"%PDF-")


def test_a_pdf_shows_the_status(stripe, link):  # noqa: F811 - the fixture
    """It is rendered when it is asked for: the same link has other bytes when the invoice is paid."""
    stripe.fake.pdf_host.least_size = 5_000
    before = opened(stripe, link).content
    stripe.fake.pay_invoice("in_1")
    after = opened(stripe, link).content

    assert (b"F-1 \\(open\\)" in before, b"F-1 \\(paid\\)" in after, len(after)) == (True, True, 5_000)


def test_other_answers(stripe, link):  # noqa: F811 - the fixture
    """A key given away is refused, too many requests are answered 429, and a redirect may lead anywhere."""
    assert opened(stripe, link, headers={"Authorization": "Bearer sk_test"}).status_code == 400
    stripe.fake.pdf_host.elsewhere = "https://elsewhere.test/file"
    assert opened(stripe, f"{link}&hop=1", allow_redirects=False).headers["location"] == "https://elsewhere.test/file"
    stripe.fake.limits.per_endpoint = 0
    assert opened(stripe, link).status_code == 429
