"""A document that no logic looks at is one row in the table of the fake Upflow."""

import pytest
import requests

from tests.testing.upflow.plain import Api
from upflow_provider.testing import FakeUpflow, serve
from upflow_provider.testing.upflow.records.document_types import DOCUMENTS, DocumentType
from upflow_provider.testing.upflow.records.field_types import OMITTED, DateLike, Positive
from upflow_provider.testing.upflow.records.schemas import document_body

QUOTES = DocumentType(
    singular="quote",
    body=document_body("QuoteImport", amount=(Positive, ...), issued_at=(DateLike, ...), name=(str, OMITTED)),
)
QUOTE = {"externalId": "qt_1", "customer": {"externalId": "cus_1"}, "amount": 1200, "issuedAt": "2025-06-01"}


@pytest.fixture
def api(monkeypatch):
    """Return a client of a fake Upflow that knows quotes too, with a customer."""
    monkeypatch.setitem(DOCUMENTS, "quotes", QUOTES)
    fake = FakeUpflow()
    with serve(fake.app) as server, requests.Session() as session:
        fake.url = server.url
        client = Api(fake, session)
        client.customer()
        yield client


def test_it_is_imported_listed_shown_and_deleted(api):
    """An import answers what a GET shows; a deleted one is gone."""
    imported = api.done("POST", "/quotes", QUOTE)

    assert imported["issuedAt"] == "2025-06-01T00:00:00.000Z"
    assert imported["customer"]["companyName"] == "Acme"
    assert api.done("GET", "/quotes")["items"] == [imported]
    assert api.done("GET", "/quotes/external:qt_1") == imported == api.fake.answer("quotes", "qt_1")
    api.done("DELETE", f"/quotes/{imported['id']}")
    assert api("GET", "/quotes/external:qt_1").status_code == 404
    assert api.fake.store.quotes == {}


def test_a_second_import_updates_it(api):
    """The external id decides, and writes are counted as those of other documents."""
    first = api.done("POST", "/quotes", QUOTE)
    second = api.done("POST", "/quotes", QUOTE | {"name": "Spring"})

    assert (second["id"], second["name"]) == (first["id"], "Spring")
    assert api.fake.summary()["quotes"] == {"count": 1}
    assert api.fake.summary()["writes"]["quotes"] == {"created": 1, "updated": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": 0}, "amount: Input should be greater than 0"),
        ({"state": "SENT"}, "state: Extra inputs are not permitted"),
        ({"externalId": ""}, "externalId: String should have at least 1 character"),
    ],
    ids=["amount", "unknown", "external-id"],
)
def test_its_body_is_checked(api, change, message):
    """Only the fields of the row, the ids and the customer are taken."""
    assert api.refused("POST", "/quotes", QUOTE | change) == message


def test_its_customer_must_exist(api):
    """A document belongs to a customer, who cannot be deleted while it has documents."""
    api.done("POST", "/quotes", QUOTE)

    assert api("POST", "/quotes", QUOTE | {"customer": {"externalId": "cus_2"}}).status_code == 404
    assert "has 1 documents" in api.refused("DELETE", "/customers/external:cus_1")


def test_it_changes_no_balance(api):
    """What is neither owed nor paid counts in no balance, and has no PDF."""
    before = api.done("GET", "/customers/external:cus_1")["balance"]
    api.done("POST", "/quotes", QUOTE)

    assert api.done("GET", "/customers/external:cus_1")["balance"] == before == 0
    assert api("POST", "/quotes/external:qt_1/pdf", {"data": "JVBERi0="}).status_code == 404


def test_it_is_in_the_snapshot_and_the_log(api):
    """Two runs can be compared by it, and the log knows whose it is."""
    api.done("POST", "/quotes", QUOTE)
    api.done("GET", "/quotes/external:qt_1")

    snapshot = api.fake.snapshot()["quotes"]["qt_1"]
    assert snapshot == {"externalId": "qt_1", "amount": 1200, "issuedAt": "2025-06-01", "customer": "cus_1"}
    assert [each.customer for each in api.fake.requests.matching(path="/quotes")] == ["cus_1", "cus_1"]
