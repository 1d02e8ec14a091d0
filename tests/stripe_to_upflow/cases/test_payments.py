"""How Stripe's payments of invoices appear in Upflow: one test for each case of docs/stripe-to-upflow.md."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.stripe_to_upflow.cases.invoices import state
from tests.stripe_to_upflow.simulator.books import documents, links, run
from tests.stripe_to_upflow.simulator.histories import JANUARY
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.mapping.options import Options


def test_a_payment_in_full(sold):
    """A payment linked to its invoice, which is paid."""
    intent = sold.stripe.payments.pay({"in_1": 1200})
    run(sold)

    assert state(sold) == ("PAID", 0)
    assert links(sold, intent["id"]) == {"in_1": 1200}


def test_a_payment_in_part(sold):
    """The rest stays outstanding."""
    sold.stripe.payments.pay({"in_1": 500})
    run(sold)

    assert state(sold)[1] == 700


def test_several_payments_of_one_invoice(sold):
    """Each is a payment of its own."""
    paid = []
    for amount in (500, 300, 400):
        paid.append(sold.stripe.payments.pay({"in_1": amount})["id"])
        run(sold)

    assert {each: links(sold, each)["in_1"] for each in paid} == dict(zip(paid, (500, 300, 400), strict=True))
    assert state(sold) == ("PAID", 0)


def test_more_than_ten_payments_of_one_invoice(sold):
    """Stripe embeds ten; all of them arrive."""
    for _ in range(13):
        sold.stripe.payments.pay({"in_1": 50})
    run(sold)
    sold.stripe.payments.pay({"in_1": 50})
    run(sold)

    assert len(documents(sold)) == 14
    assert state(sold)[1] == 1200 - 14 * 50


def test_one_payment_of_several_invoices(sold):
    """One payment with a link to each."""
    intent = sold.stripe.payments.pay({"in_1": 1200, "in_2": 700, "in_3": 1}, payment_id="pi_all")
    run(sold)

    assert sold.imported("payments", intent["id"])["amount"] == 1901
    assert links(sold, intent["id"]) == {"in_1": 1200, "in_2": 700, "in_3": 1}


@pytest.mark.parametrize("overpaid", ["capped", "counted"])
def test_an_overpayment(sold, overpaid):
    """A payment of everything that was paid; the surplus is settled, because it is in the customer's balance."""
    sold.stripe.payments.overpaid = overpaid
    sold.stripe.payments.pay({"in_1": 500})
    run(sold)
    intent = sold.stripe.payments.pay({"in_1": 700}, surplus=300)
    run(sold)

    assert sold.imported("payments", intent["id"])["amount"] == 1000
    assert links(sold, intent["id"]) == {"in_1": 700, f"{intent['id']}:overpayment": 300}


def test_an_overpayment_pays_the_next_invoice(sold):
    """The surplus comes back as credit of the customer's balance."""
    sold.stripe.payments.pay({"in_1": 1200}, surplus=300)
    run(sold)
    sold.invoice("in_4")
    run(sold)

    assert state(sold, "in_4")[1] == 900
    assert links(sold, "in_4:balance") == {"in_4": 300}


def test_paid_out_of_band(sold):
    """A payment of the amount that no payment in Stripe explains."""
    sold.stripe.payments.pay({"in_1": 500})
    run(sold)
    sold.stripe.payments.settle_out_of_band("in_1")
    run(sold)

    assert links(sold, "in_1:oob") == {"in_1": 700}
    assert state(sold) == ("PAID", 0)


@pytest.mark.parametrize(
    ("display_name", "instrument"),
    [("Bank transfer", "WIRE_TRANSFER"), ("Check no. 5", "CHECK"), ("Cash", "CASH"), ("Barter", "UNKNOWN")],
)
def test_a_payment_outside_of_stripe(sold, display_name, instrument):
    """A payment record is a payment; its name determines the instrument."""
    record = sold.stripe.payments.report({"in_1": 400}, display_name=display_name)
    run(sold)

    assert sold.imported("payments", record["id"])["instrument"] == instrument
    assert links(sold, record["id"]) == {"in_1": 400}


@pytest.mark.parametrize(
    ("method", "instrument"),
    [
        ("card", "CARD"),
        ("sepa_debit", "DIRECT_DEBIT"),
        ("us_bank_account", "DIRECT_DEBIT"),
        ("customer_balance", "WIRE_TRANSFER"),
        ("klarna", "UNKNOWN"),
    ],
)
def test_the_method_of_a_payment(sold, method, instrument):
    """Stripe's payment method becomes Upflow's instrument."""
    intent = sold.stripe.payments.pay({"in_1": 1200}, method=method)
    run(sold)

    assert sold.imported("payments", intent["id"])["instrument"] == instrument


def test_a_charge_without_an_intent(sold):
    """A payment under the charge's id, as before 2019."""
    charge = sold.stripe.payments.charge("in_1", 1200, method="sepa_debit")
    run(sold)

    assert sold.imported("payments", charge["id"])["instrument"] == "DIRECT_DEBIT"
    assert state(sold) == ("PAID", 0)


def test_a_payment_that_has_not_succeeded(sold):
    """It is not imported; the ledger has the reason."""
    known = sold.ledger.records("payments", [each["id"] for each in sold.stripe.store.payment_intents])

    assert documents(sold) == set()
    assert {each.reason for each in known.values()} == {"not applied to any invoice"}


def test_the_day_of_a_payment(bridge):
    """It is the day in the organization's time zone."""
    bridge.options = Options(ZoneInfo("Asia/Tokyo"))
    bridge.customer()
    bridge.invoice()
    intent = bridge.stripe.payments.pay({"in_1": 1200}, at=1_768_492_800 - 1)  # 2026-01-15T15:59:59Z
    run(bridge)

    assert bridge.imported("payments", intent["id"])["validatedAt"] == "2026-01-16T00:00:00.000Z"


def test_a_payment_of_an_invoice_of_another_window(sold):
    """The invoice is closed by the check at the end of its own run."""
    intent = sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_later")
    for name in ("customers", "invoices"):
        sold.sync(name)
    closing = sold.close()

    assert (closing.checked, closing.agreed) == (1, 1)
    assert links(sold, intent["id"]) == {"in_1": 1200}


def test_a_payment_of_invoices_of_several_months(sold):
    """It arrives complete, no matter which of these months is loaded."""
    sold.stripe.clock = itertools.count(JANUARY, 40 * 86_400).__next__
    intent = sold.stripe.payments.pay({"in_1": 1200, "in_2": 700}, payment_id="pi_both")
    first, second = sorted(
        each["created"] for each in sold.stripe.store.invoice_payments.where("payment.payment_intent", "pi_both")
    )
    assert second - first > 30 * 86_400
    start = datetime.fromtimestamp(second, UTC)
    sold.sync("payments", window=Window(start, start + timedelta(seconds=1)))

    assert links(sold, intent["id"]) == {"in_1": 1200, "in_2": 700}
    run(sold)
