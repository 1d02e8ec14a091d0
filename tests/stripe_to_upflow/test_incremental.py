"""What changed in Stripe is in Upflow after one run, once, and nothing else is touched."""

import pytest

from tests.clock import BEGIN
from upflow_provider.ledger import Outcome
from upflow_provider.stripe_to_upflow.event_feed import feed_filters


def test_an_idle_run_reads_the_feed_and_nothing_else(bridge, clock):
    """Each list of events once, and no request to Upflow."""
    taken, _ = bridge.catch_up()

    assert bridge.reads() == {"events": len(feed_filters())}
    assert len(bridge.upflow.requests) == 0
    assert (taken.events, taken.changes) == (0, {})


def test_ten_events_of_one_invoice_are_one_write(bridge, clock):
    """It is read once, too."""
    for number in range(10):
        bridge.stripe.update_invoice(
            "in_1", description=f"No {number}", due_date=int(BEGIN.timestamp()) + number * 86_400
        )
    clock.go_on(minutes=5)
    taken, reports = bridge.catch_up()

    assert taken.events == 10
    assert bridge.writes() == [("POST", "/v1/invoices")]
    assert bridge.reads() == {"events": len(feed_filters()), "invoices": 1}
    assert reports["invoices"].updated == 1


def test_overlapping_runs_do_nothing_twice(bridge, clock):
    """Windows overlap; events that a finished run has dealt with are left out."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=2)
    bridge.catch_up("sync/1")
    clock.go_on(minutes=2)
    taken, _ = bridge.catch_up("sync/2")

    assert bridge.writes() == [("POST", "/v1/customers")]
    assert (taken.events, bridge.reads()) == (0, {"events": 2 * len(feed_filters()), "customers": 1})


def test_an_event_that_shows_up_late_is_not_missed(bridge, clock):
    """Fifty seconds after the change, when a run has already been by."""
    bridge.stripe.event_delay_s = 50
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(seconds=45)
    bridge.catch_up("sync/1")
    clock.go_on(seconds=45)
    bridge.catch_up("sync/2")

    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_a_payment_and_all_that_follows_it_arrive(bridge, clock):
    """Paid, refunded, credited: the invoice is closed, and later events are about other records."""
    intent = bridge.stripe.payments.pay({"in_1": 1200})
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0
    refund = bridge.stripe.credits.refund(intent["id"], 200)
    bridge.stripe.credits.credit("in_1", 200, refund=refund, refunded=200, note_id="cn_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert bridge.imported("credit_notes", "cn_1")["grossAmount"] == 200
    assert bridge.imported("refunds", refund["id"])["amount"] == 200


@pytest.mark.parametrize("how", ["report", "charge", "settle_out_of_band"])
def test_payments_without_an_event_of_their_own_arrive(bridge, clock, how):
    """The invoice leads to them."""
    pay = getattr(bridge.stripe.payments, how)
    pay(*{"report": [{"in_1": 1200}], "charge": ["in_1", 1200], "settle_out_of_band": ["in_1"]}[how])
    for each in [each["id"] for each in bridge.stripe.store.events if each["type"] == "invoice_payment.paid"]:
        bridge.stripe.store.events.remove(each, {})
    clock.go_on(minutes=5)
    bridge.catch_up()

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0


def test_a_payment_that_is_taken_off_its_invoice_is_removed(bridge, clock):
    """Stripe tells it only by changing the invoice, which is open again."""
    intent = bridge.stripe.payments.pay({"in_1": 1200})
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.payments.unapply(intent["id"], "in_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 1200
    assert bridge.ledger.records("payments", [intent["id"]])[intent["id"]].outcome is Outcome.REMOVED


def test_a_voided_credit_note_is_removed(bridge, clock):
    """Its invoice is outstanding in full again."""
    bridge.stripe.credits.credit("in_1", 500, note_id="cn_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 700
    bridge.stripe.credits.void("cn_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 1200
    assert ("DELETE", "/v1/credit_notes/external:cn_1") in bridge.writes()


def test_a_draft_that_was_deleted_is_no_trouble(bridge, clock):
    """Its events are there, the invoice is not."""
    bridge.stripe.create_invoice("cus_1", 500, id="in_draft")
    bridge.stripe.delete_invoice("in_draft")
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up()

    assert (reports["invoices"].skipped, bridge.writes()) == (1, [])


def test_payloads_of_an_old_version_are_only_pointers(bridge, clock):
    """What an event says of its object counts for nothing."""
    bridge.stripe.event_api_version = "2020-08-27"
    bridge.stripe.payments.pay({"in_1": 1200})
    clock.go_on(minutes=5)
    bridge.catch_up()

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0


def test_many_changed_invoices_come_from_lists(bridge, clock):
    """Where many were created close together, a list brings a hundred for one request."""
    bridge.stripe.limits.enforced = bridge.upflow.limits.enforced = False
    for number in range(300):
        bridge.invoice(f"in_m{number}", created=int(clock.at.timestamp()) + number)
    clock.go_on(minutes=30)
    bridge.catch_up()

    assert len(bridge.writes()) == 300
    assert len(bridge.upflow.requests) == 300
    assert sum(bridge.reads().values()) == pytest.approx(300 * 3 / 100 + 10, abs=8)


def test_a_refund_goes_and_comes_with_its_payment(bridge, clock):
    """Its payment is taken off the invoice, and applied again: neither sends an event of the refund."""
    intent = bridge.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    refund = bridge.stripe.credits.refund(intent["id"], 300)
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.payments.unapply("pi_1", "in_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")
    gone = bridge.upflow.store.by_external_id("refunds", refund["id"])
    bridge.invoice("in_2")
    invoice, intent = bridge.stripe.held("invoices", "in_2"), bridge.stripe.held("payment_intents", "pi_1")
    bridge.stripe.payments._applied(invoice, intent, 1200, 0, bridge.stripe.now())
    clock.go_on(minutes=5)
    bridge.catch_up("sync/3")

    assert gone is None
    assert bridge.imported("refunds", refund["id"])["amount"] == 300
