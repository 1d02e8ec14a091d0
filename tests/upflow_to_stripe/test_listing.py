"""Upflow's list of payments in the ledger: what it does not show is looked up, and never concluded to be gone."""

import pytest

from upflow_provider.errors import NotFoundError
from upflow_provider.upflow_to_stripe.listing import list_payments
from upflow_provider.upflow_to_stripe.settings import WriteBack


def payment(number, amount=1200, **fields):
    """Return a payment of one invoice as Upflow lists it."""
    links = [{"linkedAmount": amount, "invoice": {"externalId": f"in_{number}"}}]
    shown = {"externalId": None, "currency": "EUR", "instrument": "CARD", "validatedAt": "2026-03-01T00:00:00.000Z"}
    return {"id": f"p{number}", **shown, "linkedInvoices": links, **fields}


class Upflow:
    """An Upflow whose list may leave payments out."""

    def __init__(self, *payments):
        self.payments = {each["id"]: each for each in payments}
        self.left_out, self.asked = set(), []

    def list(self, collection):
        """Yield the payments that the list shows."""
        assert collection == "payments"
        yield from (each for name, each in self.payments.items() if name not in self.left_out)

    def get(self, _, ref):
        """Return one payment."""
        self.asked.append(ref)
        if ref not in self.payments:
            raise NotFoundError(ref)
        return self.payments[ref]


@pytest.fixture
def settlements(bridge):
    """Return the ledger's settlements."""
    return bridge.ledger.settlements


def linked(settlements):
    """Return what is linked, by payment."""
    return {each.payment_id: each.linked for each in settlements.all()}


def test_a_payment_that_the_list_leaves_out_is_looked_up(settlements):
    """A short list takes nothing back; what is deleted or unlinked is taken back."""
    upflow = Upflow(payment(1), payment(2), payment(3), payment(4, externalId="pi_1"), payment(5, linkedInvoices=[]))
    counts = list_payments(upflow, settlements, WriteBack())
    upflow.left_out = {"p1"}
    del upflow.payments["p2"]
    upflow.payments["p3"]["linkedInvoices"] = []
    list_payments(upflow, settlements, WriteBack())

    assert (counts.read, counts.own, counts.unlinked) == (5, 4, 1)
    assert linked(settlements) == {"p1": 1200, "p2": 0, "p3": 0}
    assert sorted(upflow.asked) == ["p1", "p2", "p3"]


def test_a_list_that_has_not_changed_asks_for_nothing(settlements):
    """Nor for what is gone already."""
    upflow = Upflow(payment(1), payment(2))
    list_payments(upflow, settlements, WriteBack())
    del upflow.payments["p2"]
    list_payments(upflow, settlements, WriteBack())
    upflow.asked.clear()
    list_payments(upflow, settlements, WriteBack())

    assert upflow.asked == []
    assert linked(settlements) == {"p1": 1200, "p2": 0}
