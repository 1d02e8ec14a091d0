"""Refunds and lost disputes: all of the money is linked to credit notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.mapped import Link, Need, Skip
from upflow_provider.stripe_to_upflow.mapping import refunds
from upflow_provider.stripe_to_upflow.mapping.options import Options

DAY = 1_767_225_600  # 2026-01-01T00:00:00Z


def refund(amount, named=(), **fields):
    """Return a refund, of which credit notes name the amounts *named*."""
    return {
        "id": "re_1",
        "object": "refund",
        "status": "succeeded",
        "amount": amount,
        "currency": "eur",
        "created": DAY,
        "destination_details": {"type": "card", "card": {}},
        "customer_id": "cus_1",
        "invoice_id": "in_1",
        "is_release": False,
        "credit_notes": [{"id": f"cn_{number}", "amount": each} for number, each in enumerate(named)],
        **fields,
    }


@given(st.lists(st.integers(1, 10**9), max_size=4), st.integers(0, 10**9))
def test_all_of_a_refund_is_linked(named, rest):
    """To the credit notes that name it, and for the rest to one of its own; both must be there before."""
    if not named and not rest:
        return
    mapped = refunds.to_upflow(refund(sum(named) + rest, named), Options())

    assert sum(link.amount for link in mapped.links) == mapped.payload["amount"] == sum(named) + rest
    assert [line.amount for line in mapped.balancing] == ([rest] if rest else [])
    assert all(line.links == () for line in mapped.balancing)  # its refund settles it, so it comes first
    assert mapped.needs == (
        Need("invoices", "in_1"),
        *(Need("credit_notes", f"cn_{number}") for number in range(len(named))),
    )


def test_the_credit_note_of_its_own():
    """It says why it exists, and is linked from the refund."""
    mapped = refunds.to_upflow(refund(300), Options())
    [line] = mapped.balancing

    assert mapped.links == (Link("credit_notes", "re_1:credit", 300),)
    assert (line.collection, line.external_id, line.amount) == ("credit_notes", "re_1:credit", 300)
    assert (line.date, line.reason) == ("2026-01-01", "Refunded in Stripe")


def test_a_lost_dispute_is_a_refund():
    """Its own details tell the instrument, and the line says what it was."""
    dispute = refund(300, object="dispute", status="lost", payment_method_details={"type": "card"})
    mapped = refunds.to_upflow({**dispute, "destination_details": None}, Options())

    assert mapped.payload["instrument"] == "CARD"
    assert [line.reason for line in mapped.balancing] == ["Dispute lost in Stripe"]


@pytest.mark.parametrize(
    "status", ["needs_response", "under_review", "won", "warning_needs_response", "warning_closed", "prevented"]
)
def test_a_dispute_that_is_not_lost_takes_nothing(status):
    """Whatever was imported of it before goes."""
    skipped = refunds.to_upflow(refund(300, object="dispute", status=status, customer_id=None), Options())

    assert skipped == Skip(f"dispute is {status}", remove=True)


def test_amounts_are_those_of_upflow():
    """Every one of them: of the refund, of its links and of its line."""
    mapped = refunds.to_upflow(refund(50_000, [20_000], currency="isk"), Options())

    assert mapped.payload["amount"] == 500
    assert [link.amount for link in mapped.links] == [200, 300]
    assert [line.amount for line in mapped.balancing] == [300]
