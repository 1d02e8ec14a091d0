"""The closing check looks no further than it must, mends what it can, and says what differs."""

import logging


def bought(bridge, number=3):
    """Have a customer with some paid invoices."""
    bridge.customer()
    for each in range(1, number + 1):
        bridge.invoice(f"in_{each}", status="paid")


def reads(bridge):
    """Return how often Upflow was asked for something."""
    return [each.path for each in bridge.upflow.requests if each.method == "GET"]


def test_answers_tell_enough_when_links_are_inline(bridge):
    """Nothing is read from Upflow, and nothing further from Stripe."""
    bought(bridge)
    bridge.sync_all()
    asked = len(bridge.stripe.requests)
    closing = bridge.close()

    assert (closing.checked, reads(bridge), len(bridge.stripe.requests)) == (0, [], asked)


def test_outstanding_amounts_are_listed_when_no_answer_tells_them(bridge):
    """With links through /reconcile: one list, no request a record."""
    bridge.links = "reconcile"
    bought(bridge)
    bridge.sync_all()
    closing = bridge.close()

    assert (closing.checked, closing.synced.read, reads(bridge)) == (0, 0, ["/v1/invoices"])


def test_what_belongs_to_another_window_is_brought(bridge):
    """An invoice is closed although nobody loaded its payment."""
    bought(bridge)
    for name in ("customers", "invoices"):
        bridge.sync(name)
    closing = bridge.close()

    assert (closing.checked, closing.agreed, closing.synced.rejected) == (3, 3, 0)
    assert {each["externalId"]: each["amount"] for each in bridge.upflow.store.payments.values()}
    assert bridge.imported("invoices", "in_2")["state"] == "PAID"


def pay_behind_our_back(bridge, amount):
    """Link a payment of the users' own to in_1, and let the invoice be sent once more."""
    payment = {"externalId": "theirs", "currency": "EUR", "amount": amount, "validatedAt": "2026-01-20"}
    link = {"linkedInvoices": [{"externalId": "in_1", "amountLinked": amount}]}
    bridge.client().import_("payments", {**payment, "customer": {"externalId": "cus_1"}, **link})
    bridge.stripe.update_invoice("in_1", due_date=1_800_000_000)
    bridge.sync_all()


def test_a_difference_that_cannot_be_mended_is_rejected_with_its_sum(bridge, caplog):
    """Somebody has linked a payment of theirs to an invoice that Stripe says is open."""
    bridge.customer(name="Alder")
    bridge.invoice(total=1200)
    bridge.sync_all()
    pay_behind_our_back(bridge, 200)
    with caplog.at_level(logging.WARNING):
        closing = bridge.close()

    [reason] = closing.synced.examples.values()
    assert reason.startswith(
        "in_1: Upflow shows 1000 outstanding, Stripe says 1200 remains (minor units): gross 1200 = 1200 EUR."
    )
    assert reason in caplog.text
    assert next(bridge.ledger.rejected("invoices")).reason == reason
    assert (closing.checked, closing.agreed, closing.synced.rejected) == (1, 0, 1)


def test_a_difference_is_gone_once_its_cause_is(bridge):
    """The next run sends the invoice again, sees that it agrees, and leaves no trace but history."""
    bridge.customer()
    bridge.invoice(total=1200)
    bridge.sync_all()
    pay_behind_our_back(bridge, 200)
    bridge.close()
    bridge.client().delete("payments", "external:theirs")
    bridge.sync_all()

    assert bridge.close().checked == 0
    assert list(bridge.ledger.rejected("invoices")) == []


def test_the_check_can_be_repeated(bridge):
    """A second check finds nothing to do."""
    bought(bridge)
    bridge.sync("invoices")
    bridge.close()
    before = len(bridge.writes())
    closing = bridge.close()

    assert (closing.checked, bridge.writes()[before:]) == (0, [])


def test_a_parent_that_was_refused_is_tried_once_more_at_the_end(bridge):
    """What was in its way may be gone by then: the records that need it are not lost until the next run."""
    bought(bridge, 1)
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=422, times=2)
    bridge.sync("payments")
    refused = dict(bridge.upflow.store.customers)
    closing = bridge.close()

    assert refused == {}
    assert closing.synced.on_demand >= 1
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0


def test_a_parent_that_is_refused_again_is_asked_for_twice_only(bridge):
    """However many records need it."""
    bought(bridge, 5)
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=422, times=100)
    bridge.sync("payments")
    bridge.upflow.requests.clear()
    bridge.close()

    assert len([path for method, path in bridge.writes() if path.endswith("/customers")]) <= 2
