"""An invoice that portal payments settle, whatever Stripe knows of them: its sum is the same on both sides."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.money import Units
from upflow_provider.stripe_to_upflow.mapping.invoice_sum import InvoiceSum
from upflow_provider.stripe_to_upflow.mapping.portal import PortalMoney

EUR = Units("in_1", "eur", {})


def an_invoice(total, *, card=0, records=0, out_of_band=0, status="open", **portal):
    """Return an invoice of which parts are paid by card, by records of portal payments, and out of band."""
    paid = {"pi_1": card, "pr_1": records}
    applications = [
        {"id": f"inpay_{name}", "status": "paid", "amount_paid": amount, "payment": {"type": "x", "x": name}}
        for name, amount in paid.items()
        if amount
    ]
    amounts = {"total": total, "amount_due": total, "amount_remaining": total - card - records - out_of_band}
    known = {"linked": 0, "out_of_band": 0, "payments": ["pr_1"], **portal}
    return {"id": "in_1", "status": status, **amounts, "payments": {"data": applications}, "portal": known}


@given(
    card=st.integers(0, 30),
    records=st.integers(0, 30),
    written=st.integers(0, 30),
    other=st.integers(0, 30),
    unknown=st.integers(-30, 30),
    status=st.sampled_from(["open", "uncollectible"]),
)
def test_upflow_shows_what_remains_less_what_stripe_does_not_know(card, records, written, other, unknown, status):
    """Portal payments are in Upflow already; all else is imported, and nothing twice."""
    linked = max(records + written + unknown, 0)
    invoice = an_invoice(
        120,
        card=card,
        records=records,
        out_of_band=written + other,
        status=status,
        linked=linked,
    )
    invoice["portal"]["out_of_band"] = written
    found = InvoiceSum.from_invoice(invoice, EUR)
    settled = found.applied + found.unexplained + found.written_off + linked
    explained = min(written + other, max(written, linked - records))

    assert found.applied == card
    assert found.unexplained == written + other - explained
    assert found.outstanding == max(120 - settled, 0)
    assert min(found.unexplained, found.written_off) >= 0


def test_without_portal_payments_nothing_is_different():
    """An invoice of a shop without any has no such part."""
    invoice = an_invoice(120, card=20, out_of_band=100, status="paid")
    del invoice["portal"]
    found = InvoiceSum.from_invoice(invoice, EUR)

    assert (found.applied, found.portal, found.unexplained, found.outstanding) == (20, 0, 100, 0)
    assert PortalMoney().unknown_to_stripe == 0


def test_the_sum_names_portal_payments():
    """In the message about an invoice that differs."""
    found = InvoiceSum.from_invoice(an_invoice(120, records=20, linked=50), EUR)

    assert str(found) == "gross 120 - 50 paid in Upflow's portal = 70"
