"""Credit notes in Stripe cover what was refunded in Upflow: they settle the invoice there in place of the payment."""

import pytest


def test_a_credit_note_and_a_new_invoice_leave_what_is_owed(till):
    """The refunded payment's invoice is settled by the credit note, and the new one is owed, in both systems."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.run()
    till.upflow.people.refund(payment)
    till.run()
    till.stripe.credits.credit("in_1", 1200, out_of_band=1200)
    till.sell("in_9")
    till.go_on(days=1)
    till.assert_no_echo()

    assert (till.run().in_error, till.owed(), till.owed("in_9")) == (0, (0, 0), (1200, 1200))
    customer = till.bridge.imported("customers", "cus_1")
    assert (customer["balance"], customer["amountDue"] + customer["amountOverdue"]) == (1200, 1200)


@pytest.mark.parametrize("out_of_band", [1200, 0], ids=["outside of Stripe", "to the balance"])
def test_a_credit_note_that_comes_before_the_refund_settles_it_too(till, out_of_band):
    """Until then it is given back in Upflow as in Stripe."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.run()
    till.stripe.credits.credit("in_1", 1200, out_of_band=out_of_band)
    till.go_on(hours=1)
    till.assert_no_echo()
    before = till.owed()
    till.upflow.people.refund(payment)
    till.go_on(hours=1)
    report = till.run()
    till.assert_no_echo()

    assert (before, report.in_error, till.owed()) == ((0, 0), 0, (0, 0))
    assert till.bridge.imported("customers", "cus_1")["balance"] == 0


def test_two_credit_notes_cover_a_refund_in_turn(till):
    """The first as a whole, the second as far as it is needed; the rest of it is given back."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.run()
    till.upflow.people.link_payment(payment, {"in_1": 500})
    for amount in (400, 500):
        till.run()
        till.stripe.credits.credit("in_1", amount, out_of_band=amount)
        till.go_on(hours=1)
        till.assert_no_echo()
    report = till.run()

    assert (report.in_error, till.owed()) == (0, (0, 0))
    assert till.bridge.imported("customers", "cus_1")["balance"] == -700  # of the payment, 700 are unlinked
