"""Documents in the fake Upflow: imports, answers and deletions."""

import pytest

from tests.testing.upflow.plain import BODIES


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


def test_moving_to_another_customer(api):
    """An invoice imported for another customer is theirs from then on."""
    api.customer("cus_2")
    api.invoice()

    api.invoice(customer="cus_2")

    assert [api.fake.answer("customers", each)["balance"] for each in ("cus_1", "cus_2")] == [0, 1200]
