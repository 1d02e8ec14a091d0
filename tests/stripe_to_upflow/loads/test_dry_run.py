"""A dry run of documents counts what an import would take."""

import pytest


@pytest.mark.parametrize(("links", "requests"), [("inline", 0), ("reconcile", 1)])
def test_links_are_counted_where_they_take_requests_of_their_own(bridge, links, requests):
    """The plan is what the run then takes, and writes nothing."""
    bridge.links = links
    bridge.upflow.behaviour.inline_links = "reconcile_style" if links == "inline" else "refused"
    bridge.customer()
    bridge.invoice(status="paid")
    for name in ("customers", "invoices"):
        bridge.sync(name)
    before = len(bridge.writes())
    plan = bridge.sync("payments", dry_run=True)
    assert len(bridge.writes()) == before
    done = bridge.sync("payments")

    assert (plan.created, plan.links, plan.on_demand) == (done.created, done.links, done.on_demand) == (1, requests, 0)
    assert plan.writes == done.writes == len(bridge.writes()) - before


def test_removals_are_counted(bridge):
    """A voided credit note would be deleted."""
    bridge.customer()
    bridge.invoice()
    note = bridge.stripe.credits.credit("in_1", 500)
    bridge.sync_all()
    bridge.stripe.credits.void(note["id"])
    plan = bridge.sync("credit_notes", dry_run=True)
    done = bridge.sync("credit_notes")

    assert (plan.removed, plan.writes) == (done.removed, done.writes) == (1, 1)


def test_lines_of_a_first_load_are_counted(bridge):
    """Customers and invoices that a record needs are told apart."""
    bridge.customer()
    bridge.invoice(status="uncollectible")
    plan = bridge.sync("invoices", dry_run=True)
    done = bridge.sync("invoices")

    assert (plan.created, plan.balancing, plan.on_demand) == (done.created, done.balancing, done.on_demand) == (1, 1, 1)
    assert plan.writes == done.writes == len(bridge.writes())


def test_a_waiting_charge_without_an_intent_is_rejected_at_the_end(bridge):
    """Stripe does not list its applications by it; the reason says what to do."""
    bridge.customer()
    bridge.invoice()
    charge = bridge.stripe.payments.charge("in_1", 1200)
    bridge.sync("invoices")
    bridge.upflow.faults.add("status", method="POST", path="payments$", status=400, times=3)
    waiting = bridge.sync("payments").waiting
    bridge.upflow.faults.add("status", method="POST", path="payments$", status=400, times=1000)
    closing = bridge.close()

    assert waiting == 1
    assert charge["id"] in closing.synced.examples


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_a_plan_of_changes_counts_what_differs_only(bridge, links):
    """A write-off that gives way to a payment or to a void invoice is deleted, and one that stays is not sent again."""
    bridge.links = links
    bridge.customer()
    for invoice_id in ("in_paid", "in_void", "in_stays"):
        bridge.invoice(invoice_id, status="uncollectible")
    bridge.sync_all()
    bridge.stripe.pay_invoice("in_paid")
    bridge.stripe.void_invoice("in_void")
    before = len(bridge.writes())
    plans, done = bridge.sync_all(dry_run=True), bridge.sync_all()

    assert {name: each.writes for name, each in plans.items()} == {name: each.writes for name, each in done.items()}
    assert sum(each.writes for each in plans.values()) == len(bridge.writes()) - before > 0
