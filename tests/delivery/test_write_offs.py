"""A write-off settles what nobody pays, and gives way to a payment: at no time is more linked than due."""

import pytest

from tests.bridge import ALL
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_a_write_off_gives_way_before_a_payment_is_linked(bridge, links):
    """An uncollectible invoice is paid after its stream was read: at no time is more linked than due."""
    bridge.links = links
    bridge.upflow.configure({"behaviour": {"over_linking": "accepted"}})
    bridge.customer()
    bridge.invoice(status="uncollectible")
    bridge.sync("customers")
    bridge.sync("invoices")
    bridge.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    for name in ("credit_notes", "payments", "refunds"):
        bridge.sync(name)
    bridge.close()

    assert bridge.upflow.store.over_linked == []
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0
    assert bridge.imported("payments", "pi_1")["amount"] == 1200


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_a_write_off_that_waits_to_be_sent_is_overtaken_by_a_payment(bridge, links):
    """A load has read an invoice as uncollectible; it is paid, and another load links the payment first."""
    bridge.links = links
    bridge.upflow.configure({"behaviour": {"over_linking": "accepted"}})
    bridge.customer()
    bridge.invoice()
    bridge.sync("customers")
    bridge.sync("invoices")
    bridge.stripe.mark_uncollectible("in_1")
    sync = bridge.stream_sync(STREAMS["invoices"], owner="backfill")
    [delivery] = sync._decide(next(bridge.reader().pages(STREAMS["invoices"], ALL))).deliveries
    bridge.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    bridge.sync("payments", owner="sync")
    report = sync.deliverer.deliver(delivery)
    state = bridge.ledger.records("invoices", ["in_1"])["in_1"]

    assert bridge.upflow.store.over_linked == []
    assert (report.updated, report.unchanged) == (0, 1)
    assert state.next_attempt_at is not None  # the next run reads it again
    bridge.sync("invoices", owner="later")
    bridge.close()
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0
    assert bridge.ledger.records("invoices", ["in_1"])["in_1"].next_attempt_at is None
