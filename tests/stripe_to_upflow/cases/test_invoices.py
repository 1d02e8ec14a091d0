"""How Stripe's invoices appear in Upflow: one test for each case of docs/stripe-to-upflow.md."""

from zoneinfo import ZoneInfo

import pytest

from tests.stripe_to_upflow.simulator.books import documents, links, run
from tests.stripe_to_upflow.simulator.histories import JANUARY
from upflow_provider.stripe_to_upflow.mapping.options import Options


@pytest.fixture
def shop(bridge):
    """Have a customer."""
    bridge.customer()
    return bridge


def shown(bridge, invoice_id="in_1"):
    """Return an invoice as Upflow shows it."""
    return bridge.imported("invoices", invoice_id)


def test_an_open_invoice(shop):
    """Gross, net and dates; all of it outstanding."""
    shop.invoice(due_date=1_770_000_000)
    run(shop)

    invoice = shown(shop)
    assert (invoice["grossAmount"], invoice["netAmount"], invoice["amountOutstanding"]) == (1200, 1000, 1200)
    assert invoice["dueDate"] == "2026-02-02T00:00:00.000Z"


def test_an_invoice_without_a_due_date(shop):
    """It is due when issued, for Stripe charges it at once."""
    shop.invoice()
    run(shop)

    assert shown(shop)["dueDate"] == shown(shop)["issuedAt"]


def test_an_invoice_without_a_number(shop):
    """Its id stands for it, and the ledger notes it."""
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


def test_a_negative_invoice(shop):
    """A credit note, settled at once, for Stripe gave it to the customer's balance; the next invoice uses it."""
    shop.invoice(total=-500)
    run(shop)
    shop.invoice("in_2")
    run(shop)

    assert shop.imported("credit_notes", "in_1")["grossAmount"] == 500
    assert links(shop, "in_1") == {"in_1:balance": 500}
    assert shown(shop, "in_2")["amountOutstanding"] == 700


def test_credit_of_the_customers_balance(shop):
    """A payment of what it settled."""
    shop.stripe.credits.add_to_balance("cus_1", "eur", -300)
    shop.invoice()
    run(shop)

    assert links(shop, "in_1:balance") == {"in_1": 300}
    assert shown(shop)["amountOutstanding"] == 900


def test_credit_that_pays_all(shop):
    """The invoice is paid, and the rest of the credit waits in Stripe."""
    shop.stripe.credits.add_to_balance("cus_1", "eur", -5000)
    shop.invoice()
    run(shop)

    assert (shown(shop)["state"], links(shop, "in_1:balance")) == ("PAID", {"in_1": 1200})


def test_debt_of_the_customers_balance(shop):
    """It is part of the gross amount of the invoice that Stripe adds it to, and of its net amount."""
    shop.stripe.credits.add_to_balance("cus_1", "eur", 300)
    shop.invoice()
    run(shop)

    assert (shown(shop)["grossAmount"], shown(shop)["netAmount"]) == (1500, 1300)
    assert shown(shop)["amountOutstanding"] == 1500


def test_too_small_to_charge(shop):
    """Nothing is outstanding; the amount comes with the next invoice."""
    shop.stripe.minimum_charge = 50
    shop.invoice(total=30)
    run(shop)
    shop.invoice("in_2")
    run(shop)

    assert links(shop, "in_1:balance") == {"in_1": 30}
    assert shown(shop, "in_2")["amountOutstanding"] == 1230


def test_an_uncollectible_invoice(shop):
    """It counts as paid: what remains is written off."""
    shop.invoice(status="uncollectible")
    run(shop)

    assert (shown(shop)["state"], links(shop, "in_1:writeoff")) == ("PAID", {"in_1": 1200})


def test_an_uncollectible_invoice_of_long_ago(shop):
    """It is written off on the day it was given up, not on the day it was issued."""
    shop.invoice()
    shop.stripe.mark_uncollectible("in_1", at=JANUARY + 90 * 86_400)
    run(shop)

    assert shop.imported("payments", "in_1:writeoff")["validatedAt"][:10] == "2026-04-15"


def test_an_uncollectible_invoice_that_was_paid_in_part(shop):
    """Only what remains is written off."""
    shop.invoice()
    run(shop)
    shop.stripe.payments.pay({"in_1": 500})
    run(shop)
    shop.stripe.mark_uncollectible("in_1")
    run(shop)

    assert links(shop, "in_1:writeoff") == {"in_1": 700}


def test_an_uncollectible_invoice_that_is_paid_after_all(shop):
    """The write-off is removed again, first in part, then wholly."""
    shop.invoice(status="uncollectible")
    run(shop)
    shop.stripe.payments.pay({"in_1": 500})
    run(shop)
    partly = links(shop, "in_1:writeoff")
    shop.stripe.payments.pay({"in_1": 700}, payment_id="pi_rest")
    run(shop)

    assert partly == {"in_1": 700}
    assert "in_1:writeoff" not in documents(shop)
    assert shown(shop)["state"] == "PAID"


def test_an_uncollectible_invoice_that_is_voided(shop):
    """The write-off is removed, and the invoice is void."""
    shop.invoice(status="uncollectible")
    run(shop)
    shop.stripe.void_invoice("in_1")
    run(shop)

    assert (shown(shop)["state"], documents(shop)) == ("VOIDED", set())


def test_a_void_invoice(shop):
    """VOIDED."""
    shop.invoice(status="void")
    [_, report, *_] = run(shop)

    assert (shown(shop)["state"], documents(shop)) == ("VOIDED", set())
    assert report.methods["void invoices"] == "VOIDED"


@pytest.mark.parametrize("void_import", ["ignored", "refused"])
def test_a_void_invoice_that_upflow_does_not_take_as_such(shop, void_import):
    """A linked credit note brings it to zero, and the report says so."""
    shop.upflow.behaviour.void_import = void_import
    shop.invoice(status="void")
    [_, report, *_] = run(shop)

    assert links(shop, "in_1:void") == {"in_1": 1200}
    assert report.methods["void invoices"] == "credit note"


@pytest.mark.parametrize("void_import", ["honoured", "ignored"])
def test_a_void_invoice_that_used_credit(shop, void_import):
    """The credit is the customer's again, for the next invoice."""
    shop.upflow.behaviour.void_import = void_import
    shop.stripe.credits.add_to_balance("cus_1", "eur", -300)
    shop.invoice()
    run(shop)
    shop.stripe.void_invoice("in_1")
    run(shop)
    shop.invoice("in_2")
    run(shop)

    assert "in_1:balance" not in documents(shop)
    assert shown(shop, "in_2")["amountOutstanding"] == 900


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
    """A setting says so for a currency."""
    shop.options = Options(currency_decimals={"ISK": 2})
    shop.invoice(total=120_000, currency="isk", tax=0)
    shop.sync_all()

    assert shop.close().checked == 0
    assert (shown(shop)["grossAmount"], shown(shop)["amountOutstanding"]) == (120_000, 120_000)


def test_invoices_of_one_customer_in_two_currencies(shop):
    """Each closes in its own."""
    shop.invoice("in_1", currency="eur")
    shop.invoice("in_2", currency="usd")
    run(shop)
    shop.stripe.payments.pay({"in_1": 500})
    run(shop)
    shop.stripe.payments.pay({"in_2": 1200})
    run(shop)

    assert [shown(shop, each)["amountOutstanding"] for each in ("in_1", "in_2")] == [700, 0]


def test_the_day_of_an_invoice(shop):
    """It is that of the organization's time zone."""
    shop.options = Options(ZoneInfo("Asia/Tokyo"))
    shop.invoice(created=1_768_492_800 - 1)  # 2026-01-15T15:59:59Z
    run(shop)

    assert shown(shop)["issuedAt"] == "2026-01-16T00:00:00.000Z"


@pytest.mark.parametrize("void_import", ["honoured", "ignored"])
def test_a_void_invoice_that_was_credited(shop, void_import):
    """Only what the credit note left is taken off it."""
    shop.upflow.behaviour.void_import = void_import
    shop.invoice()
    note = shop.stripe.credits.credit("in_1", 500)
    run(shop)
    shop.stripe.void_invoice("in_1")
    run(shop)

    assert links(shop, note["id"]) == {"in_1": 500}
    assert links(shop, "in_1:void") == ({"in_1": 700} if void_import == "ignored" else {})


def test_a_negative_invoice_smaller_than_the_debt(shop):
    """An invoice of what is due: the debt less what is credited."""
    shop.stripe.credits.add_to_balance("cus_1", "eur", 800)
    shop.invoice(total=-500)
    run(shop)

    assert (shown(shop)["grossAmount"], shown(shop)["amountOutstanding"]) == (300, 300)


def test_a_negative_invoice_larger_than_the_debt(shop):
    """A credit note, settled at once; the next invoice uses what is left of it."""
    shop.stripe.credits.add_to_balance("cus_1", "eur", 300)
    shop.invoice(total=-500)
    run(shop)
    shop.invoice("in_2")
    run(shop)

    assert links(shop, "in_1") == {"in_1:balance": 500}
    assert shown(shop, "in_2")["amountOutstanding"] == 1000


def test_debt_that_is_credited_and_paid(shop):
    """Credit notes and payments settle the invoice together with the debt that was added to it."""
    shop.stripe.credits.add_to_balance("cus_1", "eur", 300)
    shop.invoice()
    run(shop)
    note = shop.stripe.credits.credit("in_1", 500)
    run(shop)
    shop.stripe.payments.pay({"in_1": 1000})
    run(shop)

    assert links(shop, note["id"]) == {"in_1": 500}
    assert (shown(shop)["grossAmount"], shown(shop)["state"]) == (1500, "PAID")
