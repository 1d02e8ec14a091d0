"""Invoices, credit notes, payments, refunds and PDFs in the fake Upflow."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from tests.testing.upflow.plain import invoice, payment

PDF = b"%PDF-1.4 not much"
CREDIT_NOTE = {
    "externalId": "cn_1",
    "customId": "CN-1",
    "currency": "EUR",
    "grossAmount": 1200,
    "netAmount": 1000,
    "customer": {"externalId": "cus_1"},
}
REFUND = {
    "externalId": "re_1",
    "currency": "EUR",
    "amount": 1200,
    "validatedAt": "2025-06-12",
    "customer": {"externalId": "cus_1"},
}
BODIES = {"invoices": invoice(), "credit_notes": CREDIT_NOTE, "payments": payment(), "refunds": REFUND}


@pytest.fixture(autouse=True)
def _customer(api):
    """Let every test begin with a customer."""
    api.customer()


@pytest.mark.parametrize("collection", BODIES)
def test_life_of_a_document(api, collection):
    """A document is created, updated under the same external id, read and deleted."""
    body = BODIES[collection]

    created = api("POST", f"/{collection}", body)
    unchanged = api("POST", f"/{collection}", body)
    found = api.done("GET", f"/{collection}/{created.json()['id']}")
    deleted = api("DELETE", f"/{collection}/external:{body['externalId']}")

    assert (created.status_code, unchanged.status_code, deleted.status_code) == (201, 200, 204)
    assert found == unchanged.json() == created.json()
    assert api.fake.store.table(collection) == {}
    assert api("GET", f"/{collection}/external:{body['externalId']}").status_code == 404
    assert {key: count for key, count in api.fake.store.writes.items() if key[0] == collection} == {
        (collection, "created"): 1,
        (collection, "unchanged"): 1,
        (collection, "deleted"): 1,
    }


@pytest.mark.parametrize("collection", BODIES)
def test_answers_echo_the_import(api, collection):
    """An answer repeats what was imported, dates as date-times."""
    body = BODIES[collection]
    dates = {key: f"{body[key]}T00:00:00.000Z" for key in ("issuedAt", "dueDate", "validatedAt") if key in body}
    rest = {key: value for key, value in body.items() if key != "customer"}

    answer = api.done("POST", f"/{collection}", body)

    assert answer.items() >= (rest | dates).items()


def test_the_answer_to_an_invoice(api):
    """An invoice is shown with what is owed, and its customer by id."""
    answer = api.invoice()

    assert (
        answer.items()
        >= {
            "customerId": api.done("GET", "/customers/external:cus_1")["id"],
            "amountOutstanding": 1200,
            "state": "DUE",
            "pdfUrl": None,
            "payments": [],
        }.items()
    )
    assert "customer" not in answer


@pytest.mark.parametrize("collection", ["credit_notes", "payments", "refunds"])
def test_embedded_customers(api, collection):
    """Other documents embed their customer, whose name is `companyName` there."""
    answer = api.done("POST", f"/{collection}", BODIES[collection])

    assert answer["customer"] == {
        "id": api.done("GET", "/customers/external:cus_1")["id"],
        "externalId": "cus_1",
        "companyName": "Acme",
        "accountingRef": None,
    }
    assert "customerId" not in answer


REFUSED = [
    pytest.param("invoices", {"grossAmount": 12.0}, "grossAmount: Input should be a valid integer", id="float"),
    pytest.param("invoices", {"grossAmount": True}, "grossAmount: Input should be a valid integer", id="bool"),
    pytest.param("invoices", {"netAmount": "1000"}, "netAmount: Input should be a valid integer", id="text"),
    pytest.param("invoices", {"currency": "eur"}, "currency: Value error, is not an ISO 4217", id="small"),
    pytest.param("invoices", {"currency": "XXX"}, "currency: Value error, is not an ISO 4217", id="no-currency"),
    pytest.param("invoices", {"dueDate": None}, "dueDate: Input should be a valid string", id="null-date"),
    pytest.param("invoices", {"dueDate": 1735689600}, "dueDate: Input should be a valid string", id="epoch"),
    pytest.param("invoices", {"dueDate": "2025-1-1"}, "dueDate: Value error, is neither", id="short-date"),
    pytest.param("invoices", {"dueDate": "20250101"}, "dueDate: Value error, is neither", id="basic-date"),
    pytest.param("invoices", {"dueDate": "2025-02-30"}, "dueDate: Value error, day is out", id="no-such-day"),
    pytest.param("invoices", {"dueDate": "2025-01-01T00:00:00"}, "dueDate: Value error, is neither", id="no-zone"),
    pytest.param("invoices", {"customId": ""}, "customId: String should have at least 1", id="empty-number"),
    pytest.param("invoices", {"customer": {}}, "customer: Value error, needs id or externalId", id="nobody"),
    pytest.param("invoices", {"customer": "cus_1"}, "customer: Input should be an object", id="bare-customer"),
    pytest.param("invoices", {"lines": []}, "lines: Extra inputs are not permitted", id="lines"),
    pytest.param("invoices", {"customFields": []}, "customFields: Extra inputs", id="invoice-custom-fields"),
    pytest.param("invoices", {"amountOutstanding": 0}, "amountOutstanding: Extra inputs", id="computed"),
    pytest.param("invoices", {"state": "PAID"}, "state: Input should be 'VOIDED'", id="state"),
    pytest.param("credit_notes", {"grossAmount": -1}, "grossAmount: Input should be greater than 0", id="minus"),
    pytest.param("payments", {"amount": 0}, "amount: Input should be greater than 0", id="zero"),
    pytest.param("payments", {"instrument": "PAYPAL"}, "instrument: Input should be 'WIRE", id="instrument"),
    pytest.param("payments", {"bankAccountId": "x"}, "bankAccountId: no such bank account", id="bank-account"),
    pytest.param("payments", {"issuedAt": "2025-01-01"}, "issuedAt: Extra inputs", id="other-date"),
    pytest.param("refunds", {"bankAccountId": "x"}, "bankAccountId: Extra inputs", id="refund-bank"),
]


@pytest.mark.parametrize(("collection", "change", "message"), REFUSED)
def test_refused_imports(api, collection, change, message):
    """What the API does not take is refused, names the field and changes nothing."""
    reason = api.refused("POST", f"/{collection}", BODIES[collection] | change)

    assert reason.startswith(message)
    assert api.fake.store.table(collection) == {}


REQUIRED = {
    "invoices": [
        "externalId",
        "customId",
        "issuedAt",
        "dueDate",
        "currency",
        "grossAmount",
        "netAmount",
        "customer",
    ],
    "credit_notes": ["externalId", "customId", "currency", "grossAmount", "netAmount", "customer"],
    "payments": ["externalId", "currency", "amount", "validatedAt", "customer"],
    "refunds": ["externalId", "currency", "amount", "validatedAt", "customer"],
}


@pytest.mark.parametrize(
    ("collection", "field"),
    [(collection, field) for collection, fields in REQUIRED.items() for field in fields],
)
def test_required_fields(api, collection, field):
    """What the reference marks as required is required; a missing external id would make duplicates."""
    body = {key: value for key, value in BODIES[collection].items() if key != field}

    assert api.refused("POST", f"/{collection}", body) == f"{field}: Field required"


@pytest.mark.parametrize("collection", BODIES)
def test_missing_customers(api, collection):
    """A document of a customer that does not exist is refused."""
    answer = api("POST", f"/{collection}", BODIES[collection] | {"customer": {"externalId": "cus_0"}})

    assert (answer.status_code, answer.json()["message"]) == (404, "customer: names nothing in customers")


@pytest.mark.parametrize("currency", ["EUR", "JPY", "BHD", "HRK"])
def test_currencies(api, currency):
    """Every ISO currency is taken, with or without minor unit, withdrawn ones included."""
    assert api.invoice(currency=currency)["currency"] == currency


def test_date_times(api):
    """Date-times with a zone are taken, and shown in UTC."""
    answer = api.invoice(issuedAt="2025-06-01T00:00:00+02:00", dueDate="2025-07-01T00:00:00Z")

    assert answer["issuedAt"] == "2025-05-31T22:00:00.000Z"
    assert answer["dueDate"] == "2025-07-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("now", "state"),
    [
        pytest.param(datetime(2025, 6, 30, tzinfo=UTC), "DUE", id="before"),
        pytest.param(datetime(2025, 7, 1, 23, 59, tzinfo=UTC), "DUE", id="on-the-day"),
        pytest.param(datetime(2025, 7, 2, tzinfo=UTC), "OVERDUE", id="after"),
    ],
)
def test_overdue(api, now, state):
    """An unpaid invoice is overdue from the day after its due date."""
    api.fake.store.now = lambda: now

    assert api.invoice(dueDate="2025-07-01")["state"] == state


@pytest.mark.parametrize("amount", [0, -500], ids=["zero", "negative"])
def test_nothing_owed(api, amount):
    """An invoice of nothing, or of less, is paid."""
    answer = api.invoice(grossAmount=amount, netAmount=amount)

    assert (answer["state"], answer["amountOutstanding"]) == ("PAID", amount)


@pytest.mark.parametrize(
    ("behaviour", "state", "outstanding"),
    [
        pytest.param("honoured", "VOIDED", 0, id="honoured"),
        pytest.param("ignored", "DUE", 1200, id="ignored"),
    ],
)
def test_void(api, behaviour, state, outstanding):
    """An import may void an invoice, or its state is ignored; either way it stays so."""
    api.fake.behaviour.void_import = behaviour

    api.invoice(state="VOIDED")
    again = api.invoice()

    assert (again["state"], again["amountOutstanding"]) == (state, outstanding)


def test_void_refused(api):
    """Or the state is refused like any unknown field."""
    api.fake.behaviour.void_import = "refused"

    assert api.refused("POST", "/invoices", invoice() | {"state": "VOIDED"}) == (
        "state: Extra inputs are not permitted"
    )
    assert api.invoice()["state"] == "DUE"


def test_moving_to_another_customer(api):
    """An invoice imported for another customer is theirs from then on."""
    api.customer("cus_2")
    api.invoice()

    api.invoice(customer="cus_2")

    assert [api.fake.answer("customers", each)["balance"] for each in ("cus_1", "cus_2")] == [0, 1200]


def test_creating_an_invoice_under_a_customer(api):
    """The endpoint below a customer creates, and never updates."""
    body = {key: value for key, value in invoice().items() if key != "customer"}

    created = api("POST", "/customers/external:cus_1/invoices", body)

    assert created.status_code == 201
    assert api.refused("POST", "/customers/external:cus_1/invoices", body).startswith("externalId: is taken")
    assert api.refused("POST", "/customers/external:cus_1/invoices", invoice("in_2")).startswith("customer: Extra")


@pytest.mark.parametrize("collection", ["invoices", "credit_notes"])
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"json": {"data": b64encode(PDF).decode()}}, id="json"),
        pytest.param({"files": {"file": ("in_1.pdf", PDF, "application/pdf")}}, id="multipart"),
    ],
)
def test_pdfs(api, collection, options):
    """A PDF is attached in base64 or as a file, and the record then has a link to it."""
    body = BODIES[collection]
    before = api.done("POST", f"/{collection}", body)

    answer = api("POST", f"/{collection}/external:{body['externalId']}/pdf", **options)

    assert (answer.status_code, answer.content) == (204, b"")
    assert list(api.fake.store.pdfs.values()) == [PDF]
    assert before["pdfUrl"] is None
    assert api.done("GET", f"/{collection}/{before['id']}")["pdfUrl"].startswith("https://")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"json": {"data": "no base64!"}}, "data: is not base64", id="base64"),
        pytest.param({"json": {"data": b64encode(b"<html>").decode()}}, "data: is no PDF", id="html"),
        pytest.param({"json": {"file": ""}}, "data: Field required; file: Extra", id="field"),
        pytest.param({"files": {"pdf": ("a.pdf", PDF)}}, "file: must be the only part", id="part"),
        pytest.param({"files": {"file": ("a.pdf", PDF)}, "data": {"x": "y"}}, "file: must be", id="parts"),
        pytest.param({"data": {"file": "text"}, "files": {"x": ("", b"")}}, "file: must be", id="text"),
    ],
)
def test_refused_pdfs(api, options, message):
    """What is no PDF, or does not come as the API takes it, is refused."""
    api.invoice()

    assert api.refused("POST", "/invoices/external:in_1/pdf", **options).startswith(message)
    assert api.fake.store.pdfs == {}


def test_large_pdfs(api):
    """A size limit can be set."""
    api.fake.behaviour.pdf_max_bytes = 10
    api.invoice()

    assert api("POST", "/invoices/external:in_1/pdf", files={"file": ("a.pdf", PDF)}).status_code == 413


def test_pdf_of_nothing(api):
    """A PDF needs its invoice, and goes with it."""
    api.invoice()
    api.done("POST", "/invoices/external:in_1/pdf", files={"file": ("a.pdf", PDF)})

    api.done("DELETE", "/invoices/external:in_1")

    assert api("POST", "/invoices/external:in_1/pdf", files={"file": ("a.pdf", PDF)}).status_code == 404
    assert api.fake.store.pdfs == {}
