"""Open invoices of Stripe with changes, and what they are mapped to."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import strategies as st

from upflow_provider.records.mapped import Mapped
from upflow_provider.stripe_to_upflow.mapping import invoices
from upflow_provider.stripe_to_upflow.mapping.options import Options

OPEN = json.loads((Path(__file__).parents[1] / "golden" / "invoice_open.stripe.json").read_text(encoding="utf-8"))
ID = OPEN["id"]
JAN_1 = 1_735_689_600  # 2025-01-01T00:00:00Z
DAY = 86_400
OPTIONS = Options()
INPAY = {"id": "inpay_1", "status": "paid", "amount_paid": 12_000}
NEVER = {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None}


def bill(change):
    """Return an open invoice with changes; what is due and remains follows its total, unless they say otherwise."""
    due = max(change.get("total", OPEN["total"]), 0)
    amounts = {"amount_due": due, "amount_remaining": 0 if change.get("status") == "paid" else due}
    return OPEN | amounts | change


def to_upflow(change, options=OPTIONS) -> Mapped:
    """Map an open invoice with changes."""
    return invoices.to_upflow(bill(change), options)


seconds = st.integers(1_000_000_000, 2_000_000_000)
amounts = st.integers(0, 10**10).map(lambda amount: amount * 100)
records = st.fixed_dictionaries(
    {
        "status": st.sampled_from(sorted(invoices.FINALIZED_STATUSES)),
        "currency": st.sampled_from(["eur", "jpy", "kwd", "isk"]),
        "total": amounts,
        "amount_due": amounts,
        "pre_payment_credit_notes_amount": amounts,
        "total_excluding_tax": st.one_of(st.none(), amounts),
        "total_taxes": st.one_of(st.none(), st.lists(st.fixed_dictionaries({"amount": amounts}), max_size=3)),
        "effective_at": st.one_of(st.none(), seconds),
        "due_date": st.one_of(st.none(), seconds),
        "created": seconds,
        "number": st.one_of(st.none(), st.text(min_size=1)),
    }
)
