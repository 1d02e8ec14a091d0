"""What a seller has in Stripe when a case begins."""

import pytest

from tests.stripe_to_upflow.simulator.books import run


@pytest.fixture
def shop(bridge):
    """Have a customer."""
    bridge.customer()
    return bridge


@pytest.fixture
def sold(bridge):
    """Have a customer with three open invoices of 12.00 EUR, synced."""
    bridge.customer()
    for number in (1, 2, 3):
        bridge.invoice(f"in_{number}")
    run(bridge)
    return bridge


@pytest.fixture
def paid(bridge):
    """Have a customer with an invoice of 12.00 EUR paid by card, and an open one; the intent is pi_1."""
    bridge.customer()
    bridge.invoice("in_1")
    bridge.invoice("in_2")
    bridge.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    run(bridge)
    return bridge
