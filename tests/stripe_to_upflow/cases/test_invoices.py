"""How Stripe's invoices appear in Upflow: one test for each case of docs/stripe-to-upflow.md."""

from zoneinfo import ZoneInfo

import pytest

from tests.stripe_to_upflow.cases.invoices import shown
from tests.stripe_to_upflow.simulator.books import documents, links, run
from upflow_provider.stripe_to_upflow.mapping.options import Options


def test_an_open_invoice(shop):
    """Gross, net and dates; all of it outstanding."""
    shop.invoice(due_date=1_770_000_000)
    run(shop)

    invoice = shown(shop)
    assert (invoice["grossAmount"], invoice["netAmount"], invoice["amountOutstanding"]) == (1200, 1000, 1200)
    assert invoice["dueDate"] == "2026-02-02T00:00:00.000Z"


def test_an_invoice_without_a_due_date(shop):
    """Its due date is its issue date, because Stripe charges it immediately."""
    shop.invoice()
    run(shop)

    assert shown(shop)["dueDate"] == shown(shop)["issuedAt"]


def test_an_invoice_without_a_number(shop):
    """Its id is used as its number, and the ledger notes it."""
    shop.invoice()
    shop.stripe.update_invoice("in_1", number=None)
    run(shop)

    assert shown(shop)["customId"] == "in_1"
    assert "number is missing" in shop.ledger.records("invoices", ["in_1"])["in_1"].reason


def test_an_invoice_of_nothing(shop):
    """It is paid, without a payment."""
    shop.invoice(total=0)
    run(shop)

    assert (shown(shop)["state"], documents(shop)) == ("PAID", set())


def test_a_draft(shop):
    """It is skipped until it is finalized."""
    shop.invoice(status="draft")
    run(shop)
    assert shop.upflow.store.invoices == {}
    shop.stripe.finalize_invoice("in_1")
    run(shop)

    assert shown(shop)["amountOutstanding"] == 1200


def test_an_invoice_of_a_customer_deleted_in_stripe(shop):
    """The customer comes from what the invoice recorded of it; its payment finds both."""
    shop.invoice()
    shop.stripe.payments.pay({"in_1": 200})
    shop.stripe.delete_customer("cus_1")
    run(shop)

    assert shop.imported("customers", "cus_1")["name"] == "Alder"
    assert shown(shop)["amountOutstanding"] == 1000


@pytest.mark.parametrize(
    ("currency", "stripes", "upflows"),
    [
        ("jpy", 1200, 1200),
        ("kwd", 12_340, 12_340),
        ("huf", 120_000, 120_000),
        ("twd", 120_000, 120_000),
        ("isk", 120_000, 1200),
        ("ugx", 120_000, 1200),
        ("mga", 1200, 120_000),
    ],
)
def test_currencies(shop, currency, stripes, upflows):
    """Amounts are in Upflow's units, also those of payments, credit notes and lines."""
    shop.invoice(total=stripes, currency=currency, tax=0)
    run(shop)
    shop.stripe.payments.pay({"in_1": stripes // 4})
    run(shop)
    shop.stripe.credits.credit("in_1", stripes // 4)
    run(shop)
    half = shown(shop)
    shop.stripe.mark_uncollectible("in_1")
    run(shop)

    assert (half["grossAmount"], half["amountOutstanding"]) == (upflows, upflows // 2)
    assert links(shop, "in_1:writeoff") == {"in_1": upflows // 2}


def test_decimals_that_upflow_counts_differently(shop):
    """`currency_decimals` sets the decimals of a currency."""
    shop.options = Options(currency_decimals={"ISK": 2})
    shop.invoice(total=120_000, currency="isk", tax=0)
    shop.sync_all()

    assert shop.close().checked == 0
    assert (shown(shop)["grossAmount"], shown(shop)["amountOutstanding"]) == (120_000, 120_000)


def test_invoices_of_one_customer_in_two_currencies(shop):
    """Each closes in its own currency."""
    shop.invoice("in_1", currency="eur")
    shop.invoice("in_2", currency="usd")
    run(shop)
    shop.stripe.payments.pay({"in_1": 500})
    run(shop)
    shop.stripe.payments.pay({"in_2": 1200})
    run(shop)

    assert [shown(shop, each)["amountOutstanding"] for each in ("in_1", "in_2")] == [700, 0]


def test_the_day_of_an_invoice(shop):
    """It is the day in the organization's time zone."""
    shop.options = Options(ZoneInfo("Asia/Tokyo"))
    shop.invoice(created=1_768_492_800 - 1)  # 2026-01-15T15:59:59Z
    run(shop)

    assert shown(shop)["issuedAt"] == "2026-01-16T00:00:00.000Z"
