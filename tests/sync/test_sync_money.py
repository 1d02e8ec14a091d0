"""Payments, credit notes and refunds reach Upflow, and every invoice shows there what Stripe says remains."""

from upflow_provider.testing import FakeUpflow


def shows(bridge):
    """Return what Upflow shows as outstanding, by invoice."""
    return {
        each["externalId"]: bridge.imported("invoices", each["externalId"])["amountOutstanding"]
        for each in bridge.upflow.store.invoices.values()
    }


def test_smoke(bridge):
    """All kinds of movements close."""
    bridge.customer()
    for number in range(1, 9):
        bridge.invoice(f"in_{number}")
    pay, credit = bridge.stripe.payments, bridge.stripe.credits
    first = pay.pay({"in_1": 1200})
    pay.pay({"in_2": 500, "in_3": 700}, payment_id="pi_two")
    pay.report({"in_4": 300})
    pay.settle_out_of_band("in_5")
    credit.credit("in_6", 200)
    refund = credit.refund(first["id"], 100)
    credit.credit("in_1", 300, refund=refund, refunded=100)
    credit.refund(first["id"], 50)
    pay.pay({"in_7": 1200}, surplus=50, payment_id="pi_over")
    bridge.stripe.mark_uncollectible("in_8")
    reports = bridge.sync_all()
    for r in reports:
        print(r)
    closing = bridge.close()
    print(closing)
    assert shows(bridge) == {
        each["id"]: 0 if each["status"] == "uncollectible" else each["amount_remaining"]
        for each in bridge.stripe.store.invoices
    }
    assert closing.checked == 0, closing
    customer = bridge.imported("customers", "cus_1")
    assert customer["balance"] == sum(shows(bridge).values())
    assert isinstance(bridge.upflow, FakeUpflow)
    before = len(bridge.writes())
    for r in bridge.sync_all():
        print(r)
    assert bridge.writes()[before:] == []
