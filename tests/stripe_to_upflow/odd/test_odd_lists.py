"""Lists and events whose ids or dates are odd: all other records arrive, and no task stops."""

import pytest

from tests.stripe_to_upflow.odd.objects import ABSENT, shown_oddly
from upflow_provider.clients.stripe import page_sizes

ODD_IDS = [ABSENT, None, 7, "", "\ud83d", "x" * 600, {"id": "in_1"}]
INVOICES = ("in_s0", "in_s1", "in_s2")
ODD_EVENTS = [
    *((("created",), value) for value in (ABSENT, None, "x", 1e300, 10**30)),
    *((("id",), value) for value in (ABSENT, None, 7, "\ud83d")),
]


@pytest.fixture
def shop(bridge, clock):
    """Have three customers with an invoice that was paid, credited and refunded; return the bridge."""
    for number, invoice_id in enumerate(INVOICES):
        bridge.customer(f"cus_s{number}", created=int(clock.at.timestamp()))
        bridge.invoice(invoice_id, f"cus_s{number}", created=int(clock.at.timestamp()))
        bridge.stripe.payments.pay({invoice_id: 1000}, payment_id=f"pi_s{number}")
        bridge.stripe.credits.credit(invoice_id, 100)
        bridge.stripe.credits.refund(f"pi_s{number}", 300)
    clock.go_on(minutes=6)
    return bridge


@pytest.mark.parametrize(
    ("stream", "value"),
    [*(("invoices", value) for value in ODD_IDS), *((each, None) for each in ("customers", "credit_notes", "refunds"))],
    ids=lambda value: ascii(value)[:20],
)
def test_a_listed_record_without_a_usable_id_is_counted(shop, caplog, stream, value):
    """It is rejected and logged, the others arrive; the ledger cannot remember it."""
    odd = list(shop.stripe.store.collection(stream))[-1]
    shown_oddly(shop.stripe, odd["object"], odd["id"], ("id",), value)
    report = shop.sync(stream)

    assert (report.rejected, report.created) == (1, 2)
    assert report.handled == report.read
    assert report.examples["-"] == (
        "a record has no usable id, so that it can be neither sent nor remembered; correct it at its source"
    )
    assert f"rejected, of {stream}: a record has no usable id" in caplog.text


def test_a_payment_does_not_need_the_id_of_its_application(shop):
    """The application names its payment."""
    applications = [each for each in shop.stripe.store.invoice_payments if each["invoice"] == "in_s1"]
    application = next(each for each in applications if each["status"] == "paid")
    shown_oddly(shop.stripe, "invoice_payment", application["id"], ("id",), None)
    assert shop.sync("payments").rejected == 0
    assert shop.imported("payments", "pi_s1")["amount"] == 1000


@pytest.mark.parametrize("value", [None, "\ud83d"], ids=ascii)
def test_a_record_that_answers_with_another_id_is_set_aside(shop, value):
    """The sync goes on without it, and ends."""
    shown_oddly(shop.stripe, "invoice", "in_s1", ("id",), value)
    before = shop.ledger.watermark()
    _, reports = shop.catch_up()

    assert (reports["invoices"].created, reports["invoices"].rejected) == (2, 1)
    assert shop.ledger.watermark() > before


@pytest.mark.parametrize("value", ["x", None, {}, 10**30], ids=str)
def test_a_page_may_end_with_an_odd_date(shop, monkeypatch, value):
    """The next page is asked for by the record's id."""
    monkeypatch.setattr(page_sizes, "PAGE_SIZE", 1)
    shown_oddly(shop.stripe, "customer", "cus_s1", ("created",), value)

    assert shop.sync("customers").created == 3
    assert shop.reads()["customers"] == 4


@pytest.mark.parametrize(("path", "value"), ODD_EVENTS, ids=lambda value: ascii(value)[:20])
def test_an_odd_event_is_followed(shop, clock, path, value):
    """What it is about is read again; the window ends, and the next one is not stuck either."""
    shop.catch_up("sync/1")
    shop.stripe.update_customer("cus_s1", name="Birch")
    event = list(shop.stripe.store.events)[-1]
    shown_oddly(shop.stripe, "event", event["id"], path, value)
    for number in (2, 3):
        clock.go_on(minutes=6)
        before = shop.ledger.watermark()
        shop.catch_up(f"sync/{number}")
        assert shop.ledger.watermark() > before

    assert shop.imported("customers", "cus_s1")["name"] == "Birch"


@pytest.mark.parametrize(("path", "value"), [(("type",), ABSENT), (("type",), 7), (("data",), None)], ids=str)
def test_an_event_that_says_nothing_is_noted(shop, clock, caplog, path, value):
    """By its id; the others of the feed are followed."""
    event = list(shop.stripe.store.events)[-1]
    shop.stripe.update_customer("cus_s1", name="Birch")
    shown_oddly(shop.stripe, "event", event["id"], path, value)
    clock.go_on(minutes=6)
    shop.catch_up()

    assert f"event {event['id']} does not say what it is about" in caplog.text
    assert shop.imported("customers", "cus_s1")["name"] == "Birch"
