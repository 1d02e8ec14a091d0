"""Records are read whole: whatever page, window or id they come by."""

from datetime import UTC, datetime

import pytest

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS, document_stream_of

ALL = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC))


@pytest.fixture
def stripe(fake_stripe):
    """Give a fake Stripe with a customer and three open invoices."""
    fake_stripe.limits.enforced = False
    fake_stripe.create_customer(id="cus_1", name="Alder")
    for number in (1, 2, 3):
        fake_stripe.create_invoice("cus_1", 1200, id=f"in_{number}")
        fake_stripe.finalize_invoice(f"in_{number}")
    return fake_stripe


@pytest.fixture
def reader(stripe):
    """Give a reader of it."""
    sdk = open_sdk(stripe.api_key, base_url=stripe.url)
    return Reader(StripeSource(sdk, requests_per_second=10_000, sleep=lambda _: None))


def read(reader, name, cursor=None):
    """Return the ids of each page of a stream, and the cursors."""
    pages = list(reader.pages(STREAMS[name], ALL, cursor))
    return [[each["id"] for each in page.records] for page in pages], [page.cursor for page in pages]


def test_refunds_and_disputes_are_one_stream(stripe, reader):
    """First one collection, then the other; a cursor goes on in the one that it is of."""
    stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    refund = stripe.credits.refund("pi_1", 100)
    dispute = stripe.credits.dispute("pi_1", 1100)
    pages, cursors = read(reader, "refunds")

    assert pages == [[refund["id"]], [dispute["id"]]]
    assert [cursor["read"] for cursor in cursors] == [0, 1]
    assert read(reader, "refunds", cursors[0])[0][-1:] == [[dispute["id"]]]
    assert not [each for page in read(reader, "refunds", cursors[1])[0] for each in page]


def test_a_payment_comes_once_with_all_of_its_applications(stripe, reader):
    """However many of them are on the page; each with its invoice."""
    stripe.payments.pay({"in_1": 500, "in_2": 300, "in_3": 1}, payment_id="pi_1")
    [page] = reader.pages(STREAMS["payments"], ALL)
    [payment] = [each for each in page.records if each["id"] == "pi_1"]

    assert {each["invoice"]["id"]: each["amount_paid"] for each in payment["applications"]} == {
        "in_1": 500,
        "in_2": 300,
        "in_3": 1,
    }


def test_one_payment_is_read_as_it_is_listed(stripe, reader):
    """Intents and payment records, by their ids."""
    stripe.payments.pay({"in_1": 500, "in_2": 300}, payment_id="pi_1")
    record = stripe.payments.report({"in_3": 400})
    [page] = reader.pages(STREAMS["payments"], ALL)
    listed = {each["id"]: each for each in page.records}
    for payment_id in ("pi_1", record["id"]):
        found = reader.retrieve(STREAMS["payments"], payment_id)
        assert by_id(found) == by_id(listed[payment_id])


def by_id(payment):
    """Return a payment with its applications in the order of their ids."""
    return {**payment, "applications": sorted(payment["applications"], key=lambda each: each["id"])}


def test_a_charge_without_an_intent_is_found_with_its_customers_invoices(stripe, reader):
    """Stripe's lists of applications cannot be asked for it."""
    charge = stripe.payments.charge("in_1", 1200)
    found = reader.retrieve(STREAMS["payments"], charge["id"])

    assert (found["id"], [each["invoice"]["id"] for each in found["applications"]]) == (charge["id"], ["in_1"])


@pytest.mark.parametrize("payment_id", ["pi_none", "ch_none"])
def test_a_payment_of_nothing_is_no_payment_of_ours(stripe, reader, payment_id):
    """Stripe's lists have no application of it: it is told as gone, to be removed if it was imported."""
    if payment_id == "ch_none":
        stripe.payments.charge("in_1", 1200)
        stripe.store.charges.add(
            {**stripe.store.charges.shown(next(iter(stripe.store.charges))["id"]), "id": "ch_none"}
        )
    found = reader.retrieve(STREAMS["payments"], payment_id)

    assert (found["gone"], found["remove"], found["applications"]) == ("not applied to any invoice", True, [])


def test_disputes_and_refunds_are_read_by_their_ids(stripe, reader):
    """Each from its own collection, complete."""
    stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    refund = stripe.credits.refund("pi_1", 100)
    dispute = stripe.credits.close_dispute(stripe.credits.dispute("pi_1", 1100)["id"], "lost")
    found = [reader.retrieve(STREAMS["refunds"], each["id"]) for each in (refund, dispute)]

    assert [(each["object"], each["invoice_id"], each["customer_id"]) for each in found] == [
        ("refund", "in_1", "cus_1"),
        ("dispute", "in_1", "cus_1"),
    ]


def test_more_than_ten_payments_of_an_invoice_are_read(stripe, reader):
    """Stripe embeds ten of them; listed or asked for, the invoice has all."""
    for _ in range(12):
        stripe.payments.pay({"in_1": 50})
    [page] = reader.pages(STREAMS["invoices"], ALL)
    listed = next(each for each in page.records if each["id"] == "in_1")
    found = reader.retrieve(STREAMS["invoices"], "in_1")

    for each in (listed, found):
        paid = [known["amount_paid"] for known in each["payments"]["data"] if known["status"] == "paid"]
        assert paid == [50] * 12


def test_what_belongs_to_an_invoice(stripe, reader):
    """Its payments, each whole, and its credit notes."""
    stripe.payments.pay({"in_1": 500, "in_2": 300}, payment_id="pi_1")
    note = stripe.credits.credit("in_1", 100)
    payments = reader.find_by_invoice(STREAMS["payments"], "in_1")

    assert [len(each["applications"]) for each in payments if each["id"] == "pi_1"] == [2]
    assert [each["id"] for each in reader.find_by_invoice(STREAMS["credit_notes"], "in_1")] == [note["id"]]
    assert reader.find_by_invoice(STREAMS["credit_notes"], "in_3") == []


@pytest.mark.parametrize(
    ("record_id", "name"),
    [
        ("cus_1", None),
        ("in_1", "invoices"),
        ("in_1:balance", "invoices"),
        ("cn_1", "credit_notes"),
        ("pi_1", "payments"),
        ("py_1", "payments"),
        ("ch_1", "payments"),
        ("pr_1", "payments"),
        ("re_1", "refunds"),
        ("pyr_1", "refunds"),
        ("dp_1", "refunds"),
        ("du_1", "refunds"),
        ("inpay_1", None),
        ("price_1", None),
        ("", None),
    ],
)
def test_ids_of_documents_tell_their_stream(record_id, name):
    """Also those of balancing documents; those of customers may be chosen and tell nothing."""
    found = document_stream_of(record_id)

    assert (found.name if found else None) == name
