"""How Stripe's payments of invoices appear in Upflow: one test for each case of docs/stripe-to-upflow.md."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.stripe_to_upflow.simulator.books import documents, links, run
from tests.stripe_to_upflow.simulator.histories import JANUARY
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.mapping.options import Options


@pytest.fixture
def sold(bridge):
    """Have a customer with three open invoices of 12.00 EUR, synced."""
    bridge.customer()
    for number in (1, 2, 3):
        bridge.invoice(f"in_{number}")
    run(bridge)
    return bridge


def state(bridge, invoice_id="in_1"):
    """Return state and outstanding amount of an invoice in Upflow."""
    shown = bridge.imported("invoices", invoice_id)
    return shown["state"], shown["amountOutstanding"]


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
    """A payment of all that came; what was too much is settled, for Stripe gave it to the customer's balance."""
    sold.stripe.payments.overpaid = overpaid
    sold.stripe.payments.pay({"in_1": 500})
    run(sold)
    intent = sold.stripe.payments.pay({"in_1": 700}, surplus=300)
    run(sold)

    assert sold.imported("payments", intent["id"])["amount"] == 1000
    assert links(sold, intent["id"]) == {"in_1": 700, f"{intent['id']}:overpayment": 300}


def test_an_overpayment_pays_the_next_invoice(sold):
    """What was too much comes back as credit of the customer's balance."""
    sold.stripe.payments.pay({"in_1": 1200}, surplus=300)
    run(sold)
    sold.invoice("in_4")
    run(sold)

    assert state(sold, "in_4")[1] == 900
    assert links(sold, "in_4:balance") == {"in_4": 300}


def test_paid_out_of_band(sold):
    """A payment of what no payment of Stripe's explains."""
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
    """A payment record is a payment; what people call it tells the instrument."""
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
    """A payment under the charge's id, as made before 2019."""
    charge = sold.stripe.payments.charge("in_1", 1200, method="sepa_debit")
    run(sold)

    assert sold.imported("payments", charge["id"])["instrument"] == "DIRECT_DEBIT"
    assert state(sold) == ("PAID", 0)


def test_a_payment_taken_off_its_invoice(sold):
    """It is deleted, and the invoice is outstanding again."""
    intent = sold.stripe.payments.pay({"in_1": 1200})
    run(sold)
    sold.stripe.payments.unapply(intent["id"], "in_1")
    run(sold)

    assert documents(sold) == set()
    assert state(sold)[1] == 1200


def test_a_payment_taken_off_one_of_its_invoices(sold):
    """It shrinks to what is still applied."""
    intent = sold.stripe.payments.pay({"in_1": 1200, "in_2": 700}, payment_id="pi_both")
    run(sold)
    sold.stripe.payments.unapply("pi_both", "in_1")
    run(sold)

    assert sold.imported("payments", intent["id"])["amount"] == 700
    assert links(sold, intent["id"]) == {"in_2": 700}


def test_a_payment_replaced_by_another(sold):
    """The new one finds room although it is read before the old one."""
    old = sold.stripe.payments.pay({"in_1": 1200})
    run(sold)
    sold.stripe.payments.unapply(old["id"], "in_1")
    # Both changes come in one run: a payment taken off alone is another case.
    new = sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_zzz")
    run(sold)

    assert documents(sold) == {new["id"]}
    assert links(sold, new["id"]) == {"in_1": 1200}


def test_a_payment_that_has_not_succeeded(sold):
    """It is not imported; the ledger knows why."""
    known = sold.ledger.records("payments", [each["id"] for each in sold.stripe.store.payment_intents])

    assert documents(sold) == set()
    assert {each.reason for each in known.values()} == {"not applied to any invoice"}


def test_the_day_of_a_payment(bridge):
    """It is that of the organization's time zone."""
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
    """It arrives whole, whichever month is loaded."""
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


@pytest.mark.parametrize(
    ("inline_links", "way"),
    [
        ("reconcile_style", "inline"),
        ("response_style", "inline as answered"),
        ("ignored", "reconcile"),
        ("refused", "reconcile"),
    ],
)
def test_links_that_upflow_takes_in_another_way(sold, inline_links, way):
    """What works is found out by the first payment, remembered, and told in the report."""
    sold.upflow.behaviour.inline_links = inline_links
    first = sold.stripe.payments.pay({"in_1": 1200})
    report = run(sold)[3]
    before = len(sold.writes())
    second = sold.stripe.payments.pay({"in_2": 1200})
    sold.sync("payments")

    assert report.methods["links"] == way
    assert [links(sold, first["id"]), links(sold, second["id"])] == [{"in_1": 1200}, {"in_2": 1200}]
    further = ["/v1/reconcile"] if way == "reconcile" else []
    assert [path for _, path in sold.writes()[before:]] == ["/v1/payments", *further]


@pytest.mark.parametrize("setting", ["inline", "reconcile"])
@pytest.mark.parametrize("inline_links", ["reconcile_style", "response_style", "ignored", "refused"])
def test_a_payment_whose_links_change(sold, inline_links, setting):
    """Its links are replaced as a whole, in whatever way they are set, and leave room for the next payment."""
    sold.links = setting
    sold.upflow.behaviour.inline_links = inline_links
    sold.stripe.payments.pay({"in_1": 500, "in_2": 700, "in_3": 100}, payment_id="pi_1")
    run(sold)
    sold.stripe.payments.unapply("pi_1", "in_1")
    run(sold)
    sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_2")
    run(sold)

    assert links(sold, "pi_1") == {"in_2": 700, "in_3": 100}
    assert links(sold, "pi_2") == {"in_1": 1200}
    assert [state(sold, each)[1] for each in ("in_1", "in_2", "in_3")] == [0, 500, 1100]


def test_a_payment_moved_to_another_invoice(sold):
    """Same payment, same amount: only its link moves."""
    sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    run(sold)
    sold.stripe.payments.unapply("pi_1", "in_1")
    sold.stripe.payments.pay({"in_2": 1200}, payment_id="pi_1")
    run(sold)

    assert links(sold, "pi_1") == {"in_2": 1200}
    assert (state(sold)[1], state(sold, "in_2")[1]) == (1200, 0)


def test_a_payment_outside_of_stripe_taken_off_its_invoices(sold):
    """It shrinks, and goes with the last invoice."""
    record = sold.stripe.payments.report({"in_1": 400, "in_2": 300})
    run(sold)
    sold.stripe.payments.unapply(record["id"], "in_1")
    run(sold)
    half = links(sold, record["id"])
    sold.stripe.payments.unapply(record["id"], "in_2")
    run(sold)

    assert half == {"in_2": 300}
    assert documents(sold) == set()
