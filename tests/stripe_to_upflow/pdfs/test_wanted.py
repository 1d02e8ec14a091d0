"""The PDF of a document, and the state that it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import MappingError
from upflow_provider.records.mapped import Skip
from upflow_provider.stripe_to_upflow.pdfs.wanted import document_pdf

INVOICE = {
    "id": "in_1",
    "customer": "cus_1",
    "status": "open",
    "number": "F-1",
    "total": 1200,
    "amount_due": 1200,
    "effective_at": 1_767_225_600,
    "invoice_pdf": "https://pay.stripe.com/invoice/x/pdf",
}
NOTE = {**INVOICE, "id": "cn_1", "status": "issued", "pdf": "https://pay.stripe.com/credit_notes/x/pdf"}
SHOWN = ("number", "effective_at", "total", "status")


def found(stream="invoices", wanted="all", upflow_id="up_1", **fields):
    """Return what is found of an invoice, or of a credit note, with other fields."""
    document = {**(INVOICE if stream == "invoices" else NOTE), **fields}
    return document_pdf(stream, document, upflow_id=upflow_id, wanted=wanted)


@pytest.mark.parametrize(
    ("fields", "collection"),
    [
        ({}, "invoices"),
        ({"total": -1, "amount_due": 0}, "credit_notes"),
        ({"total": -1, "amount_due": 5}, "invoices"),
        ({"total": None, "amount_due": 0}, "invoices"),
        ({"stream": "credit_notes"}, "credit_notes"),
    ],
)
def test_it_goes_where_the_document_is(fields, collection):
    """A negative invoice is a credit note in Upflow; the PDF belongs to a customer."""
    pdf = found(**fields)

    assert (pdf.collection, pdf.customer) == (collection, "cus_1")
    assert pdf.link == (NOTE["pdf"] if "stream" in fields else INVOICE["invoice_pdf"])


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": "draft"}, "draft"),
        ({"stream": "credit_notes", "status": "void"}, "void"),
        ({"wanted": "open", "status": "paid"}, "is no open invoice"),
        ({"wanted": "open", "stream": "credit_notes"}, "is no open invoice"),
        ({"wanted": "open", "stream": "credit_notes", "status": "open"}, "is no open invoice"),
    ],
)
def test_some_documents_have_none_for_upflow(fields, reason):
    """The reason is kept in the ledger."""
    assert found(**fields) == Skip(reason)


@pytest.mark.parametrize("status", ["open", "paid", "void", "uncollectible"])
def test_every_final_invoice_has_one(status):
    """Of whichever status."""
    assert not isinstance(found(status=status), Skip)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"invoice_pdf": None}, "invoice_pdf"), ({"invoice_pdf": 3}, "invoice_pdf"), ({"customer": None}, "customer")],
)
def test_what_is_missing_is_named(fields, field):
    """The document is rejected for it, as far as its PDF goes."""
    with pytest.raises(MappingError, match=f"in_1: {field} is missing"):
        found(**fields)


@given(
    st.sampled_from(("description", "amount_remaining", "invoice_pdf", *SHOWN)),
    st.one_of(st.text(min_size=1), st.integers(-5, 5).map(lambda each: each - 10)),
)
def test_the_state_is_what_the_pdf_shows(field, value):
    """Number, effective date, total, status, and Upflow's id of the document: nothing else makes another PDF."""
    before, other = found().state, found(upflow_id="up_2").state
    try:
        after = found(**{field: value})
    except MappingError:  # no link
        return

    assert other != before
    assert (isinstance(after, Skip) or after.state != before) == (field in SHOWN and INVOICE.get(field) != value)
