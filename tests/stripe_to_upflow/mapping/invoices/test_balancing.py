"""What settles a Stripe invoice without a record is balanced, so that what is outstanding comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stripe_to_upflow.mapping.invoices.open_invoices import DAY, ID, INPAY, JAN_1, NEVER, records, to_upflow
from upflow_provider.records.mapped import BalancingDocument, Link


def balancing_document(collection, kind, amount, day="2025-01-01"):
    """Return what settles a part of the invoice."""
    reasons = {
        "void": "Voided in Stripe",
        "writeoff": "Uncollectible in Stripe",
        "oob": "Paid outside of Stripe",
        "balance": "Customer balance in Stripe",
    }
    settled = "credit_notes" if collection == "refunds" else "invoices"
    return BalancingDocument(collection, f"{ID}:{kind}", amount, day, reasons[kind], (Link(settled, ID, amount),))


PAID = {"status": "paid", "amount_paid": 12_000}
CREDITED = {"pre_payment_credit_notes_amount": 2_000, "amount_due": 10_000, "amount_remaining": 10_000}


@pytest.mark.parametrize(
    ("change", "lines", "outstanding"),
    [
        pytest.param({"status": "open"}, (), 12_000, id="open"),
        pytest.param(PAID | {"payments": {"data": [INPAY]}}, (), 0, id="paid"),
        pytest.param(PAID, (balancing_document("payments", "oob", 12_000),), 0, id="paid-out-of-band"),
        pytest.param(
            PAID
            | {"payments": {"data": [INPAY | {"amount_paid": 7_000}, INPAY | {"status": "open", "amount_paid": None}]}},
            (balancing_document("payments", "oob", 5_000),),
            0,
            id="paid-partly-out-of-band",
        ),
        pytest.param(
            {"amount_due": 9_000, "amount_remaining": 9_000},
            (balancing_document("payments", "balance", 3_000),),
            9_000,
            id="credit",
        ),
        pytest.param({"amount_due": 13_000, "amount_remaining": 13_000}, (), 13_000, id="debt"),
        pytest.param(
            {"status": "paid", "amount_due": 0, "amount_remaining": 0},
            (balancing_document("payments", "balance", 12_000),),
            0,
            id="too-small",
        ),
        pytest.param(CREDITED, (), 10_000, id="credited"),
        pytest.param(
            {"status": "void", "status_transitions": NEVER | {"voided_at": JAN_1 + 40 * DAY}},
            (balancing_document("credit_notes", "void", 12_000, "2025-02-10"),),
            0,
            id="void",
        ),
        pytest.param(
            CREDITED | {"status": "void"}, (balancing_document("credit_notes", "void", 10_000),), 0, id="void-credited"
        ),
        pytest.param({"status": "void", "total": 0}, (), 0, id="void-zero"),
        pytest.param(
            {"status": "uncollectible", "status_transitions": NEVER | {"marked_uncollectible_at": JAN_1 + 31 * DAY}},
            (balancing_document("payments", "writeoff", 12_000, "2025-02-01"),),
            0,
            id="uncollectible",
        ),
        pytest.param(
            {
                "status": "uncollectible",
                "amount_remaining": 7_000,
                "payments": {"data": [INPAY | {"amount_paid": 5_000}]},
            },
            (balancing_document("payments", "writeoff", 7_000),),
            0,
            id="uncollectible-part-paid",
        ),
        pytest.param(
            {"status": "paid", "total": -500}, (balancing_document("refunds", "balance", 500),), None, id="negative"
        ),
    ],
)
def test_lines(change, lines, outstanding):
    """What no credit note and no payment settles is balanced; there are no documents of zero or less."""
    mapped = to_upflow(change)

    assert (mapped.balancing, mapped.outstanding) == (lines, outstanding)


def test_a_negative_invoice_is_a_credit_note():
    """Upflow's invoices are owed; what Stripe adds to the customer's balance is a credit, and settled."""
    mapped = to_upflow({"status": "paid", "total": -500, "total_excluding_tax": -500})

    assert mapped.collection == "credit_notes"
    assert (mapped.payload["externalId"], mapped.payload["grossAmount"]) == (ID, 500)
    assert "dueDate" not in mapped.payload


@given(change=records, remains=st.integers(0, 100), told=st.integers(0, 100))
def test_every_sum_comes_out(change, remains, told):
    """Gross less credit notes, payments and lines is what must be outstanding, for any amounts."""
    remaining = change["amount_due"] // 100 * remains // 100 * 100
    paid = (change["amount_due"] - remaining) // 100 * told // 100 * 100
    payments = {"data": [INPAY | {"amount_paid": paid}]}
    mapped = to_upflow(change | {"amount_remaining": remaining, "payments": payments})
    unit = 100 if change["currency"] == "isk" else 1

    settled = (
        change["pre_payment_credit_notes_amount"] // unit + paid // unit + sum(each.amount for each in mapped.balancing)
    )
    if change["status"] != "void" or mapped.balancing:
        assert mapped.payload["grossAmount"] - settled == mapped.outstanding
    assert type(mapped.payload["grossAmount"]) is type(mapped.payload["netAmount"]) is int
    assert all(each.amount > 0 for each in mapped.balancing)
