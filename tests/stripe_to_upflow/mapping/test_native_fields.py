"""Native fields: each renders what Stripe shows in one form, whatever the order and the locale, and never too much."""

import random
from zoneinfo import ZoneInfo

import pytest

from upflow_provider.stripe_to_upflow.mapping.native_fields import NATIVE_FIELDS, NOT_SHOWN, native_fields
from upflow_provider.stripe_to_upflow.mapping.payment_methods import described

PARIS = ZoneInfo("Europe/Paris")
EVE = 1_798_757_999  # 2026-12-31T23:59:59+01:00
CARD = {"brand": "visa", "last4": "4242", "exp_month": 3, "exp_year": 2028}
SUBSCRIPTIONS = [
    {"id": "sub_2", "status": "trialing", "items": {"data": [{"price": {"nickname": "Pro"}}, {"price": None}]}},
    {"id": "sub_1", "status": "active", "items": {"data": [{"price": {"nickname": None}}]}},
    {"id": "sub_0", "status": "canceled", "items": {"data": []}},
]


def coupon(end=None, **fields):
    """Return a customer with a discount."""
    return {"discount": {"end": end, "source": {"type": "coupon", "coupon": {"id": "co_1", **fields}}}}


def text(name, record, stream="customers"):
    """Return what a native field shows of a record."""
    return native_fields(stream)[name].text(record, PARIS)


@pytest.mark.parametrize(
    ("name", "record", "shown"),
    [
        ("Account email", {"email": "a@example.com"}, "a@example.com"),
        ("Delinquent", {"delinquent": False}, False),
        ("Delinquent", {}, None),
        ("Description", {"description": "VIP"}, "VIP"),
        ("Tax exempt", {"tax_exempt": "reverse"}, "reverse"),
        ("Tax location country", {"tax": {"location": {"country": "FR"}}}, "FR"),
        ("Tax location country", {"tax": {"location": None}}, None),
        ("Tax location country", {}, NOT_SHOWN),
        ("Discount", {"discount": None}, None),
        ("Discount", coupon(EVE, name="Spring sale", percent_off=20.0), "Spring sale: 20 %, until 2026-12-31"),
        ("Discount", coupon(percent_off=12.5), "co_1: 12.5 %"),
        ("Discount", coupon(name="Ten", amount_off=1050, currency="eur"), "Ten: 10.50 EUR"),
        ("Discount", coupon(amount_off=1050, currency="jpy"), "co_1: 1050 JPY"),
        ("Discount", {"discount": {"source": {"coupon": "co_9"}}}, "co_9"),
        ("Default payment method", {"invoice_settings": {"default_payment_method": None}}, None),
        (
            "Default payment method",
            {"invoice_settings": {"default_payment_method": {"type": "card", "card": CARD}}, "default_source": "src_1"},
            "Visa •••• 4242, 03/2028",
        ),
        ("Default payment method", {"default_source": {"object": "card", **CARD}}, "Visa •••• 4242, 03/2028"),
        ("Default payment method", {"default_source": "src_1"}, NOT_SHOWN),
        ("Sources", {"sources": {"data": []}}, None),
        ("Sources", {}, NOT_SHOWN),
        ("Sources", {"sources": {"data": [{"id": "src_1", "type": "card", "card": CARD}]}}, "Visa •••• 4242, 03/2028"),
        ("Subscriptions", {"subscriptions": {"data": SUBSCRIPTIONS}}, "sub_1 (active); Pro (trialing)"),
        (
            "Subscriptions",
            {"subscriptions": {"data": SUBSCRIPTIONS[:1], "has_more": True}},
            "Pro (trialing); and more",
        ),
    ],
)
def test_a_native_field_shows_what_stripe_knows(name, record, shown):
    """What Stripe does not show is not taken for nothing."""
    assert text(name, record) == shown


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ({"type": "sepa_debit", "sepa_debit": {"last4": "3000", "bank_code": "37040044"}}, "SEPA debit •••• 3000"),
        (
            {"type": "us_bank_account", "us_bank_account": {"bank_name": "Test Bank", "last4": "6789"}},
            "Test Bank •••• 6789",
        ),
        ({"object": "bank_account", "bank_name": None, "last4": "6789"}, "Bank account •••• 6789"),
        ({"type": "link", "link": {"email": "a@example.com"}}, "Link"),
        ({"type": "card", "card": {**CARD, "brand": "amex", "last4": "4242424242424242"}}, "American Express, 03/2028"),
        ({"type": "paypal", "paypal": {"payer_email": "a@example.com"}}, "Paypal"),
        ("pm_1", ""),
    ],
)
def test_a_payment_method_never_shows_more_than_the_last_digits(method, words):
    """Of no type; nobody's address either."""
    assert described(method) == words


def test_many_things_are_cut_with_a_count_and_do_not_depend_on_their_order():
    """A list that Stripe returns in another order is no change, and what does not fit is counted."""
    listed = [{"id": f"sub_{number:03}", "status": "active", "items": {"data": []}} for number in range(300)]
    shuffled = random.Random(1).sample(listed, len(listed))
    shown = text("Subscriptions", {"subscriptions": {"data": shuffled}})

    assert shown == text("Subscriptions", {"subscriptions": {"data": listed}})
    assert 1_950 < len(shown) <= 2_000
    assert shown.startswith("sub_000 (active); sub_001 (active); ")
    assert shown.count("(active)") + int(shown.rpartition("and ")[2].removesuffix(" more")) == 300


def test_the_description_of_documents():
    """That of an invoice, and of a payment or else of its charge."""
    charge = {"description": "of the charge"}

    assert text("Description", {"description": "Memo"}, "invoices") == "Memo"
    assert (
        text("Description", {"payment": {"description": None, "latest_charge": charge}}, "payments") == "of the charge"
    )
    assert text("Description", {"payment": {"description": "own", "latest_charge": charge}}, "payments") == "own"


def test_the_rows_are_those_of_upflows_page():
    """A team that replaces the native connector finds every field that it had."""
    assert list(native_fields("customers")) == [
        "Account email",
        "Delinquent",
        "Description",
        "Discount",
        "Default payment method",
        "Sources",
        "Subscriptions",
        "Tax location country",
        "Tax exempt",
    ]
    assert all(bool(row.expand) >= bool(row.reads) for row in NATIVE_FIELDS)
