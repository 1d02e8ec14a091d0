"""How Stripe's uncollectible and void invoices appear in Upflow: one test for each case of docs/stripe-to-upflow.md."""

import pytest

from tests.stripe_to_upflow.cases.invoices import outstanding, shown
from tests.stripe_to_upflow.simulator.books import documents, links, run
from tests.stripe_to_upflow.simulator.histories import JANUARY


def test_an_uncollectible_invoice(shop):
    """It counts as paid: what remains is written off."""
    shop.invoice(status="uncollectible")
    run(shop)

    assert (shown(shop)["state"], links(shop, "in_1:writeoff")) == ("PAID", {"in_1": 1200})


def test_an_uncollectible_invoice_of_long_ago(shop):
    """It is written off on the day it became uncollectible, not on its issue date."""
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
    """The write-off is removed again, first in part, then completely."""
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
    report = run(shop)["invoices"]

    assert (shown(shop)["state"], documents(shop)) == ("VOIDED", set())
    assert report.methods["void invoices"] == "VOIDED"


@pytest.mark.parametrize("void_import", ["ignored", "refused"])
def test_a_void_invoice_that_upflow_does_not_take_as_such(shop, void_import):
    """A linked credit note brings it to zero, and the report says so."""
    shop.upflow.behaviour.void_import = void_import
    shop.invoice(status="void")
    report = run(shop)["invoices"]

    assert links(shop, "in_1:void") == {"in_1": 1200}
    assert report.methods["void invoices"] == "credit note"


@pytest.mark.parametrize("void_import", ["honoured", "ignored"])
def test_a_void_invoice_that_used_credit(shop, void_import):
    """The credit returns to the customer, and the next invoice uses it."""
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


@pytest.mark.parametrize("void_import", ["honoured", "ignored"])
def test_a_void_invoice_that_was_credited(shop, void_import):
    """Only the rest after the credit note is taken off."""
    shop.upflow.behaviour.void_import = void_import
    shop.invoice()
    note = shop.stripe.credits.credit("in_1", 500)
    run(shop)
    shop.stripe.void_invoice("in_1")
    run(shop)

    assert links(shop, note["id"]) == {"in_1": 500}
    assert links(shop, "in_1:void") == ({"in_1": 700} if void_import == "ignored" else {})


@pytest.mark.parametrize("void_import", ["honoured", "ignored", "refused"])
def test_a_paid_invoice_that_becomes_void(paid, void_import):
    """Its payment is removed, and the invoice closes in every form that Upflow accepts."""
    paid.upflow.behaviour.void_import = void_import
    paid.stripe.void_paid_invoice("in_1")
    run(paid)

    assert outstanding(paid, "in_1") == 0
    assert "pi_1" not in documents(paid)
