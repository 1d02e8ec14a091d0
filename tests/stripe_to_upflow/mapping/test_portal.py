"""An invoice that portal payments settle, whatever Stripe knows of them: its sum is the same on both sides."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.money import Units
from upflow_provider.records.portal.credit_cover import CreditCover
from upflow_provider.stripe_to_upflow.mapping.invoice_sum import InvoiceSum
from upflow_provider.stripe_to_upflow.mapping.portal import PortalMoney, portal_share

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
    known = {"linked": 0, "out_of_band": 0, "payments": ["pr_1"], "credited": [], **portal}
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


NOTES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), max_size=3)


@given(records=st.integers(0, 60), written=st.integers(0, 60), linked=st.integers(0, 120), notes=NOTES)
def test_credit_notes_settle_what_was_refunded_in_upflow(records, written, linked, notes):
    """What the invoice's sum expects of them is what they are linked with, the oldest first."""
    covers = [CreditCover(f"cn_{number}", amount, min(own, amount)) for number, (amount, own) in enumerate(notes)]
    invoice = an_invoice(120, records=records, out_of_band=written, linked=linked)
    invoice["portal"].update(out_of_band=written, credited=covers)
    shares = [portal_share({"id": each.note_id, "portal_invoice": invoice}, EUR) for each in covers]
    found = InvoiceSum.from_invoice(invoice, EUR)
    given_back = max(records + written - linked, 0)

    assert found.credited == sum(share for share, _ in shares)
    assert found.credited == min(given_back, sum(each.amount for each in covers))
    assert found.outstanding == max(120 - linked - found.credited, 0)
    assert all(own <= share <= each.amount for each, (share, own) in zip(covers, shares, strict=True))


def test_a_credit_note_without_a_portal_payment_covers_nothing():
    """Of an invoice that nobody has paid in the portal, or of one that has other credit notes."""
    invoice = an_invoice(120, records=20, credited=[CreditCover("cn_1", 20, 0)])

    assert portal_share({"id": "cn_1"}, EUR) == (0, 0)
    assert portal_share({"id": "cn_2", "portal_invoice": invoice}, EUR) == (0, 0)
