"""What links in the fake Upflow do to documents, and to the balances of customers."""

from tests.testing.upflow.plain import balances, group


def test_a_payment_settles_an_invoice(api):
    """Linked amounts lower what is outstanding; both sides show each other."""
    answer = api("POST", "/reconcile", group(invoices=[("in_1", 500)], payments=[("pay_1", 500)]))

    invoice = api.done("GET", "/invoices/external:in_1")
    payment = api.done("GET", "/payments/external:pay_1")
    assert (answer.status_code, answer.json()) == (201, "CREATED")
    assert (invoice["state"], invoice["amountOutstanding"]) == ("DUE", 700)
    assert invoice["payments"] == [{"amount": 500, "executedAt": "2025-06-10T00:00:00.000Z", "instrument": "CARD"}]
    assert payment["amountLinked"] == 500
    assert [(each["linkedAmount"], each["invoice"]["externalId"]) for each in payment["linkedInvoices"]] == [
        (500, "in_1")
    ]
    assert (
        payment["linkedInvoices"][0]["invoice"]["status"],
        "state" in payment["linkedInvoices"][0]["invoice"],
    ) == (
        "DUE",
        False,
    )


def test_paid(api):
    """An invoice without anything outstanding is paid, on the day of its last payment."""
    api.done("POST", "/reconcile", group("a", invoices=[("in_1", 200)], creditNotes=[("cn_1", 200)]))
    api.done("POST", "/reconcile", group("b", invoices=[("in_1", 1000)], payments=[("pay_1", 1000)]))

    invoice = api.done("GET", "/invoices/external:in_1")
    nested = api.done("GET", "/payments/external:pay_1")["linkedInvoices"][0]["invoice"]
    credit_note = api.done("GET", "/credit_notes/external:cn_1")
    assert (invoice["state"], invoice["amountOutstanding"]) == ("PAID", 0)
    assert (nested["status"], nested["paidDate"] > nested["issuedAt"]) == ("PAID", True)
    assert [each["linkedAmount"] for each in credit_note["linkedInvoices"]] == [200]


def test_refunds(api):
    """A refund uses up payments and credit notes, and shows them."""
    api.done("POST", "/reconcile", group("a", refunds=[("re_1", 700)], payments=[("pay_1", 700)]))
    api.done("POST", "/reconcile", group("b", refunds=[("re_1", 500)], creditNotes=[("cn_1", 500)]))

    refund = api.done("GET", "/refunds/external:re_1")

    assert refund["amountLinked"] == 1200
    assert [(each["linkedAmount"], each["payment"]["externalId"]) for each in refund["linkedTransactions"]] == [
        (700, "pay_1")
    ]
    assert [(each["linkedAmount"], each["creditNote"]["externalId"]) for each in refund["linkedCreditNotes"]] == [
        (500, "cn_1")
    ]


def test_balances(api):
    """A customer owes what is due and overdue, less what is not applied (a refund is owed again)."""
    api.invoice("in_2", dueDate="2025-06-14", grossAmount=300)
    api.invoice("in_3", state="VOIDED", grossAmount=5000)
    start = balances(api)

    api.done("POST", "/reconcile", group(invoices=[("in_1", 1200)], payments=[("pay_1", 1200)]))

    assert start == (1200, 300, 1200 + 300 - (1200 + 1200 - 1200), 1, 1)
    assert balances(api) == (0, 300, 300 - (1200 - 1200), 0, 1)


def test_other_currencies_do_not_count_in_the_balance(api):
    """A customer's balance is in the currency of the first document."""
    api.invoice("in_2", currency="USD")

    assert api.done("GET", "/customers/external:cus_1")["currency"] == "EUR"
    assert balances(api)[0] == 1200
