"""Links end as they are wanted, whatever the API takes, and what it takes is remembered."""

import pytest
import requests

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.links import LinkWriter, outstandings, shows_links
from upflow_provider.errors import RefusedError
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.ledger import Ledger
from upflow_provider.records.mapped import Link

CUSTOMER = {"externalId": "cus_1"}
SHAPES = ("reconcile_style", "response_style", "ignored", "refused")
WAY = {"reconcile_style": "inline", "response_style": "inline as answered"}


@pytest.fixture
def upflow(fake_upflow):
    """Give a fake Upflow with a customer, two invoices and a credit note."""
    fake_upflow.limits.enforced = False
    session = requests.Session()
    session.auth = UpflowAuth(fake_upflow.api_key, fake_upflow.api_secret)
    fake_upflow.client = UpflowClient(UpflowHttp(session, fake_upflow.base_url, sleep=lambda _: None))
    fake_upflow.client.import_("customers", {**CUSTOMER, "name": "Alder"})
    amounts = {"currency": "EUR", "grossAmount": 1000, "netAmount": 1000, "customer": CUSTOMER}
    days = {"issuedAt": "2026-01-01", "dueDate": "2026-01-31"}
    for external_id in ("in_1", "in_2"):
        fake_upflow.client.import_("invoices", {"externalId": external_id, "customId": external_id, **amounts, **days})
    fake_upflow.client.import_("credit_notes", {"externalId": "cn_1", "customId": "cn_1", **amounts})
    fake_upflow.requests.clear()
    return fake_upflow


@pytest.fixture
def findings(ledger_engine):
    """Give the findings of an empty ledger."""
    return Ledger(ledger_engine, "default").findings


def pay(linking, external_id, links, collection="payments", *, before_send=lambda _: None):
    """Import a payment, or a refund, with links."""
    amount = sum(link.amount for link in links)
    payload = {"externalId": external_id, "currency": "EUR", "amount": amount, "validatedAt": "2026-01-02"}
    return linking.import_(collection, {**payload, "customer": CUSTOMER}, links, before_send=before_send)


def linked(upflow):
    """Return the amounts of each group of links."""
    groups = upflow.snapshot()["links"].values()
    return sorted(tuple((name, amount) for _, name, amount in shares) for shares in groups)


@pytest.mark.parametrize("setting", ["inline", "reconcile"])
@pytest.mark.parametrize("shape", SHAPES)
def test_links_are_set_in_the_way_that_works(upflow, findings, setting, shape):
    """A payment of two invoices, and a refund of a credit note; the way is kept for this organization."""
    upflow.behaviour.inline_links = shape
    linking = LinkWriter(upflow.client, findings, setting)
    pay(linking, "pi_1", [Link("invoices", "in_1", 300), Link("invoices", "in_2", 200)])
    pay(linking, "re_1", [Link("credit_notes", "cn_1", 400)], "refunds")

    assert linked(upflow) == [
        (("cn_1", 400), ("re_1", 400)),
        (("in_1", 300), ("in_2", 200), ("pi_1", 500)),
    ]
    assert linking.method == ("reconcile" if setting == "reconcile" else WAY.get(shape, "reconcile"))
    assert LinkWriter(upflow.client, findings, setting).method == linking.method


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_learned_costs_no_further_try(upflow, findings, shape):
    """One request a document, and one more to link it where that is the way."""
    upflow.behaviour.inline_links = shape
    pay(LinkWriter(upflow.client, findings), "pi_1", [Link("invoices", "in_1", 300)])
    upflow.requests.clear()
    linking = LinkWriter(upflow.client, findings)
    pay(linking, "pi_2", [Link("invoices", "in_1", 300)])

    assert len(upflow.requests) == (1 if shape in WAY else 2)
    assert linking.requests == len(upflow.requests) - 1


@pytest.mark.parametrize("shape", SHAPES)
def test_links_replace_those_of_before(upflow, findings, shape):
    """A payment that is applied otherwise now is linked to that only."""
    upflow.behaviour.inline_links = shape
    linking = LinkWriter(upflow.client, findings)
    pay(linking, "pi_1", [Link("invoices", "in_1", 300), Link("invoices", "in_2", 200)])
    pay(linking, "pi_1", [Link("invoices", "in_2", 250)])

    assert linked(upflow) == [(("in_2", 250), ("pi_1", 250))]


def test_a_way_that_stops_working_is_given_up(upflow, findings):
    """Upflow changes its mind: the next way is taken, and kept."""
    linking = LinkWriter(upflow.client, findings)
    pay(linking, "pi_1", [Link("invoices", "in_1", 300)])
    upflow.behaviour.inline_links = "ignored"
    pay(linking, "pi_2", [Link("invoices", "in_2", 200)])

    assert linked(upflow) == [(("in_1", 300), ("pi_1", 300)), (("in_2", 200), ("pi_2", 200))]
    assert findings.get("links: inline") == "reconcile"


@pytest.mark.parametrize("shown", [[("in_1", 300)], [("in_1", 100), ("in_2", 200)]], ids=["one of two", "less"])
@pytest.mark.parametrize("known", [False, True])
def test_links_that_are_capped_are_no_way_that_failed(upflow, findings, known, shown):
    """There was no room for all of them: that record has to wait, and the way stays the organization's."""
    linking = LinkWriter(upflow.client, findings)
    if known:
        pay(linking, "pi_1", [Link("invoices", "in_1", 300)])
    answered = [{"invoice": {"externalId": each}, "linkedAmount": amount} for each, amount in shown]
    upflow.behaviour.answered_fields = {"payments": {"linkedInvoices": answered}}
    with pytest.raises(RefusedError, match="pi_2: Upflow linked less than was sent"):
        pay(linking, "pi_2", [Link("invoices", "in_1", 300), Link("invoices", "in_2", 200)])

    assert (linking.method, findings.get("links: inline"), linking.requests) == ("inline", "inline", 0)


@pytest.mark.parametrize("settings", [("inline", "reconcile"), ("reconcile", "inline")])
def test_another_setting_replaces_links_that_were_set_by_the_one_before(upflow, findings, settings):
    """A payment settles what it settles once, whichever way it was linked first."""
    for setting, amount in zip(settings, (300, 200), strict=True):
        pay(LinkWriter(upflow.client, findings, setting), "pi_1", [Link("invoices", "in_1", amount)])

    assert linked(upflow) == [(("in_1", 200), ("pi_1", 200))]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("setting", ["inline", "reconcile"])
def test_a_document_of_an_invoice_that_is_gone_teaches_nothing(upflow, findings, setting, shape):
    """Whatever Upflow takes, no way works for it, and the next document finds out for itself."""
    upflow.behaviour.inline_links = shape
    linking = LinkWriter(upflow.client, findings, setting)
    with pytest.raises(RefusedError):
        pay(linking, "pi_1", [Link("invoices", "in_gone", 300)])

    assert (linking.method, findings.get(f"links: {setting}"), linked(upflow)) == (None, None, [])


def test_a_way_that_another_thread_finds_meanwhile_is_tried_too(upflow, findings):
    """While one document is tried in a way that does not work, another one is linked in the way that does."""
    upflow.behaviour.inline_links = "response_style"
    linking = LinkWriter(upflow.client, findings)
    others = ["pi_1"]

    def meanwhile(_):
        while others:
            pay(linking, others.pop(), [Link("invoices", "in_1", 300)])

    pay(linking, "pi_2", [Link("invoices", "in_2", 200)], before_send=meanwhile)

    assert linked(upflow) == [(("in_1", 300), ("pi_1", 300)), (("in_2", 200), ("pi_2", 200))]
    assert linking.method == findings.get("links: inline") == "inline as answered"


def test_without_reconcile_links_go_with_the_import(upflow, findings):
    """The setting asks for what this API has no more."""
    upflow.faults.add("status", method="POST", path="reconcile", status=404, times=1)
    linking = LinkWriter(upflow.client, findings, "reconcile")
    pay(linking, "pi_1", [Link("invoices", "in_1", 300)])

    assert linked(upflow) == [(("in_1", 300), ("pi_1", 300))]
    assert linking.method == "inline"


@pytest.mark.parametrize("known", [False, True])
def test_a_refusal_for_another_reason_teaches_nothing(upflow, findings, known):
    """The invoice does not exist: the first error is the one that is told."""
    linking = LinkWriter(upflow.client, findings)
    if known:
        pay(linking, "pi_1", [Link("invoices", "in_1", 300)])
    with pytest.raises(RefusedError, match=r"linkedInvoices\.0: names nothing in invoices"):
        pay(linking, "pi_2", [Link("invoices", "in_gone", 300)])

    assert linking.method == ("inline" if known else None)


def test_a_document_without_links_is_just_imported(upflow, findings):
    """Nothing is learned of it."""
    linking = LinkWriter(upflow.client, findings)
    payload = {"externalId": "pi_1", "currency": "EUR", "amount": 5, "validatedAt": "2026-01-02", "customer": CUSTOMER}
    linking.import_("payments", payload, [], before_send=lambda _: None)

    assert (len(upflow.requests), linking.method) == (1, None)


def test_the_links_of_a_document_are_undone_where_they_are_a_group(upflow, findings):
    """Four empty lists under its external id."""
    linking = LinkWriter(upflow.client, findings, "reconcile")
    pay(linking, "pi_1", [Link("invoices", "in_1", 300)])
    linking.undo("payments", "pi_1", before_send=lambda _: None)

    assert linked(upflow) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"linkedInvoices": [{"linkedAmount": 5, "invoice": {"externalId": "in_1"}}]}, True),
        ({"linkedInvoices": [{"externalId": "in_1", "amountLinked": 5}]}, True),
        ({"linkedTransactions": [{"linkedAmount": 5, "transaction": {"externalId": "in_1"}}]}, True),
        ({"linkedInvoices": [{"linkedAmount": 4, "invoice": {"externalId": "in_1"}}]}, False),
        ({"linkedInvoices": []}, False),
        ({"linkedInvoices": None}, False),
        ({}, False),
    ],
)
def test_an_answer_holds_links_or_not(answer, expected):
    """Same documents, same amounts, in any of the shapes that are known."""
    assert shows_links(answer, [Link("invoices", "in_1", 5)]) is expected


def test_answers_tell_what_is_outstanding():
    """Of the invoice itself, and of those that a document is linked to; what is not told is not made up."""
    nested = [{"linkedAmount": 5, "invoice": {"externalId": "in_2", "amountOutstanding": 7}}, {"invoice": {}}]

    assert outstandings({"externalId": "in_1", "amountOutstanding": 0}) == {"in_1": 0}
    assert outstandings({"externalId": "pi_1", "linkedInvoices": nested}) == {"in_2": 7}
