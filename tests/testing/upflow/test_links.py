"""Links in the fake Upflow: groups of `/reconcile`, links of imports, and the balances that follow."""

import pytest


@pytest.fixture(autouse=True)
def _documents(api):
    """Let every test begin with one document of each kind, of 12.00 each."""
    api.customer()
    api.invoice()
    api.payment()
    owner = {"currency": "EUR", "customer": {"externalId": "cus_1"}}
    amounts = {"grossAmount": 1200, "netAmount": 1000}
    api.done("POST", "/credit_notes", {"externalId": "cn_1", "customId": "CN-1", **amounts, **owner})
    api.done("POST", "/refunds", {"externalId": "re_1", "amount": 1200, "validatedAt": "2025-06-12", **owner})


def group(external_id="g_1", **sides):
    """Return a group of links; each side is an external id and an amount."""
    empty = {"invoices": [], "payments": [], "creditNotes": [], "refunds": []}
    links = {
        side: [{"externalId": each, "amountLinked": amount} for each, amount in pairs] for side, pairs in sides.items()
    }
    return {"externalId": external_id, **empty, **links}


def balances(api):
    """Return what a customer's page shows."""
    keys = ("amountDue", "amountOverdue", "balance", "countInvoicesDue", "countInvoicesOverdue")
    customer = api.done("GET", "/customers/external:cus_1")
    return tuple(customer[key] for key in keys)


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


def test_groups_are_replaced_and_undone(api):
    """The same group again replaces its links; four empty lists undo them."""
    path = "/invoices/external:in_1"
    api.done("POST", "/reconcile", group(invoices=[("in_1", 1200)], payments=[("pay_1", 1200)]))
    api.done("POST", "/reconcile", group(invoices=[("in_1", 300)], payments=[("pay_1", 300)]))
    replaced = api.done("GET", path)["amountOutstanding"]

    api.done("POST", "/reconcile", group())

    assert replaced == 900
    assert api.done("GET", path)["amountOutstanding"] == 1200
    assert api.fake.store.links.groups == {}


def test_groups_of_many(api):
    """A group may hold several documents of a side, matched in the order in which they were sent."""
    api.invoice("in_2", grossAmount=300)

    api.done(
        "POST",
        "/reconcile",
        group(invoices=[("in_1", 1200), ("in_2", 300)], payments=[("pay_1", 1000)], creditNotes=[("cn_1", 500)]),
    )

    payment = api.done("GET", "/payments/external:pay_1")["linkedInvoices"]
    credit_note = api.done("GET", "/credit_notes/external:cn_1")["linkedInvoices"]
    assert [(each["invoice"]["externalId"], each["linkedAmount"]) for each in payment] == [("in_1", 1000)]
    assert [(each["invoice"]["externalId"], each["linkedAmount"]) for each in credit_note] == [
        ("in_1", 200),
        ("in_2", 300),
    ]


def test_groups_may_name_upflow_ids(api):
    """A link names a document by Upflow id, external id or both, and its number if wanted."""
    ids = {each: api.fake.answer(each, key)["id"] for each, key in (("invoices", "in_1"), ("payments", "pay_1"))}
    body = group()
    body["invoices"] = [{"id": ids["invoices"], "externalId": "in_1", "customId": "F-in_1", "amountLinked": 10}]
    body["payments"] = [{"id": ids["payments"], "amountLinked": 10}]

    api.done("POST", "/reconcile", body)

    assert api.fake.answer("invoices", "in_1")["amountOutstanding"] == 1190


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(group(invoices=[("in_1", 5)]), "amountLinked: invoices and refunds do not", id="one-sided"),
        pytest.param(
            group(invoices=[("in_1", 5)], payments=[("pay_1", 6)]),
            "amountLinked: invoices and",
            id="unbalanced",
        ),
        pytest.param(
            group(invoices=[("in_1", 1300)], payments=[("pay_1", 1200)], creditNotes=[("cn_1", 100)]),
            "amountLinked: links more than the amount of in_1",
            id="too-much-of-an-invoice",
        ),
        pytest.param(
            group(invoices=[("in_1", 1200)], refunds=[("re_1", 200)], payments=[("pay_1", 1400)]),
            "amountLinked: links more than the amount of pay_1",
            id="too-much-of-a-payment",
        ),
        pytest.param(
            group(
                invoices=[("in_1", 700), ("in_1", 600)],
                payments=[("pay_1", 1200)],
                creditNotes=[("cn_1", 100)],
            ),
            "amountLinked: links more than the amount of in_1",
            id="twice",
        ),
        pytest.param(group(invoices=[("in_1", 0)]), "invoices.0.amountLinked: Input should be greater", id="zero"),
        pytest.param(group() | {"externalId": ""}, "externalId: String should have", id="empty-id"),
        pytest.param(group() | {"credit_notes": []}, "credit_notes: Extra inputs", id="snake-case"),
        pytest.param({"externalId": "g_1", "invoices": []}, "payments: Field required", id="missing-lists"),
        pytest.param(group() | {"invoices": [{"amountLinked": 1}]}, "invoices.0: Value error, needs id", id="nameless"),
        pytest.param(
            group() | {"invoices": [{"externalId": "in_1", "customId": "F-2", "amountLinked": 1}]},
            "invoices.0.customId: is not that of the record",
            id="number",
        ),
    ],
)
def test_refused_groups(api, body, message):
    """A group that cannot be is refused, and changes nothing."""
    reason = api.refused("POST", "/reconcile", body)

    assert reason.startswith(message)
    assert api.fake.store.links.groups == {}


def test_missing_documents(api):
    """A group of something that does not exist is refused."""
    answer = api("POST", "/reconcile", group(invoices=[("in_0", 5)], payments=[("pay_1", 5)]))

    assert (answer.status_code, answer.json()["message"]) == (404, "invoices.0: names nothing in invoices")


def test_currencies_do_not_mix(api):
    """Documents of different currencies cannot be linked."""
    api.invoice("in_2", currency="USD")

    reason = api.refused("POST", "/reconcile", group(invoices=[("in_2", 5)], payments=[("pay_1", 5)]))

    assert reason == "currency: documents of different currencies cannot be linked"


def test_over_linking_across_groups(api):
    """What other groups link counts, what the group itself linked before does not."""
    api.invoice("in_2")
    first = group("a", invoices=[("in_1", 1200)], payments=[("pay_1", 1200)])
    api.done("POST", "/reconcile", first)

    api.done("POST", "/reconcile", first)
    reason = api.refused("POST", "/reconcile", group("b", invoices=[("in_2", 1)], payments=[("pay_1", 1)]))

    assert reason == "amountLinked: links more than the amount of pay_1"


def test_lenient_links(api):
    """Whether unbalanced groups and too large links are taken are switches."""
    api.fake.behaviour.unbalanced_links = "accepted"
    api.fake.behaviour.over_linking = "accepted"

    api.done("POST", "/reconcile", group(invoices=[("in_1", 1500)], payments=[("pay_1", 900)]))

    invoice = api.fake.answer("invoices", "in_1")
    assert (invoice["amountOutstanding"], invoice["state"]) == (-300, "PAID")
    assert [each["amount"] for each in invoice["payments"]] == [900]


@pytest.mark.parametrize(("shape", "content"), [("json", b'"CREATED"'), ("text", b"CREATED")])
def test_reconcile_answers(api, shape, content):
    """The answer is a JSON string or bare text."""
    api.fake.behaviour.reconcile_body = shape

    assert api("POST", "/reconcile", group()).content == content


def test_deleting_a_document_undoes_its_links(api):
    """What was linked to a deleted document is open again."""
    api.done("POST", "/reconcile", group(invoices=[("in_1", 1200)], payments=[("pay_1", 1200)]))

    api.done("DELETE", "/payments/external:pay_1")

    assert api.fake.answer("invoices", "in_1")["amountOutstanding"] == 1200


LINKS = {
    "reconcile_style": [{"externalId": "in_1", "amountLinked": 500}],
    "response_style": [{"invoice": {"externalId": "in_1"}, "linkedAmount": 500}],
}


@pytest.mark.parametrize("shape", LINKS)
def test_links_of_an_import(api, shape):
    """An import takes links in one of two shapes; the list replaces what it linked before."""
    api.fake.behaviour.inline_links = shape
    linked = api.payment(linkedInvoices=LINKS[shape])["amountLinked"]

    left_alone = api.payment()["amountLinked"]
    undone = api.payment(linkedInvoices=[])["amountLinked"]

    assert (linked, left_alone, undone) == (500, 500, 0)


@pytest.mark.parametrize(("shape", "sent"), [tuple(LINKS), tuple(reversed(LINKS))], ids=str)
def test_links_of_the_other_shape_are_refused(api, shape, sent):
    """Only the shape that was chosen is taken."""
    api.fake.behaviour.inline_links = shape
    body = api.fake.requests.matching("POST", "payments$")[0].json | {"linkedInvoices": LINKS[sent]}

    assert api.refused("POST", "/payments", body).startswith("linkedInvoices.0")


def test_links_of_an_import_may_be_ignored_or_refused(api):
    """Or links are not taken at all."""
    body = api.fake.requests.matching("POST", "payments$")[0].json | {"linkedInvoices": LINKS["reconcile_style"]}
    api.fake.behaviour.inline_links = "ignored"
    ignored = api.done("POST", "/payments", body)["amountLinked"]

    api.fake.behaviour.inline_links = "refused"

    assert ignored == 0
    assert api.refused("POST", "/payments", body).startswith("linkedInvoices: Extra inputs")


def test_links_of_an_import_are_checked(api):
    """Links of more than the payment, or of the invoice, are refused, and the import with them."""
    big = {"linkedInvoices": [{"externalId": "in_1", "amountLinked": 1201}]}
    body = api.fake.requests.matching("POST", "payments$")[0].json | {"externalId": "pay_2"} | big

    reason = api.refused("POST", "/payments", body)

    assert reason.startswith("amountLinked: links more than the amount of")
    assert api.fake.store.by_external_id("payments", "pay_2") is None


def test_links_of_a_refund(api):
    """A refund's import links payments and credit notes."""
    body = api.fake.requests.matching("POST", "refunds$")[0].json | {
        "linkedPayments": [{"externalId": "pay_1", "amountLinked": 700}],
        "linkedCreditNotes": [{"externalId": "cn_1", "amountLinked": 500}],
    }

    refund = api.done("POST", "/refunds", body)

    assert refund["amountLinked"] == 1200
    assert len(refund["linkedTransactions"]) == len(refund["linkedCreditNotes"]) == 1
