"""PDFs of invoices and credit notes in the fake Upflow."""

from base64 import b64encode

import pytest

from tests.testing.upflow.plain import BODIES

PDF = b"%PDF-1.4 not much"


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
