"""What happens in few Stripe accounts, and does happen: the fake Stripe can do it, too."""

from urllib.parse import quote

import pytest

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture
from upflow_provider.testing import FakeStripe
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, lock_timeout

# ruff: noqa: F811 - the fixture is a parameter of the tests

CHOSEN = ("user_4711", "9b2f7c1e-0d4a-4a55-8a53-3c6e4cfb8e11", "ann@example.com", "shop/7/ann", "Ann of Lyon", "é?#%2F")


def billed(fake, total=1200):
    """Give a fake an open invoice, and return the fake."""
    fake.create_customer(id="cus_1")
    fake.create_invoice("cus_1", total, id="in_1")
    fake.finalize_invoice("in_1")
    return fake


def event_types(fake):
    """Return the types of all events, oldest first."""
    return [each["type"] for each in fake.store.events]


@pytest.mark.parametrize("chosen", CHOSEN)
def test_a_customer_may_have_an_id_that_its_owner_chose(stripe, chosen):
    """It is created, found, renamed, left without an e-mail address, billed and deleted by that id."""
    path = f"/v1/customers/{quote(chosen, safe='')}"
    stripe("POST", "/v1/customers", data={"id": chosen, "email": "a@example.com"}).raise_for_status()
    stripe("POST", path, data={"name": "Ann", "email": ""}).raise_for_status()
    shown = stripe.get(path)
    stripe.fake.create_invoice(chosen, 100, id="in_1")

    assert (shown["id"], shown["name"], shown["email"]) == (chosen, "Ann", None)
    assert stripe.ids(f"/v1/invoices?customer={quote(chosen, safe='')}") == ["in_1"]
    assert stripe("DELETE", path).json() == stripe.get(path) == {"id": chosen, "object": "customer", "deleted": True}
    assert event_types(stripe.fake)[:2] == ["customer.created", "customer.updated"]
    assert {each["data"]["object"]["id"] for each in stripe.get("/v1/events?type=customer.*")["data"]} == {chosen}


def test_what_is_authorized_and_not_captured_is_a_refund(stripe):
    """The money never moved: the invoice is paid by what was captured, and nothing more can be refunded."""
    fake = billed(stripe.fake)
    intent = fake.payments.pay({"in_1": 1200}, authorized=2000)
    charge = stripe.get(f"/v1/charges/{intent['latest_charge']}")
    [refund] = stripe.get(f"/v1/refunds?charge={charge['id']}")["data"]

    assert (intent["amount_received"], charge["amount"], charge["amount_captured"]) == (1200, 2000, 1200)
    assert (charge["amount_refunded"], refund["amount"], refund["status"]) == (800, 800, "succeeded")
    assert event_types(fake).count("refund.created") == 1
    assert refund["balance_transaction"] is None
    assert fake.credits.refund(intent["id"], 1200)["balance_transaction"].startswith("txn_")
    with pytest.raises(StripeRefusalError, match="left of the charge"):
        fake.credits.refund(intent["id"], 1)


def test_a_dispute_may_begin_as_lost():
    """No other event follows."""
    fake = billed(FakeStripe())
    intent = fake.payments.pay({"in_1": 1200})
    dispute = fake.credits.dispute(intent["id"], 1200, status="lost")

    assert dispute["status"] == "lost"
    assert [each for each in event_types(fake) if "dispute" in each] == ["charge.dispute.created"]


def test_a_charge_without_an_intent_is_refunded_and_disputed(stripe):
    """As accounts from before 2019 have them; no list of applications can be filtered by it."""
    fake = billed(stripe.fake)
    charge = fake.payments.charge("in_1", 1200)
    refund, dispute = fake.credits.refund(charge["id"], 500), fake.credits.dispute(charge["id"], 700, status="lost")
    [application] = stripe.get("/v1/invoice_payments?invoice=in_1&status=paid")["data"]

    assert application["payment"] == {"type": "charge", "charge": charge["id"]}
    assert stripe.ids(f"/v1/refunds?charge={charge['id']}") == [refund["id"]]
    assert stripe.ids(f"/v1/disputes?charge={charge['id']}") == [dispute["id"]]
    assert refund["payment_intent"] is dispute["payment_intent"] is charge["payment_intent"] is None
    assert stripe.refused("/v1/invoice_payments?payment[type]=charge&payment[charge]=ch_1")["param"] in {
        "payment[type]",
        "payment[charge]",
    }


def test_test_clocks_hide_objects_from_lists(stripe):
    """They are found by their clock, by their customer or by their id only; their events are listed."""
    fake = stripe.fake
    fake.create_customer(id="cus_clocked", test_clock="clock_1")
    fake.create_invoice("cus_clocked", 100, id="in_clocked")
    billed(fake)

    assert stripe.ids("/v1/customers") == ["cus_1"]
    assert stripe.ids("/v1/customers?test_clock=clock_1") == ["cus_clocked"]
    assert stripe.ids("/v1/invoices") == ["in_1"]
    assert stripe.ids("/v1/invoices?customer=cus_clocked") == ["in_clocked"]
    assert stripe.get("/v1/invoices/in_clocked")["test_clock"] == "clock_1"
    assert len(stripe.ids("/v1/events?type=customer.created")) == 2


def test_a_paid_invoice_may_become_void(stripe):
    """It counts nothing as paid any more; its application still says ``paid``."""
    fake = billed(stripe.fake)
    fake.pay_invoice("in_1")
    fake.act("void_paid_invoice", {"invoice_id": "in_1"})
    invoice = stripe.get("/v1/invoices/in_1?expand[]=payments")

    assert (invoice["status"], invoice["amount_paid"], invoice["amount_remaining"]) == ("void", 0, 1200)
    assert [each["status"] for each in invoice["payments"]["data"]] == ["paid"]
    assert event_types(fake)[-1] == "invoice.voided"
    with pytest.raises(StripeRefusalError, match="not paid"):
        fake.void_paid_invoice("in_1")


def test_a_locked_object_answers_429(stripe):
    """With a code of its own, and without a word of limits."""
    billed(stripe.fake).faults.add("status", path="/in_1$", status=429, body=lock_timeout().body)

    refused = stripe.refused("/v1/invoices/in_1", 429)

    assert (refused["code"], refused["type"]) == ("lock_timeout", "invalid_request_error")
    assert stripe.get("/v1/invoices/in_1")["id"] == "in_1"


def test_a_customer_may_have_nothing_but_an_id(stripe):
    """It is billed, pays, changes and gets a balance all the same."""
    fake = stripe.fake
    fake.load([{"id": "cus_bare", "object": "customer", "created": 1}])
    fake.create_invoice("cus_bare", 1200, id="in_1")
    fake.finalize_invoice("in_1")
    fake.payments.save_method("cus_bare")
    fake.payments.pay({"in_1": 1200}, surplus=100)
    fake.update_customer("cus_bare", email="a@example.com", tax_ids=[("eu_vat", "FR1")])

    assert stripe.get("/v1/customers/cus_bare")["balance"] == -100
    assert stripe.get("/v1/invoices/in_1")["customer_name"] is None
