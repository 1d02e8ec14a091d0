"""After a pause of any length one run closes the gap; what sends no event is found by lists."""

from datetime import timedelta

import pytest

from tests.clock import BEGIN, Clock
from tests.stripe_to_upflow.simulator.books import assert_books_agree
from upflow_provider.stripe_to_upflow.event_feed import feed_filters
from upflow_provider.stripe_to_upflow.sync_windows import FEED_REACH
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError


def forget_old_events(bridge, clock):
    """Keep events for 30 days, as Stripe does."""
    oldest = (clock.at - timedelta(days=30)).timestamp()
    for each in [event["id"] for event in bridge.stripe.store.events if event["created"] < oldest]:
        bridge.stripe.store.events.remove(each, {})


def many_things_happen(bridge, clock, days):
    """Let days go by, with something of every kind on them."""
    stripe, step = bridge.stripe, timedelta(days=days) / 12
    for number in range(2, 8):
        bridge.invoice(f"in_{number}", created=int(clock.at.timestamp()))
    clock.at += step
    stripe.update_customer("cus_1", name="Birch")
    intent = stripe.payments.pay({"in_1": 1200})
    clock.at += step
    stripe.credits.refund(intent["id"], 300)
    stripe.payments.pay({"in_2": 500})
    clock.at += step
    stripe.credits.credit("in_3", 400, note_id="cn_3")
    stripe.void_invoice("in_4")
    clock.at += step
    stripe.mark_uncollectible("in_5")
    stripe.payments.report({"in_6": 1200})
    clock.at += step
    bridge.customer("cus_2", created=int(clock.at.timestamp()))
    bridge.invoice("in_8", "cus_2", created=int(clock.at.timestamp()))
    clock.at += step
    stripe.credits.void("cn_3")
    stripe.payments.pay({"in_5": 1200})
    clock.at += step
    stripe.payments.settle_out_of_band("in_8")
    clock.at += step * 5


@pytest.mark.parametrize(("days", "relisting"), [(3, "sweep"), (28, "sweep"), (40, "gap"), (400, "gap")])
def test_one_run_closes_a_pause(bridge, clock, days, relisting):
    """Nothing that happened meanwhile is missing, however long it was."""
    many_things_happen(bridge, clock, days)
    forget_old_events(bridge, clock)
    taken, reports = bridge.catch_up()

    assert taken.relisting == relisting
    assert ("unknown: " in taken.unknown) == (relisting == "gap")
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"
    assert bridge.imported("invoices", "in_8")["state"] == "PAID"
    assert not any(report.rejected for report in reports.values())
    assert_books_agree(bridge)

    clock.go_on(minutes=5)
    before = len(bridge.upflow.requests)
    taken, _ = bridge.catch_up("sync/2")
    assert (taken.events, taken.relisting, len(bridge.upflow.requests)) == (0, None, before)


def test_a_gap_leaves_history_alone(bridge, clock):
    """What was created before the sync began, and was never loaded, is loaded when somebody asks for it."""
    long_ago = int((BEGIN - timedelta(days=300)).timestamp())
    bridge.customer("cus_old", created=long_ago)
    bridge.invoice("in_old", "cus_old", created=long_ago)
    forget_old_events(bridge, clock)
    clock.at += FEED_REACH + timedelta(days=10)
    forget_old_events(bridge, clock)
    bridge.catch_up()

    assert bridge.writes() == []


def test_a_sweep_finds_what_sent_no_event(bridge, clock):
    """Once a day, for a request a hundred open invoices; also when an open invoice is open no more."""
    bridge.invoice("in_2", created=int(clock.at.timestamp()))
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.payments.pay({"in_1": 500})
    bridge.stripe.payments.pay({"in_2": 1200})
    for each in [event["id"] for event in bridge.stripe.store.events]:
        bridge.stripe.store.events.remove(each, {})
    clock.go_on(hours=23)
    assert bridge.catch_up("sync/2")[0].relisting is None
    clock.go_on(hours=2)
    bridge.stripe.requests.clear()
    taken, _ = bridge.catch_up("sync/3")

    assert taken.relisting == "sweep"
    # It reads a day of the feed again, so that the list that has shown Stripe's time begins anew.
    assert bridge.reads() == {"events": len(feed_filters()) + 1, "invoices": 3, "invoice_payments": 2}
    assert_books_agree(bridge)
    clock.go_on(hours=23)
    assert bridge.catch_up("sync/4")[0].relisting is None


def test_a_sweep_finds_events_that_appeared_late(bridge, clock):
    """Later than the windows allow for: the record is read within a day, and events that were handled stay handled."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    [late] = [each for each in bridge.stripe.store.events if each["type"] == "customer.updated"]
    bridge.stripe.store.events.remove(late["id"], late)
    clock.go_on(minutes=30)
    bridge.catch_up("sync/1")
    bridge.stripe.store.events.add(late)
    clock.go_on(hours=23)
    bridge.catch_up("sync/2")
    before = bridge.imported("customers", "cus_1")["name"]
    clock.go_on(minutes=50)
    taken, _ = bridge.catch_up("sync/3")

    assert (before, taken.relisting, taken.events) == ("Alder", "sweep", 1)
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_a_credit_note_of_a_paid_invoice_that_was_voided_in_a_gap(bridge, clock):
    """It is found although its invoice is closed and no event tells of it, and is removed with its balancing refund."""
    bridge.stripe.payments.pay({"in_1": 1200})
    bridge.stripe.credits.credit("in_1", 300, note_id="cn_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    before = bridge.client().list("credit_notes")
    assert [each["externalId"] for each in before] == ["cn_1"]
    clock.at += timedelta(days=20)
    bridge.stripe.held("credit_notes", "cn_1")["status"] = "void"  # Stripe lets nobody do so, but support does
    clock.at += timedelta(days=40)
    forget_old_events(bridge, clock)
    taken, _ = bridge.catch_up("sync/2")

    assert taken.relisting == "gap"
    assert [*bridge.client().list("credit_notes"), *bridge.client().list("refunds")] == []


@pytest.mark.parametrize("first", ["backfill", "sync"])
def test_backfill_and_sync_hand_over_in_either_order(bridge, first):
    """Whichever comes first stamps the watermark before its first read; nothing falls between them."""
    time = Clock()
    bridge.now, bridge.stripe.clock = time.now, lambda: int(time.at.timestamp())
    bridge.customer()
    bridge.invoice()
    time.go_on(minutes=1)
    if first == "sync":
        bridge.catch_up("sync/1")
    bridge.ledger.stamp_watermark(time.now())
    bridge.stripe.on_list = lambda: time.go_on(seconds=1)
    bridge.sync("customers")
    bridge.stripe.payments.pay({"in_1": 500})
    for name in ("invoices", "credit_notes", "payments", "refunds"):
        bridge.sync(name)
    bridge.stripe.update_customer("cus_1", name="Birch")
    bridge.close()
    time.go_on(minutes=10)
    bridge.catch_up("sync/2")

    assert bridge.imported("customers", "cus_1")["name"] == "Birch"
    assert_books_agree(bridge)


def test_a_payment_of_an_invoice_that_cannot_be_paid_is_refused_by_the_fake(bridge, clock):
    """The scenes above would be worth nothing if the fake let everything pass."""
    bridge.stripe.void_invoice("in_1")
    with pytest.raises(StripeRefusalError, match="void"):
        bridge.stripe.payments.pay({"in_1": 1200})
