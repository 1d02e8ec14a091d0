"""Links in the fake Upflow: the groups of `/reconcile`."""

import pytest

from tests.testing.upflow.plain import group


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
