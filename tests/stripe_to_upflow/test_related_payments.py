"""Payments that map differently because their invoice changed, and that send no event."""

import pytest

from upflow_provider.ledger import Outcome


def catch_up(bridge, clock, run):
    """Sync what changed in the last minutes."""
    clock.go_on(minutes=6)
    return bridge.catch_up(run)[1]


@pytest.mark.parametrize("how", ["pay", "report", "settle_out_of_band"])
def test_payments_of_an_invoice_that_becomes_void_are_removed(bridge, clock, how):
    """Their applications stay paid in Stripe; Upflow has neither their links nor themselves any more."""
    bridge.stripe.payments.pay({"in_1": 500})
    getattr(bridge.stripe.payments, how)("in_1" if how == "settle_out_of_band" else {"in_1": 700})
    catch_up(bridge, clock, "sync/1")
    bridge.stripe.void_paid_invoice("in_1")
    catch_up(bridge, clock, "sync/2")

    assert bridge.imported("invoices", "in_1")["state"] == "VOIDED"
    assert list(bridge.upflow.store.payments.values()) == []


def test_a_payment_stays_with_its_other_invoice(bridge, clock):
    """It settles only that one when the first becomes void."""
    bridge.invoice("in_2", created=int(clock.at.timestamp()))
    bridge.stripe.payments.pay({"in_1": 1200, "in_2": 800}, payment_id="pi_both")
    catch_up(bridge, clock, "sync/1")
    bridge.stripe.void_paid_invoice("in_1")
    catch_up(bridge, clock, "sync/2")

    assert bridge.imported("payments", "pi_both")["amount"] == 800
    assert bridge.imported("invoices", "in_2")["amountOutstanding"] == 400
    state = bridge.ledger.records("payments", ["pi_both"])["pi_both"]
    assert (state.outcome, state.linked_invoices) == (Outcome.IMPORTED, ["in_2"])


def test_a_payment_record_that_is_corrected_arrives(bridge, clock):
    """Only its invoice sends an event, and shows nothing of the correction."""
    record = bridge.stripe.payments.report({"in_1": 700})
    catch_up(bridge, clock, "sync/1")
    details = {"type": "custom", "custom": {"display_name": "A cheque", "type": "cpmt_1"}}
    bridge.stripe.store.payment_records.held(record["id"])["payment_method_details"] = details
    bridge.stripe.update_invoice("in_1", description="checked")
    catch_up(bridge, clock, "sync/2")

    assert bridge.imported("payments", record["id"])["instrument"] == "CHECK"


def test_an_invoice_that_changes_otherwise_does_not_read_its_payments_again(bridge, clock):
    """It costs no request more."""
    bridge.stripe.payments.pay({"in_1": 700})
    catch_up(bridge, clock, "sync/1")
    clock.go_on(minutes=10)
    bridge.stripe.requests.clear()
    bridge.stripe.update_invoice("in_1", description="checked")
    catch_up(bridge, clock, "sync/2")

    assert (bridge.reads()["invoices"], bridge.reads()["invoice_payments"]) == (1, 0)
