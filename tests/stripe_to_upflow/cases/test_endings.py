"""Void invoices end as VOIDED and uncollectible ones as PAID, whatever Upflow makes of our assumptions."""

from datetime import timedelta

import pytest

from tests.stripe_to_upflow.simulator.books import run
from upflow_provider.errors import AuthenticationError


def test_a_void_invoice_ends_voided(bridge):
    """Upflow takes the state: one write."""
    bridge.customer()
    bridge.invoice(status="void")
    report = bridge.sync("invoices")

    shown = bridge.imported("invoices", "in_1")
    assert (shown["state"], shown["amountOutstanding"], report.balancing) == ("VOIDED", 0, 0)


@pytest.mark.parametrize("void_import", ["ignored", "refused"])
def test_a_void_invoice_is_owed_no_more_even_if_upflow_does_not_take_the_state(bridge, void_import):
    """A linked credit note brings it to zero, and the report counts it."""
    bridge.upflow.behaviour.void_import = void_import
    bridge.customer()
    bridge.invoice(status="void")
    report = bridge.sync("invoices")

    assert (report.created, report.rejected, report.balancing) == (1, 0, 1)
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0
    assert bridge.imported("credit_notes", "in_1:void")["grossAmount"] == 1200


def test_an_uncollectible_invoice_ends_paid(bridge):
    """What remains is written off with a linked payment."""
    bridge.customer()
    bridge.invoice(status="uncollectible")
    report = bridge.sync("invoices")

    shown = bridge.imported("invoices", "in_1")
    assert (shown["state"], shown["amountOutstanding"], report.balancing) == ("PAID", 0, 1)
    assert bridge.imported("payments", "in_1:writeoff")["amount"] == 1200


def test_an_open_invoice_that_becomes_uncollectible_is_updated(bridge):
    """The write-off comes with the change, and only once."""
    bridge.customer()
    bridge.invoice()
    bridge.sync("invoices")
    bridge.stripe.mark_uncollectible("in_1")
    reports = [bridge.sync("invoices") for _ in range(2)]

    assert [(report.updated, report.balancing) for report in reports] == [(1, 1), (0, 0)]
    assert bridge.imported("invoices", "in_1")["state"] == "PAID"


def test_an_invoice_of_nothing_needs_no_line(bridge):
    """It arrives as it is."""
    bridge.customer()
    bridge.stripe.create_invoice("cus_1", 0, id="in_1")
    bridge.stripe.finalize_invoice("in_1")
    report = bridge.sync("invoices")

    assert (report.created, report.balancing) == (1, 0)
    assert bridge.imported("invoices", "in_1")["state"] == "PAID"


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_an_invoice_whose_line_is_refused_waits_for_the_end_of_the_run(bridge, links):
    """It is not called done; the closing check tries it again."""
    bridge.links = links
    path = "payments$" if links == "inline" else "reconcile"
    bridge.upflow.faults.add("status", method="POST", path=path, status=400, times=3 if links == "inline" else 1)
    bridge.upflow.behaviour.inline_links = "reconcile_style" if links == "inline" else "refused"
    bridge.customer()
    bridge.invoice(status="uncollectible")
    report = bridge.sync("invoices")
    waited = bridge.ledger.waiting("invoices")
    closing = bridge.close()

    assert (report.waiting, report.rejected, report.created, waited) == (1, 0, 0, ["in_1"])
    assert (closing.synced.created, closing.synced.updated, closing.synced.rejected) == (1, 0, 0)
    assert bridge.imported("invoices", "in_1")["state"] == "PAID"


def test_an_invoice_whose_line_is_refused_again_is_rejected(bridge):
    """At the end of a run nothing waits any longer: the reason is in the report and the ledger."""
    bridge.upflow.faults.add("status", method="POST", path="payments$", status=400, times=100)
    bridge.customer()
    bridge.invoice(status="uncollectible")
    bridge.sync("invoices")
    closing = bridge.close()

    assert closing.synced.rejected == 1
    assert bridge.ledger.waiting("invoices") == []
    assert "400" in next(bridge.ledger.rejected("invoices")).reason


def some_minutes_later(bridge):
    """Let time pass: what was cut off may still arrive, so that its record is sent once more, and then is settled."""
    now = bridge.now
    bridge.now = lambda: now() + timedelta(minutes=6)
    bridge.sync_all()


def cut_off(bridge, **request):
    """Let a request arrive whose answer is lost, and the task end at its repetition."""
    bridge.upflow.faults.add("reset_after", **request)
    bridge.upflow.faults.add("status", status=401, times=1000, **request)


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_a_line_that_was_sent_when_its_task_died_is_removed_with_its_cause(bridge, links):
    """The ledger knew of it before it was sent, though nobody ever learned that it arrived."""
    bridge.links = links
    bridge.customer()
    bridge.invoice(status="uncollectible")
    bridge.sync("customers")
    cut_off(bridge, method="POST", path="payments$")
    with pytest.raises(AuthenticationError):
        bridge.sync("invoices")
    arrived = set(bridge.upflow.snapshot()["payments"])
    bridge.upflow.faults.clear()
    bridge.stripe.pay_invoice("in_1")
    bridge.sync_all()
    some_minutes_later(bridge)
    run(bridge)

    assert arrived == {"in_1:writeoff"}
    assert "in_1:writeoff" not in bridge.upflow.snapshot()["payments"]
    assert bridge.imported("invoices", "in_1")["state"] == "PAID"


def test_a_removal_that_was_cut_off_is_done_again(bridge):
    """What is gone already counts as removed."""
    bridge.customer()
    bridge.invoice()
    note = bridge.stripe.credits.credit("in_1", 500)
    bridge.sync_all()
    bridge.stripe.credits.void(note["id"])
    cut_off(bridge, method="DELETE", path="credit_notes")
    with pytest.raises(AuthenticationError):
        bridge.sync("credit_notes")
    bridge.upflow.faults.clear()
    report = bridge.sync("credit_notes")
    some_minutes_later(bridge)
    run(bridge)

    assert report.removed == 1
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 1200
