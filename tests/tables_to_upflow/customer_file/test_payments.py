"""Payment files, by Upflow's own template."""

import pytest

HEADER = "paymentReference,paymentDate,amount,currency,invoiceReference,paymentMethod\n"


@pytest.fixture(autouse=True)
def invoices(files):
    """Let Upflow have two customers with invoices of 120.00 EUR."""
    files.customer("C-1", name="Alder")
    files.customer("C-2", name="Birch")
    for external_id, customer in (("I-1", "C-1"), ("I-2", "C-1"), ("I-3", "C-2")):
        files.invoice(external_id, customer)


def owed(files, invoice):
    """Return what is still owed on an invoice."""
    return files.upflow.answer("invoices", invoice)["amountOutstanding"]


def test_a_payment_settles_its_invoice(files):
    """It belongs to the invoice's customer; the invoice may be named by number or external id."""
    files.import_(f"{HEADER}P-1,2026-02-01,100.50,EUR,2026-I-1,WIRE_TRANSFER\n", "payments")

    payment = files.upflow.answer("payments", "P-1")
    assert (payment["amount"], payment["instrument"], payment["customer"]["externalId"]) == (
        10_050,
        "WIRE_TRANSFER",
        "C-1",
    )
    assert owed(files, "I-1") == 1_950


def test_lines_with_one_reference_are_one_payment(files):
    """One line for each invoice; an identical line counts once, and what names no invoice is not linked."""
    report = files.import_(
        f"{HEADER}P-1,2026-02-01,100,EUR,I-1,\nP-1,2026-02-01,50,EUR,I-2,\nP-1,2026-02-01,50,EUR,I-2,\n"
        "P-1,2026-02-01,7,EUR,,\n",
        "payments",
    )

    payment = files.upflow.answer("payments", "P-1")
    assert (payment["amount"], payment["amountLinked"]) == (15_700, 15_000)
    assert (report.accepted, report.records.created) == (4, 1)


def test_a_payment_without_invoice_needs_its_customer(files):
    """In a column Customer ID, because the API needs one."""
    header = f"{HEADER[:-1]},Customer ID\n"

    files.import_(
        f"{header}P-1,2026-02-01,10,EUR,,,C-2\nP-2,2026-02-01,10,EUR,,,\nP-3,2026-02-01,10,EUR,,,C-9\n", "payments"
    )

    assert files.upflow.answer("payments", "P-1")["customer"]["externalId"] == "C-2"
    assert files.reasons() == [
        "Customer ID: a payment without an invoice needs its customer, in a column Customer ID",
        "Customer ID: there is no such customer in Upflow; import it first",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("P-1,2026-02-01,200,EUR,I-1,", "amount: is larger than the invoice's"),
        ("P-1,2026-02-01,10,USD,I-1,", "currency: the invoice is in EUR"),
        ("P-1,2026-02-01,10,EUR,I-9,", "invoiceReference: no invoice in Upflow has this number"),
        ("P-1,01/02/2026,10,EUR,I-1,", "paymentDate: a value like '00/00/0000' must be a day as YYYY-MM-DD"),
        ('P-1,2026-02-01,"1 234,5",EUR,I-1,', "must be a number with a dot before decimals"),
        ("P-1,2026-02-01,0,EUR,I-1,", "amount: must be above zero"),
        ("P-1,2026-02-01,-5,EUR,I-1,", "amount: must be above zero"),
        ("P-1,2026-02-01,1.005,EUR,I-1,", "has more decimals than amounts in EUR"),
        (",2026-02-01,1,EUR,I-1,", "paymentReference: is required, and empty"),
        ("P-1,2026-02-01,1,EUR,I-1,CHEQUE", "paymentMethod: must be one of WIRE_TRANSFER"),
    ],
)
def test_lines_that_are_refused(files, line, reason):
    """Each with its reason, before the first write."""
    files.import_(f"{HEADER}{line}\n", "payments")

    assert reason in files.reasons()[0]
    assert files.writes() == []


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("P-1,2026-02-01,1,EUR,I-1,", "P-1,2026-02-02,1,EUR,I-2,"), "paymentDate: line 3 of this payment says"),
        (("P-1,2026-02-01,1,EUR,I-1,", "P-1,2026-02-01,2,EUR,I-1,"), "are about the same invoice; keep one"),
        (("P-1,2026-02-01,1,EUR,I-1,", "P-1,2026-02-01,1,EUR,I-3,"), "its invoices are of several customers"),
        (("P-1,2026-02-01,1,EUR,I-1,", "P-1,2026-02-01,,EUR,I-2,"), "another line of this payment is refused"),
    ],
)
def test_a_payment_is_imported_whole_or_not_at_all(files, lines, reason):
    """If one of its lines is wrong, its amount would be."""
    report = files.import_("".join([HEADER, *(f"{each}\n" for each in lines)]), "payments")

    assert reason in files.errors
    assert (report.rejected, files.writes()) == (2, [])


def test_an_invoice_that_cannot_be_named(files):
    """Links go by external id, which an invoice of another source may lack; a number must be that of one only."""
    files.upflow.people.edit("invoices", "I-1", externalId=None)
    files.upflow.people.edit("invoices", "I-2", customId="2026-I-3")

    files.import_(f"{HEADER}P-1,2026-02-01,1,EUR,2026-I-1,\nP-2,2026-02-01,1,EUR,2026-I-3,\n", "payments")

    assert files.reasons() == [
        "invoiceReference: the invoice has no external id, so that the API cannot link to it",
        "invoiceReference: several invoices have this number",
    ]


def test_a_customer_that_is_not_that_of_the_invoice(files):
    """One of them is wrong."""
    files.import_(f"{HEADER[:-1]},Customer ID\nP-1,2026-02-01,1,EUR,I-1,,C-2\n", "payments")

    assert files.reasons() == ["Customer ID: is not that of the invoice's customer"]


def test_a_file_that_is_imported_again_sends_nothing(files):
    """The reference is the external id, and the ledger knows what was sent."""
    text = f"{HEADER}P-1,2026-02-01,120,EUR,I-1,CARD\n"
    files.import_(text, "payments")

    report = files.import_(text, "payments")

    assert (files.writes(), report.records.unchanged, report.accepted) == ([], 1, 1)


def test_a_payment_that_no_file_has_brought_is_not_overwritten(files):
    """Such as one of Stripe's, whose external id somebody has written into the file."""
    own = {"externalId": "pi_1", "currency": "EUR", "amount": 3_000, "validatedAt": "2026-02-01"}
    files.client().import_("payments", {**own, "customer": {"externalId": "C-1"}})

    report = files.import_(f"{HEADER}pi_1,2026-02-01,5,EUR,I-1,\nP-2,2026-02-01,5,EUR,I-1,\n", "payments")

    assert files.upflow.answer("payments", "pi_1")["amount"] == 3_000
    assert (report.accepted, report.rejected) == (1, 1)
    assert "does not know as one of a file" in files.reasons()[0]


def test_a_payment_of_a_file_may_be_corrected_by_a_file(files):
    """The ledger knows it."""
    files.import_(f"{HEADER}P-1,2026-02-01,30,EUR,I-1,\n", "payments")

    files.import_(f"{HEADER}P-1,2026-02-01,40,EUR,I-1,\n", "payments")

    assert files.upflow.answer("payments", "P-1")["amount"] == 4_000
