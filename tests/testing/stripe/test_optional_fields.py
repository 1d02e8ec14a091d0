"""The fake Stripe leaves out fields that Stripe's own types call optional."""

import pytest
import requests

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture
from upflow_provider.testing import FakeStripe
from upflow_provider.testing.stripe.billing.resources import RESOURCES
from upflow_provider.testing.stripe.optional_fields import optional_fields

# ruff: noqa: F811 - the fixture is a parameter of the tests


def billed(fake):
    """Give a fake an invoice that is paid, refunded and disputed, and return the fake."""
    fake.create_customer(id="cus_1", name="Ann", email="ann@example.com", address={"city": "Lyon", "line2": None})
    fake.create_invoice("cus_1", 1200, id="in_1")
    fake.finalize_invoice("in_1")
    fake.payments.pay({"in_1": 1200}, payment_id="pi_1")
    fake.credits.refund("pi_1", 100, refund_id="re_1")
    fake.credits.dispute("pi_1", 100)
    return fake


def test_which_fields_are_optional_is_what_the_sdk_says():
    """Names of customers and destinations of refunds are; amounts and ids are not."""
    assert {"name", "address", "address.city", "invoice_settings.default_payment_method"} <= optional_fields("customer")
    assert {"destination_details", "destination_details.card.reference"} <= optional_fields("refund")
    assert "payment.payment_intent" in optional_fields("invoice_payment")
    assert not {"id", "object", "amount", "created", "currency", "deleted"} & optional_fields("refund")
    assert optional_fields("list") == optional_fields("no_such_kind") == frozenset()


def test_every_kind_that_is_served_has_optional_fields():
    """None of them is unknown to the SDK by the name that it has here."""
    assert [row.object for row in RESOURCES.values() if not optional_fields(row.object)] == []


def test_a_field_that_is_left_out_is_absent_everywhere(stripe):
    """In lists, retrieves, expansions and events; other kinds keep theirs."""
    billed(stripe.fake).optional.leave_out("refund", "destination_details")
    stripe.fake.optional.leave_out("customer", "name", "address.line2")

    for refund in (*stripe.get("/v1/refunds")["data"], stripe.get("/v1/refunds/re_1")):
        assert "destination_details" not in refund
        assert refund["reason"] is None
    [event] = stripe.get("/v1/events?type=customer.created")["data"]
    for customer in (
        event["data"]["object"],
        stripe.get("/v1/customers/cus_1"),
        stripe.get("/v1/invoices/in_1?expand[]=customer")["customer"],
    ):
        assert "name" not in customer
        assert (customer["email"], customer["address"]) == ("ann@example.com", {"city": "Lyon"})
    assert stripe.fake.store.customers.shown("cus_1")["name"] == "Ann"


def test_all_optional_fields_can_be_left_out(stripe):
    """What is left of any object are the fields that Stripe always sends."""
    billed(stripe.fake)
    for resource, row in RESOURCES.items():
        stripe.fake.optional.leave_out(row.object)
        for shown in stripe.get(f"/v1/{resource}")["data"]:
            assert not shown.keys() & optional_fields(row.object)
            assert {"id", "object", "created"} <= shown.keys()


def test_nothing_is_lost_where_only_empty_fields_are_left_out(stripe):
    """Whoever reads an absent field as null sees the same."""
    billed(stripe.fake)
    before = {name: stripe.get(f"/v1/{name}")["data"] for name in RESOURCES if name != "events"}
    stripe.fake.optional.leave_out_at_random(1.0, only_empty=True)

    for resource, whole in before.items():
        for full, cut in zip(whole, stripe.get(f"/v1/{resource}")["data"], strict=True):
            empty = {name for name, value in full.items() if value in (None, [], {})}
            assert full.keys() - cut.keys() == empty & optional_fields(full["object"])


def test_what_is_left_out_at_random_follows_from_the_seed(stripe):
    """The same object always lacks the same fields; another seed leaves out others."""
    billed(stripe.fake)

    def seen(seed):
        stripe.fake.optional.leave_out_at_random(0.5, seed=seed)
        return [stripe.get("/v1/invoices/in_1").keys(), stripe.get("/v1/invoices")["data"][0].keys()]

    first, other = seen(1), seen(2)

    assert first == seen(1)
    assert first[0] == first[1] != other[0]
    stripe.fake.optional.show_all()
    assert first[0] < stripe.get("/v1/invoices/in_1").keys()


def test_a_field_that_is_always_there_cannot_be_left_out():
    """A test that asks for what Stripe never does is refused, and told what it may ask for."""
    with pytest.raises(ValueError, match=r"amount of refund is not optional .*'destination_details'"):
        FakeStripe().optional.leave_out("refund", "amount")


def test_another_process_leaves_fields_out(stripe):
    """By a setting, which names what cannot be done."""
    billed(stripe.fake)
    settings = f"{stripe.fake.url}/_fake/settings"
    requests.put(settings, json={"left_out": {"refund": ["destination_details"]}}, timeout=5).raise_for_status()
    lacking = stripe.get("/v1/refunds/re_1")
    refused = requests.put(settings, json={"left_out": {"refund": ["amount"]}}, timeout=5)

    assert "destination_details" not in lacking
    assert (refused.status_code, "not optional" in refused.json()["message"]) == (400, True)
    requests.put(settings, json={"left_out": {}}, timeout=5).raise_for_status()
    assert "destination_details" in stripe.get("/v1/refunds/re_1")
