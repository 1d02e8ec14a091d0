"""The next step of a settlement, and the method of a payment, for any state that both sides may have."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.ledger.settlements import Settlement
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.decisions.invoice_state import Application, InvoiceState
from upflow_provider.upflow_to_stripe.decisions.methods import GatewayPayment, method_of
from upflow_provider.upflow_to_stripe.decisions.parts import Begin, BeginAnew, Done, Part, Send, Stop, Written
from upflow_provider.upflow_to_stripe.decisions.steps import next_step, reversed_amount

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def settlement(linked, payment="p", **known):
    """Return a settlement of an invoice in euros."""
    return Settlement(payment, "in_1", "portal", "", linked, "EUR", "CARD", "2026-03-01", **known)


def part(linked, remaining, *, paid=0, status="open", applications=(), credited=0, others=(), **known):
    """Return a part of a payment, of an invoice in euros; *others* are settlements of the same invoice."""
    amounts = {"paid": paid, "remaining": remaining, "credited": credited, "applications": tuple(applications)}
    invoice = InvoiceState("in_1", status, "EUR", "cus_1", is_customer_deleted=False, **amounts)
    return Part(settlement(linked, **known), linked, invoice, tuple((each, each.linked) for each in others))


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
    credited=st.integers(0, 9),
    others=st.lists(
        st.builds(
            settlement,
            st.integers(0, 9),
            st.sampled_from(["q", "r"]),
            state=st.sampled_from(["listed", "begun", "written"]),
            method=st.sampled_from([None, "out_of_band", "record"]),
            amount=st.none() | st.integers(1, 9),
            record_id=st.sampled_from([None, "pr_2"]),
        ),
        max_size=2,
    ),
    state=st.sampled_from(["listed", "begun", "reported"]),
    method=st.sampled_from([None, "out_of_band", "record", "intent"]),
    amount=st.none() | st.integers(1, 9),
    begun_at=st.none() | st.sampled_from([NOON, NOON - timedelta(days=2)]),
    record_id=st.sampled_from([None, "pr_1"]),
    applications=st.lists(
        st.builds(
            Application, st.sampled_from(["pr_1", "pr_2", "pi_9"]), st.integers(1, 9), st.sampled_from([None, "p", "q"])
        ),
        max_size=2,
    ),
)
METHODS = st.sampled_from(["out_of_band", "record", "intent", Stop(Cause.PARTIAL)])


@given(part=ANY_PART, method=METHODS, is_forced=st.booleans(), finds_untagged=st.booleans())
def test_nothing_is_sent_that_stripe_shows_already_or_does_not_need(part, method, is_forced, finds_untagged):
    """Requests go to invoices that are open, for no more than remains or is missing; what is attached is not resent."""
    step = next_step(part, method, now=NOON, is_forced=is_forced, finds_untagged=finds_untagged)

    if part.invoice.applied_by("p", part.settlement.record_id):
        assert isinstance(step, Written)
    if isinstance(step, Begin | Send):
        assert part.invoice.status in ("open", "uncollectible")
        assert part.invoice.remaining > 0
        assert part.linked
    if isinstance(step, Begin):
        assert 0 < step.amount <= min(part.invoice.remaining, part.missing)
    if step == Send("pay"):
        assert part.missing >= part.invoice.remaining
    if step == Send("attach"):
        assert (part.settlement.amount or 0) <= min(part.invoice.remaining, part.missing)
    if step == Send("report"):
        assert is_forced or part.settlement.begun_at == NOON
    if isinstance(step, BeginAnew):
        assert is_forced
        assert not part.shown


@given(part=ANY_PART)
def test_a_part_is_missing_as_far_as_nothing_else_stands_for_it(part):
    """No more than is linked, and no more than Stripe does not show of the whole invoice."""
    assert 0 <= part.missing <= part.linked
    assert part.missing == 0 or part.missing <= part.all_linked - part.all_shown


WRITTEN = st.builds(
    part,
    st.integers(0, 9),
    st.integers(0, 9),
    credited=st.integers(0, 9),
    state=st.just("written"),
    method=st.just("record"),
    amount=st.integers(0, 9),
    record_id=st.just("pr_1"),
    applications=st.lists(st.builds(Application, st.just("pr_1"), st.integers(1, 9), st.just("p")), max_size=1),
)


@given(part=WRITTEN, is_forced=st.booleans())
def test_what_was_written_is_done_only_if_both_sides_agree(part, is_forced):
    """Whatever Stripe shows now, whatever is linked now; what is missing is no more than what Stripe shows."""
    step, left = next_step(part, "record", now=NOON, is_forced=is_forced), reversed_amount(part)

    assert 0 <= left <= part.shown
    assert not isinstance(step, Begin | Send)
    if isinstance(step, Done):
        assert part.linked <= part.shown <= part.linked + part.invoice.credited


def test_money_that_was_given_back_covers_what_replaces_it():
    """Of 5 that Stripe still shows of another payment, 4 are linked again by it: 3 of 7 are to be written."""
    other = settlement(1, "q", state="written", method="record", amount=5, record_id="pr_2")
    shown = [Application("pr_2", 5, "q")]
    replacement = part(7, 9, applications=shown, others=[other])

    assert (replacement.missing, next_step(replacement, "record", now=NOON)) == (3, Begin(3))
    assert next_step(part(4, 9, applications=shown, others=[other]), "record", now=NOON) == Written(0, None)
