"""Void invoices end as VOIDED and uncollectible ones as PAID, whatever Upflow makes of our assumptions."""

import pytest


def test_a_void_invoice_ends_voided(bridge):
    """Upflow takes the state: one write."""
    bridge.customer()
    bridge.invoice(status="void")
    report = bridge.sync("invoices")

    shown = bridge.imported("invoices", "in_1")
    assert (shown["state"], shown["amountOutstanding"], report.lines) == ("VOIDED", 0, 0)


@pytest.mark.parametrize("void_import", ["ignored", "refused"])
def test_a_void_invoice_is_owed_no_more_even_if_upflow_does_not_take_the_state(bridge, void_import):
    """A linked credit note brings it to zero, and the report counts it."""
    bridge.upflow.behaviour.void_import = void_import
    bridge.customer()
    bridge.invoice(status="void")
    report = bridge.sync("invoices")

    assert (report.created, report.rejected, report.lines) == (1, 0, 1)
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0
    assert bridge.imported("credit_notes", "in_1:void")["grossAmount"] == 1200


def test_an_uncollectible_invoice_ends_paid(bridge):
    """What remains is written off with a linked payment."""
    bridge.customer()
    bridge.invoice(status="uncollectible")
    report = bridge.sync("invoices")

    shown = bridge.imported("invoices", "in_1")
    assert (shown["state"], shown["amountOutstanding"], report.lines) == ("PAID", 0, 1)
    assert bridge.imported("payments", "in_1:writeoff")["amount"] == 1200


def test_an_open_invoice_that_becomes_uncollectible_is_updated(bridge):
    """The write-off comes with the change, and only once."""
    bridge.customer()
    bridge.invoice()
    bridge.sync("invoices")
    bridge.stripe.mark_uncollectible("in_1")
    reports = [bridge.sync("invoices") for _ in range(2)]

    assert [(report.updated, report.lines) for report in reports] == [(1, 1), (0, 0)]
    assert bridge.imported("invoices", "in_1")["state"] == "PAID"


@pytest.mark.parametrize(
    ("total", "status"), [pytest.param(-500, "paid", id="negative"), pytest.param(0, "paid", id="zero")]
)
def test_invoices_of_nothing_or_less_need_no_line(bridge, total, status):
    """They arrive as they are."""
    bridge.customer()
    bridge.stripe.create_invoice("cus_1", total, id="in_1")
    bridge.stripe.finalize_invoice("in_1")
    report = bridge.sync("invoices")

    assert (report.created, report.lines) == (1, 0)
    assert bridge.imported("invoices", "in_1")["grossAmount"] == total
    assert bridge.stripe.store.invoices.shown("in_1")["status"] == status


def test_a_line_that_is_refused_rejects_its_invoice(bridge):
    """An invoice that does not end as it should is not called done; the next sync mends it."""
    bridge.upflow.faults.add("status", method="POST", path="reconcile", status=400, times=1)
    bridge.customer()
    bridge.invoice(status="uncollectible")
    reports = [bridge.sync("invoices") for _ in range(2)]

    assert [(report.rejected, report.created) for report in reports] == [(1, 0), (0, 1)]
    assert bridge.imported("invoices", "in_1")["state"] == "PAID"
