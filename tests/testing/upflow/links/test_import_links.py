"""Links that are given with an import to the fake Upflow."""

import pytest

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
