"""The PDFs of the demonstration."""

import pytest

from demo.arrivals.pdfs import new_invoice, show_pdfs
from demo.errors import DemoError
from demo.vendors import Stripe, Upflow
from tests.stripe_to_upflow.pdfs.bringing import Pdfs


class Screen:
    """Keeps what is printed."""

    def __init__(self):
        self.lines = []

    def done(self, line):
        """Keep it."""
        self.lines.append(line)


def test_what_arrived_is_shown_and_what_lacks_is_an_error(bridge):
    """All open invoices have their PDF, and a new one gets its."""
    stripe = Stripe(bridge.stripe.url, bridge.stripe.api_key)
    upflow = Upflow(bridge.upflow.url, bridge.upflow.api_key, bridge.upflow.api_secret)
    bridge.customer()
    bridge.invoice("in_open")
    bridge.invoice("in_paid", status="paid")
    pdfs, screen = Pdfs(bridge, "open"), Screen()
    bridge.sync_all()
    with pytest.raises(DemoError, match="1 open invoices have no PDF"):
        show_pdfs(screen, stripe, upflow)
    pdfs.load()
    show_pdfs(screen, stripe, upflow)
    newest = new_invoice(stripe, "cus_1")
    bridge.sync_all()
    pdfs.load("again")
    show_pdfs(screen, stripe, upflow, newest)

    first, second = screen.lines
    assert first == "PDFs of all 1 open invoices have arrived, each after its invoice"
    assert second.startswith("The new invoice has its PDF, which the same run brought: https://")
