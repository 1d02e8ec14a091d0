"""Credit notes: what they take off their invoice and what was given back come to their total."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.mapped import Link
from upflow_provider.stripe_to_upflow.mapping import credit_notes
from upflow_provider.stripe_to_upflow.mapping.options import Options

DAY = 1_767_225_600  # 2026-01-01T00:00:00Z
PARTS = st.lists(st.integers(0, 10**9), min_size=5, max_size=5).filter(any)


def note(before, refunded, reported, outside, balance, unit=1):
    """Return a credit note that consists of these parts, in Stripe's minor units of which Upflow's are *unit*."""
    refunds = [
        {"type": "refund", "refund": "re_1", "payment_record_refund": None, "amount_refunded": refunded * unit},
        {
            "type": "payment_record_refund",
            "refund": None,
            "payment_record_refund": {"payment_record": "pr_1", "refund_group": "prr_1"},
            "amount_refunded": reported * unit,
        },
    ]
    return {
        "id": "cn_1",
        "customer": "cus_1",
        "invoice": "in_1",
        "status": "issued",
        "currency": "isk" if unit == 100 else "eur",
        "number": "F-1-CN-1",
        "total": (before + refunded + reported + outside + balance) * unit,
        "total_excluding_tax": None,
        "pre_payment_amount": before * unit,
        "out_of_band_amount": outside * unit or None,
        "refunds": [each for each in refunds if each["amount_refunded"]],
        "effective_at": None,
        "created": DAY,
    }


@given(PARTS, st.sampled_from([1, 100]))
def test_every_part_is_settled_by_what_gave_it_back(parts, unit):
    """The invoice, a refund of its own, or a line; there are none of nothing."""
    before, refunded, reported, outside, balance = parts
    mapped = credit_notes.to_upflow(note(*parts, unit=unit), Options())
    lines = {line.external_id.removeprefix("cn_1:"): line for line in mapped.balancing}

    assert {kind: line.amount for kind, line in lines.items()} == {
        kind: amount for kind, amount in (("prr_1", reported), ("oob", outside), ("balance", balance)) if amount
    }
    assert mapped.links == ((Link("invoices", "in_1", before),) if before else ())
    settled = refunded + sum(part.amount for part in (*mapped.links, *mapped.balancing))
    assert mapped.payload["grossAmount"] == settled
    for line in mapped.balancing:
        assert (line.collection, line.links) == ("refunds", (Link("credit_notes", "cn_1", line.amount),))
        assert type(line.amount) is int


def test_it_counts_from_the_day_that_accounting_gave_it():
    """Stripe's ``effective_at``, where there is one."""
    told = note(100, 0, 0, 0, 50)
    days = [
        credit_notes.to_upflow(told | {"effective_at": at}, Options()).payload["issuedAt"]
        for at in (None, DAY + 86_400)
    ]

    assert days == ["2026-01-01", "2026-01-02"]


def test_a_void_one_is_removed_whatever_else_is_wrong_with_it():
    """It must not stay in Upflow, so nothing else of it is looked at."""
    skipped = credit_notes.to_upflow(note(100, 0, 0, 0, 0) | {"status": "void", "out_of_band_amount": 999}, Options())

    assert (skipped.reason, skipped.remove, skipped.customer) == ("void", True, "cus_1")


def test_the_net_amount_is_the_total_without_taxes():
    """Where Stripe does not tell it, as for an invoice; what is unusable is replaced by the gross amount, and noted."""
    taxed = {**note(1200, 0, 0, 0, 0), "total_taxes": [{"amount": 150}, {"amount": 50}]}
    odd = {**taxed, "total_taxes": [{"amount": "150"}]}

    assert credit_notes.to_upflow(taxed, Options()).payload["netAmount"] == 1000
    assert credit_notes.to_upflow({**taxed, "total_excluding_tax": 1100}, Options()).payload["netAmount"] == 1100
    mapped = credit_notes.to_upflow(odd, Options())
    assert (mapped.payload["netAmount"], len(mapped.notes)) == (1200, 1)
