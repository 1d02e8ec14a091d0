"""A record that lacks something, or whose look-up fails, is set aside with its id, and all others arrive."""

from datetime import timedelta

import pytest

from tests.stripe_to_upflow.simulator.books import assert_books_agree
from upflow_provider.errors import AuthenticationError
from upflow_provider.ledger import Outcome

INTENTS = ("pi_1", "pi_2", "pi_3")
OF_PI_2 = {"payment[payment_intent]": "pi_2"}


@pytest.fixture
def refunded(bridge, clock):
    """Have three invoices paid by card, each with a refund that nobody has read yet; return the refunds' ids."""
    refunds = []
    for number, intent in enumerate(INTENTS, start=1):
        bridge.invoice(f"in_r{number}", created=int(clock.at.timestamp()))
        bridge.stripe.payments.pay({f"in_r{number}": 1200}, payment_id=intent)
        refunds.append(bridge.stripe.credits.refund(intent, 300)["id"])
    clock.go_on(minutes=5)
    return refunds


def outcomes(bridge, ids, stream="refunds"):
    """Return what became of records."""
    known = bridge.ledger.records(stream, ids)
    return [known[each].outcome for each in ids]


def test_a_refund_without_details_is_imported(bridge, clock, refunded):
    """How the money is given back is not known; that it is, counts."""
    bridge.stripe.optional.leave_out("refund", "destination_details")
    _, reports = bridge.catch_up("sync/1")

    assert (reports["refunds"].created, reports["refunds"].rejected) == (3, 0)
    assert bridge.imported("refunds", refunded[0])["instrument"] == "UNKNOWN"
    assert_books_agree(bridge)


def test_every_optional_field_may_be_absent(bridge, clock, refunded):
    """Of every object at once: money arrives, or is set aside by its id; the watermark moves."""
    bridge.stripe.optional.leave_out_at_random(1.0)
    before = bridge.ledger.watermark()
    _, reports = bridge.catch_up("sync/1")

    assert bridge.ledger.watermark() > before
    assert all(report.handled == report.read for report in reports.values())
    assert reports["invoices"].created + reports["invoices"].rejected == 3


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_look_up_that_fails_is_that_records(bridge, clock, refunded, status):
    """The others arrive in the same run; it is tried again when it is due, and arrives as well."""
    bridge.stripe.faults.add("status", path="invoice_payments$", parameters=OF_PI_2, status=status, times=None)
    before = bridge.ledger.watermark()
    _, reports = bridge.catch_up("sync/1")
    state = bridge.ledger.records("refunds", [refunded[1]])[refunded[1]]

    assert (reports["refunds"].created, reports["refunds"].rejected) == (2, 1)
    assert bridge.ledger.watermark() > before
    assert (state.outcome, refunded[1] in state.reason) == (Outcome.REJECTED, True)
    bridge.stripe.faults.clear()
    clock.go_on(minutes=15)
    bridge.catch_up("sync/2")
    assert outcomes(bridge, refunded) == [Outcome.IMPORTED] * 3
    assert_books_agree(bridge)


def test_the_same_in_a_backfill(bridge, clock, refunded):
    """One record of a page is set aside, the page is finished."""
    bridge.stripe.faults.add("status", path="invoice_payments$", parameters=OF_PI_2, status=400, times=None)
    reports = bridge.sync_all()

    assert (reports["refunds"].created, reports["refunds"].rejected) == (2, 1)
    assert refunded[1] in reports["refunds"].examples


def test_a_missing_permission_still_stops_the_task(bridge, clock, refunded):
    """It is nobody's record: to go on would set all of them aside."""
    bridge.stripe.faults.add("status", path="invoice_payments$", status=403, times=None)
    with pytest.raises(AuthenticationError):
        bridge.sync("refunds")

    assert bridge.ledger.records("refunds", refunded) == {}


def test_a_look_up_by_a_charge_is_not_due_for_ever(bridge, clock, refunded):
    """It was rejected by the charge's id; when it works, its refunds arrive under their own, and nothing is left."""
    charge = bridge.stripe.store.payment_intents.shown("pi_1")["latest_charge"]
    kinds = ["refund.created", "charge.refunded"]
    for event in [each for each in bridge.stripe.store.events if each["type"] in kinds]:
        bridge.stripe.store.events.remove(event["id"], event)
    bridge.stripe.event("charge.refunded", bridge.stripe.store.charges.shown(charge))
    bridge.stripe.faults.add("status", path="refunds$", parameters={"charge": charge}, status=400, times=None)
    bridge.catch_up("sync/1")
    assert outcomes(bridge, [charge]) == [Outcome.REJECTED]
    bridge.stripe.faults.clear()
    clock.go_on(minutes=15)
    bridge.catch_up("sync/2")
    clock.at += timedelta(hours=1)

    assert outcomes(bridge, [charge, refunded[0]]) == [Outcome.SKIPPED, Outcome.IMPORTED]
    assert bridge.catch_up("sync/3")[0].due == 0
