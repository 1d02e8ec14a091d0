"""The fake Stripe shows records as Stripe does: expanded on request, deleted, or not at all."""

import re

import pytest

from tests.testing.stripe.plain import asking, stripe  # noqa: F401 - a fixture
from upflow_provider.testing import FakeStripe
from upflow_provider.testing.stripe.objects.pdf_links import token_of

# ruff: noqa: F811 - the fixture is a parameter of the tests

INCLUDABLE = {"sources", "subscriptions", "tax", "tax_ids"}


@pytest.fixture
def billed(stripe):
    """Give a fake with a customer that has a tax id, and its open invoice."""
    stripe.fake.create_customer(id="cus_1", name="Acme", tax_ids=[("eu_vat", "FR1")])
    stripe.fake.create_invoice("cus_1", 1200, id="in_1", tax=200)
    stripe.fake.finalize_invoice("in_1")
    return stripe


@pytest.mark.parametrize("path", ["customers/cus_1?", "customers?"], ids=["retrieve", "list"])
@pytest.mark.parametrize("style", ["expand[]", "expand[0]"])
def test_includable_attributes_are_absent_unless_expanded(billed, path, style):
    """Only what is asked for comes along, in both spellings."""
    prefix = "data." if path == "customers?" else ""

    def read(query):
        found = billed.get(f"/v1/{path}{query}")
        return found["data"][0] if prefix else found

    assert not read("").keys() & INCLUDABLE
    expanded = read(f"{style}={prefix}tax_ids")
    assert expanded.keys() & INCLUDABLE == {"tax_ids"}
    assert [each["value"] for each in expanded["tax_ids"]["data"]] == ["FR1"]


def test_several_are_expanded_at_once(billed):
    """As the SDK sends them: `expand[0]`, `expand[1]`."""
    customer = billed.sdk.v1.customers.retrieve("cus_1", {"expand": ["sources", "subscriptions", "tax", "tax_ids"]})

    assert customer.to_dict().keys() >= INCLUDABLE
    assert billed.fake.requests[-1].query.count("expand") == 4


def test_a_record_that_was_loaded_without_what_is_expanded_has_it_empty(stripe):
    """Recorded records lack what was not expanded when they were recorded."""
    stripe.fake.load([{"id": "cus_1", "object": "customer", "created": 1}])

    customer = stripe.get("/v1/customers/cus_1?expand[]=tax_ids&expand[]=tax")
    assert (customer["tax_ids"]["data"], customer["tax_ids"]["url"]) == ([], "/v1/customers/cus_1/tax_ids")
    assert customer["tax"]["provider"] == "stripe"


def test_an_invoice_names_its_customer_or_shows_it(billed):
    """The id, the customer, or the customer with what is expanded of it."""
    ids = [each.customer for each in billed.sdk.v1.invoices.list().data]
    shown = billed.sdk.v1.invoices.retrieve("in_1", {"expand": ["customer"]}).customer
    deep = billed.get("/v1/invoices?expand[]=data.customer.tax_ids&expand[]=data.payments")["data"][0]

    assert ids == ["cus_1"]
    assert (shown.name, "tax_ids" in shown) == ("Acme", False)
    assert deep["customer"]["tax_ids"]["data"][0]["value"] == "FR1"
    assert [each["status"] for each in deep["payments"]["data"]] == ["open"]


@pytest.mark.parametrize(
    "path",
    [
        "invoices?expand[]=data.colour",
        "invoices?expand[]=customer",
        "invoices?expand[]=data",
        "invoices?expand[]=data.customer.name",
        "invoices?expand[]=data.payments.data",
        "invoices?expand[]=data.customer.tax_ids.data.owner",
        "invoices/in_1?expand[]=data.customer",
        "invoices/in_1?expand[]=status",
        "invoices/in_1?expand[]=",
        "customers?expand[]=data.invoices",
        "events?expand[]=data.data",
        "invoices?created[lt]=1&expand[]=data.colour",
    ],
)
def test_what_cannot_be_expanded_is_refused(billed, path):
    """Also when the list turns out empty, and below what can be."""
    assert billed.refused(f"/v1/{path}")["param"] == "expand"


@pytest.mark.parametrize(
    "path", ["invoices?expand[]=data.customer.a.b.c", "invoices/in_1?expand[]=a.b.c.d.e"], ids=["list", "retrieve"]
)
def test_more_than_four_levels_are_refused(billed, path):
    """The `data` of a list is one of the four."""
    assert "more than 4 levels" in billed.refused(f"/v1/{path}")["message"]


def test_a_deleted_customer_leaves_its_id(billed):
    """Alone, and in its invoices, which stay; no list shows it."""
    tombstone = {"id": "cus_1", "object": "customer", "deleted": True}
    billed.fake.delete_customer("cus_1")

    assert billed.get("/v1/customers/cus_1") == tombstone
    assert billed.get("/v1/customers/cus_1?expand[]=tax_ids") == tombstone
    assert billed.ids("/v1/customers") == []
    invoice = billed.get("/v1/invoices/in_1?expand[]=customer")
    assert (invoice["customer"], invoice["customer_name"]) == (tombstone, "Acme")
    assert invoice["customer_tax_ids"] == [{"type": "eu_vat", "value": "FR1"}]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/customers/cus_9", "resource_missing"),
        ("/v1/invoices/in_9", "resource_missing"),
        ("/v1/events/evt_9", "resource_missing"),
        ("/v1/unicorns", None),
        ("/v1/unicorns/1", None),
        ("/v2/invoices", None),
    ],
)
def test_what_is_not_there_is_not_found(billed, path, code):
    """An unknown id, or an unknown path."""
    assert billed.refused(path, 404).get("code") == code


def test_a_deleted_draft_is_not_found(stripe):
    """Unlike a customer, it leaves nothing."""
    stripe.fake.create_invoice(None, 1, id="in_1")
    stripe.fake.delete_invoice("in_1")

    assert stripe.refused("/v1/invoices/in_1", 404)["code"] == "resource_missing"
    assert stripe.ids("/v1/invoices") == []


def test_the_pdf_of_an_invoice_is_served(billed):
    """Without a key, as a document whose parts are where its table says."""
    address = billed.sdk.v1.invoices.retrieve("in_1").invoice_pdf
    answer = billed.session.get(address, timeout=5)
    body = answer.content

    assert address.startswith(f"{billed.fake.url}/pdf/")
    assert "in_1" not in address
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert body.startswith(b"%PDF-1.4\n")
    assert body.endswith(b"%%EOF\n")
    assert b"(Invoice F-" in body
    table = int(re.search(rb"startxref\n(\d+)", body)[1])
    assert body[table:].startswith(b"xref\n")
    for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", body), start=1):
        assert body[int(offset) :].startswith(b"%d 0 obj" % number)


def test_a_draft_has_no_pdf(stripe):
    """Neither its address nor the document."""
    stripe.fake.create_invoice(None, 1, id="in_1")

    assert stripe.get("/v1/invoices/in_1")["invoice_pdf"] is None
    for token in ("in_1", token_of("in_1", 0), token_of("in_9", 0), "%"):
        assert stripe.session.get(f"{stripe.fake.url}/pdf/{token}", timeout=5).status_code == 404


def test_a_fake_that_knows_no_address_of_its_own_names_stripes(billed):
    """The PDF is at Stripe's domain then."""
    billed.fake.url, served = "", billed.fake.url
    with asking(FakeStripe()) as other:
        other.fake.url = served
        pdf = other.get("/v1/invoices/in_1")["invoice_pdf"]

    assert pdf == "https://pay.stripe.com/invoice/in_1/pdf"
