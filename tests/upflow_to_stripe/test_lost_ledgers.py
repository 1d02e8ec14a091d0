"""A ledger that was lost: what Stripe and Upflow show tells what was written, and nothing is written twice."""

import pytest

from upflow_provider.ledger import Ledger


@pytest.mark.parametrize("parts", [[1200], [700, 500]])
def test_a_lost_ledger_finds_the_record_that_stripe_made_of_what_was_paid_out_of_band(till, parts):
    """It names no payment; its amount, its day, and that Upflow does not have it tell that it is the payment's."""
    till.stripe.outside.out_of_band = "record"
    till.sell("in_1")
    for amount in parts:
        till.pay({"in_1": amount})
        till.run()
    till.go_on(days=3)
    till.bridge.ledger = Ledger(till.bridge.ledger._engine, "new", now=lambda: till.at)
    till.bridge.inventory()
    till.run(dry_run=True)
    till.assert_no_echo()
    report = till.run()

    assert (report.in_error, report.written, till.owed()) == (0, 0, (0, 0))


def test_a_lost_ledger_finds_the_record_of_a_payment_that_another_one_replaces(till):
    """Upflow does not show the refunded one any more; Stripe shows its record, which counts for the new one."""
    till.sell("in_1")
    first = till.pay({"in_1": 500})
    till.run()
    till.upflow.people.refund(first)
    second = till.pay({"in_1": 500})
    till.bridge.ledger = Ledger(till.bridge.ledger._engine, "new", now=lambda: till.at)
    till.bridge.inventory()
    till.run(dry_run=True)
    till.assert_no_echo()
    report = till.run()

    assert (report.in_error, len(till.records()), till.owed()) == (0, 1, (700, 700))
    till.upflow.people.refund(second)
    till.run()
    till.assert_no_echo()
    assert (till.causes(), till.owed()) == ({second: "refunded"}, (700, 1200))


def test_the_record_of_what_was_paid_out_of_band_is_found_even_if_it_was_imported(till):
    """Its answer was lost, and a sync came first: it is removed from Upflow again."""
    till.stripe.outside.out_of_band = "record"
    till.sell("in_1")
    till.pay({"in_1": 1200})
    till.stripe.faults.add("reset_after", method="POST", path="in_1/pay$", times=100)
    till.run()
    till.stripe.faults.clear()
    till.sync()
    till.go_on(minutes=20)
    report = till.run()
    till.assert_no_echo()

    assert (report.written, till.causes(), till.owed()) == (1, {}, (0, 0))


def test_a_record_of_another_payment_is_not_taken_for_ones_own(till):
    """A bank transfer of the same amount came from Stripe before: then the customer has paid twice."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.stripe.payments.report({"in_1": 1200})
    normal = till.run()

    assert normal.causes == {"already paid": 1}
    till.upflow.people.unlink_payment(payment)
    till.sync()
    till.upflow.people.unlink("payments", till.records()[0]["id"])
    till.upflow.people.link_payment(payment, {"in_1": 1200})
    till.bridge.ledger = Ledger(till.bridge.ledger._engine, "new", now=lambda: till.at)
    till.bridge.inventory()
    assert till.run(dry_run=True).found == 0
