"""What becomes of invoices in the fake Upflow: due, overdue, paid or void."""

from datetime import UTC, datetime

import pytest

from tests.testing.upflow.plain import invoice


@pytest.mark.parametrize(
    ("now", "state"),
    [
        pytest.param(datetime(2025, 6, 30, tzinfo=UTC), "DUE", id="before"),
        pytest.param(datetime(2025, 7, 1, 23, 59, tzinfo=UTC), "DUE", id="on-the-day"),
        pytest.param(datetime(2025, 7, 2, tzinfo=UTC), "OVERDUE", id="after"),
    ],
)
def test_overdue(api, now, state):
    """An unpaid invoice is overdue from the day after its due date."""
    api.fake.store.now = lambda: now

    assert api.invoice(dueDate="2025-07-01")["state"] == state


@pytest.mark.parametrize("amount", [0, -500], ids=["zero", "negative"])
def test_nothing_owed(api, amount):
    """An invoice of nothing, or of less, is paid."""
    answer = api.invoice(grossAmount=amount, netAmount=amount)

    assert (answer["state"], answer["amountOutstanding"]) == ("PAID", amount)


@pytest.mark.parametrize(
    ("behaviour", "state", "outstanding"),
    [
        pytest.param("honoured", "VOIDED", 0, id="honoured"),
        pytest.param("ignored", "DUE", 1200, id="ignored"),
    ],
)
def test_void(api, behaviour, state, outstanding):
    """An import may void an invoice, or its state is ignored; either way it stays so."""
    api.fake.behaviour.void_import = behaviour

    api.invoice(state="VOIDED")
    again = api.invoice()

    assert (again["state"], again["amountOutstanding"]) == (state, outstanding)


def test_void_refused(api):
    """Or the state is refused like any unknown field."""
    api.fake.behaviour.void_import = "refused"

    assert api.refused("POST", "/invoices", invoice() | {"state": "VOIDED"}) == (
        "state: Extra inputs are not permitted"
    )
    assert api.invoice()["state"] == "DUE"


def test_creating_an_invoice_under_a_customer(api):
    """The endpoint below a customer creates, and never updates."""
    body = {key: value for key, value in invoice().items() if key != "customer"}

    created = api("POST", "/customers/external:cus_1/invoices", body)

    assert created.status_code == 201
    assert api.refused("POST", "/customers/external:cus_1/invoices", body).startswith("externalId: is taken")
    assert api.refused("POST", "/customers/external:cus_1/invoices", invoice("in_2")).startswith("customer: Extra")
