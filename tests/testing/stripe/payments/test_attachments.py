"""What is attached to customers in the fake Stripe: shown if expanded, permitted apart, with events of its own."""

import pytest

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture

# ruff: noqa: F811 - the fixture is a parameter of the tests

EVERYTHING = (
    "expand[]=sources&expand[]=subscriptions&expand[]=default_source&expand[]=discount.source.coupon"
    "&expand[]=invoice_settings.default_payment_method"
)


@pytest.fixture
def attached(stripe):
    """Give a customer one of each."""
    stripe.fake.create_customer(id="cus_1")
    make = stripe.fake.attachments
    source = make.add_source("cus_1")
    stripe.fake.update_customer("cus_1", default_source=source["id"])
    stripe.fake.create("coupons", {"id": "co_1", "name": "Sale", "percent_off": 20.0})
    make.discount("cus_1", "co_1")
    make.pay_by("cus_1", "sepa_debit", last4="3000")
    gone = make.subscribe("cus_1", "Basic")
    make.subscribe("cus_1", "Pro")
    make.cancel(gone["id"])
    stripe.fake.clock = lambda: 2_000_000_000
    return stripe


def test_they_are_shown_where_they_are_expanded(attached):
    """Otherwise an id, or nothing at all; a subscription that is canceled is gone, and ten of each are shown."""
    plain, shown = attached.get("/v1/customers/cus_1"), attached.get(f"/v1/customers/cus_1?{EVERYTHING}")

    assert not plain.keys() & {"sources", "subscriptions"}
    assert plain["discount"]["source"]["coupon"] == "co_1"
    assert shown["discount"]["source"]["coupon"]["name"] == "Sale"
    assert shown["default_source"]["card"]["last4"] == "4242"
    assert shown["invoice_settings"]["default_payment_method"]["sepa_debit"] == {"last4": "3000"}
    assert [each["status"] for each in shown["subscriptions"]["data"]] == ["active"]
    for _ in range(10):
        attached.fake.attachments.add_source("cus_1")
    sources = attached.get("/v1/customers/cus_1?expand[]=sources")["sources"]
    assert (len(sources["data"]), sources["has_more"]) == (10, True)


@pytest.mark.parametrize(
    ("forbidden", "expand"),
    [
        ("subscriptions", "subscriptions"),
        ("sources", "sources"),
        ("sources", "default_source"),
        ("coupons", "discount.source.coupon"),
        ("payment_methods", "invoice_settings.default_payment_method"),
    ],
)
def test_a_permission_that_lacks_for_what_is_expanded_refuses_the_whole_request(attached, forbidden, expand):
    """A list as a single record; what needs no such permission is served."""
    attached.fake.forbidden = {forbidden}

    for path in (f"/v1/customers?expand[]=data.{expand}", f"/v1/customers/cus_1?expand[]={expand}"):
        assert f"rak_{forbidden.rstrip('s')}_read" in attached.refused(path, 403)["message"]
    assert attached.ids("/v1/customers") == ["cus_1"]


def test_each_change_sends_the_event_that_stripe_sends(attached):
    """That of what is attached, which names its customer; metadata of an intent is changed in silence."""
    make, fake = attached.fake.attachments, attached.fake
    fake.create_customer(id="cus_2")
    before = [each["id"] for each in fake.store.events]
    method = make.pay_by("cus_2")
    make.renew_card(method["id"], exp_year=2031)
    make.discount("cus_2", "co_1")
    make.discount("cus_2", None)
    make.cancel(make.subscribe("cus_2")["id"])
    intent = fake.create("payment_intents", {"metadata": {"a": "1", "b": "2"}})
    make.write_metadata("payment_intents", intent["id"], {"a": "", "c": "3"})
    make.write_metadata("customers", "cus_2", {"a": "1"})
    sent = [each for each in fake.store.events if each["id"] not in before]

    assert sorted(each["type"] for each in sent) == sorted(
        [
            "payment_method.created",
            "payment_method.attached",
            "customer.updated",
            "payment_method.automatically_updated",
            "customer.discount.created",
            "customer.discount.deleted",
            "customer.subscription.created",
            "customer.subscription.deleted",
            "payment_intent.created",
            "customer.updated",
        ]
    )
    owners = {each["data"]["object"].get("customer") or each["data"]["object"]["id"] for each in sent}
    assert owners == {"cus_2", intent["id"]}
    assert fake.store.payment_intents.shown(intent["id"])["metadata"] == {"b": "2", "c": "3"}
