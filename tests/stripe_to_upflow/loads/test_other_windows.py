"""A run about one window changes what is outstanding on invoices of others, and closes those too."""

from datetime import UTC, datetime

import pytest

from tests.stripe_to_upflow.simulator.books import assert_books_agree, run
from upflow_provider.runs.window import Window

FEBRUARY = int(datetime(2026, 2, 10, tzinfo=UTC).timestamp())
MARCH = int(datetime(2026, 3, 10, tzinfo=UTC).timestamp())
IN_FEBRUARY = Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
IN_MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


@pytest.fixture(params=["inline", "reconcile"])
def sold(bridge, request):
    """Have invoices of January and February; it is February now. Links are set in either way."""
    bridge.links = request.param
    bridge.stripe.clock = lambda: FEBRUARY
    bridge.customer()
    bridge.invoice("in_1")
    bridge.invoice("in_2", created=FEBRUARY)
    return bridge


@pytest.mark.parametrize("others", [{}, {"in_2": 100}], ids=["removed", "shrunk"])
def test_a_payment_taken_off_an_uncollectible_invoice_of_another_window(sold, others):
    """The write-off grows to what remains, or the run says that the invoice differs."""
    sold.stripe.payments.pay({"in_1": 500, **others}, payment_id="pi_1")
    sold.stripe.mark_uncollectible("in_1")
    run(sold)
    sold.stripe.payments.unapply("pi_1", "in_1")
    sold.sync_all(window=IN_FEBRUARY)
    closing = sold.close()

    assert closing.synced.rejected == 0
    assert_books_agree(sold)


def test_a_payment_replaced_by_one_of_another_window(sold):
    """The payment that is no more is removed last; the invoice of January is paid all the same."""
    sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    run(sold)
    sold.stripe.payments.unapply("pi_1", "in_1")
    sold.stripe.clock = lambda: MARCH
    sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_2")
    for window in (IN_MARCH, IN_FEBRUARY):
        sold.sync_all(window=window)
        closing = sold.close()

    assert closing.synced.rejected == 0
    assert_books_agree(sold)


def test_a_credit_note_before_payment_of_an_invoice_of_another_window(sold):
    """It is found by its own window; its invoice agrees at once."""
    run(sold)
    sold.stripe.credits.credit("in_1", 500)
    sold.sync_all(window=IN_FEBRUARY)

    assert sold.close().synced.rejected == 0
    assert_books_agree(sold)


def test_a_refund_that_replaces_one_of_another_window(sold):
    """It waits until the one that failed has made room on the credit note."""
    sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    failed = sold.stripe.credits.refund("pi_1", 300, at=FEBRUARY)
    sold.stripe.credits.credit("in_1", 300, refund=failed, refunded=300, note_id="cn_1")
    run(sold)
    sold.stripe.credits.update_refund(failed["id"], "failed")
    second = sold.stripe.credits.refund("pi_1", 300, at=MARCH)
    sold.stripe.held("credit_notes", "cn_1")["refunds"][0]["refund"] = second["id"]
    waiting = sold.sync("refunds", window=IN_MARCH)
    sold.sync("refunds", window=IN_FEBRUARY)
    closing = sold.close()

    assert (waiting.waiting, closing.synced.rejected) == (1, 0)
    assert_books_agree(sold)
