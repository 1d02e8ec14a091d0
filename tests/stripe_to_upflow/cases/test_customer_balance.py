"""How the balance of a customer in Stripe appears in Upflow: one test for each case of docs/stripe-to-upflow.md."""

from tests.stripe_to_upflow.cases.invoices import shown
from tests.stripe_to_upflow.simulator.books import links, run


def test_a_negative_invoice(shop):
    """A credit note, settled because Stripe added it to the customer's balance; the next invoice uses it."""
    shop.invoice(total=-500)
    run(shop)
    shop.invoice("in_2")
    run(shop)

    assert shop.imported("credit_notes", "in_1")["grossAmount"] == 500
    assert links(shop, "in_1") == {"in_1:balance": 500}
    assert shown(shop, "in_2")["amountOutstanding"] == 700


def test_credit_of_the_customers_balance(shop):
    """A payment of the amount that it settled."""
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
    """It is part of the gross and net amounts of the invoice that Stripe adds it to."""
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


def test_a_negative_invoice_smaller_than_the_debt(shop):
    """An invoice of what is due: the debt less the credit."""
    shop.stripe.credits.add_to_balance("cus_1", "eur", 800)
    shop.invoice(total=-500)
    run(shop)

    assert (shown(shop)["grossAmount"], shown(shop)["amountOutstanding"]) == (300, 300)


def test_a_negative_invoice_larger_than_the_debt(shop):
    """A credit note, settled immediately; the next invoice uses the rest."""
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
