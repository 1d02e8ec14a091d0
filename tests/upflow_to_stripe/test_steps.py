"""The next step of a settlement, and the method of a payment, for any state that both sides may have."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.ledger.settlements import Settlement
from upflow_provider.upflow_to_stripe.causes import Cause
from upflow_provider.upflow_to_stripe.invoice_state import Application, InvoiceState
from upflow_provider.upflow_to_stripe.steps import (
    Begin,
    GatewayPayment,
    Part,
    Send,
    Stop,
    Written,
    method_of,
    next_step,
    reversed_amount,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def part(linked, remaining, *, paid=0, status="open", applications=(), out_of_band=0, **known):
    """Return a part of a payment, of an invoice in euros."""
    settlement = Settlement("p", "in_1", "portal", "", linked, "EUR", "CARD", "2026-03-01", **known)
    amounts = {"paid": paid, "remaining": remaining, "applications": tuple(applications)}
    invoice = InvoiceState("in_1", status, "EUR", "cus_1", is_customer_deleted=False, **amounts)
    return Part(settlement, linked, invoice, out_of_band)


@pytest.mark.parametrize(
    ("parts", "received", "partial", "method"),
    [
        pytest.param([part(9, 9)], None, "refuse", "out_of_band", id="whole"),
        pytest.param([part(9, 5)], None, "refuse", "out_of_band", id="more than remains"),
        pytest.param([part(4, 9)], None, "report", "record", id="part"),
        pytest.param([part(4, 9)], None, "refuse", Stop(Cause.PARTIAL), id="refused part"),
        pytest.param([part(9, 9), part(9, 9)], None, "report", "record", id="several"),
        pytest.param([part(9, 9)], GatewayPayment("pi_1", 9, "EUR"), "refuse", "intent", id="in the account"),
        pytest.param([part(4, 9)], GatewayPayment("pi_1", 4, "EUR"), "refuse", "intent", id="exact part"),
        pytest.param([part(9, 9), part(5, 5)], GatewayPayment("pi_1", 15, "EUR"), "refuse", "intent", id="surcharge"),
        pytest.param([part(9, 9)], GatewayPayment("pi_1", 9, "USD"), "report", Stop(Cause.OTHER_CURRENCY), id="USD"),
        pytest.param(
            [part(9, 9)],
            GatewayPayment("pi_1", 8, "EUR"),
            "report",
            Stop(Cause.UNATTACHABLE, "it received less than is linked"),
            id="too little",
        ),
        pytest.param(
            [part(4, 9)],
            GatewayPayment("pi_1", 5, "EUR"),
            "report",
            Stop(Cause.UNATTACHABLE, "Stripe would apply more of it to an invoice than is linked"),
            id="surcharge on a part",
        ),
        pytest.param([part(4, 4, method="record")], None, "refuse", "record", id="begun"),
    ],
)
def test_a_payment_has_one_method(parts, received, partial, method):
    """The first that fits; and the one that was begun, whatever has changed since."""
    assert method_of(parts, received, partial=partial) == method


ANY_PART = st.builds(
    part,
    st.integers(0, 9),
    st.integers(0, 9),
    paid=st.integers(0, 9),
    status=st.sampled_from(["draft", "open", "paid", "void", "uncollectible"]),
    out_of_band=st.integers(0, 9),
    state=st.sampled_from(["listed", "begun", "reported"]),
    method=st.sampled_from([None, "out_of_band", "record", "intent"]),
    amount=st.none() | st.integers(1, 9),
    begun_at=st.none() | st.sampled_from([NOON, NOON - timedelta(days=2)]),
    record_id=st.sampled_from([None, "pr_1"]),
    applications=st.lists(
        st.builds(Application, st.sampled_from(["pr_1", "pi_9"]), st.integers(1, 9), st.sampled_from([None, "p", "q"])),
        max_size=2,
    ),
)
METHODS = st.sampled_from(["out_of_band", "record", "intent", Stop(Cause.PARTIAL)])


@given(part=ANY_PART, method=METHODS, is_forced=st.booleans())
def test_nothing_is_sent_that_stripe_shows_already_or_does_not_need(part, method, is_forced):
    """Requests go to invoices that are open, for no more than remains; what is attached is not sent again."""
    step = next_step(part, method, now=NOON, is_forced=is_forced)
    shown = part.invoice.applied_by("p", part.settlement.record_id)

    if shown:
        assert isinstance(step, Written)
    if isinstance(step, Begin | Send):
        assert part.invoice.status in ("open", "uncollectible")
        assert part.invoice.remaining > 0
        assert part.linked
    if isinstance(step, Begin):
        assert 0 < step.amount <= min(part.invoice.remaining, part.linked)
    if step == Send("pay"):
        assert part.linked >= part.invoice.remaining
    if step == Send("attach"):
        assert (part.settlement.amount or 0) <= min(part.invoice.remaining, part.linked)
    if step == Send("report"):
        assert is_forced or part.settlement.begun_at == NOON


@given(part=ANY_PART, linked=st.integers(0, 20), written=st.integers(0, 20))
def test_what_is_missing_is_no_more_than_what_was_written(part, linked, written):
    """Nothing is missing as long as payments of the portal cover what Stripe shows of them."""
    amount = reversed_amount(part, linked, written)

    assert 0 <= amount <= (part.settlement.amount or 0)
    if linked >= written or part.linked >= (part.settlement.amount or 0):
        assert amount == 0
