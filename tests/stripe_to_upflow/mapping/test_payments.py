"""Payments: what they settle comes to what Stripe took, whichever way Stripe counts what was too much."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.mapped import Link, Need, Skip
from upflow_provider.stripe_to_upflow.mapping import payments
from upflow_provider.stripe_to_upflow.mapping.options import Options

DAY = 1_767_225_600  # 2026-01-01T00:00:00Z
AMOUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=5)


def application(invoice, amount, *, number=0, status="paid"):
    """Return the application of a payment to an invoice."""
    return {
        "id": f"inpay_{invoice['id']}_{number}",
        "invoice": invoice,
        "currency": "eur",
        "status": status,
        "amount_paid": amount,
        "created": DAY + number,
        "status_transitions": {"paid_at": DAY + number},
    }


def intent(received):
    """Return a payment intent that succeeded."""
    charge = {"payment_method_details": {"type": "card"}}
    return {"object": "payment_intent", "amount_received": received, "latest_charge": charge}


def overpaid_bill(amounts, surplus, *, is_counted):
    """Return the records of the payments of an invoice; the last one is too much by *surplus*."""
    paid = sum(amounts)
    bill = {"id": "in_1", "customer": "cus_1", "amount_overpaid": surplus, "amount_due": paid, "amount_remaining": 0}
    told = [*amounts[:-1], amounts[-1] + (surplus if is_counted else 0)]
    listed = [application({"id": "in_1"}, amount, number=number) for number, amount in enumerate(told)]
    bill["payments"] = {"data": [*listed[::-1], application({"id": "in_1"}, None, number=9, status="open")]}
    received = [*amounts[:-1], amounts[-1] + surplus]
    return [
        {"id": f"pi_{number}", "payment": intent(received[number]), "applications": [each | {"invoice": bill}]}
        for number, each in enumerate(listed)
    ]


@given(AMOUNTS, st.integers(0, 10**9), st.booleans())
def test_payments_settle_their_invoice_and_not_more(amounts, surplus, is_counted):
    """Links come to what was due, and lines to what was too much; nothing is left over."""
    records = overpaid_bill(amounts, surplus, is_counted=is_counted)
    mapped = [payments.to_upflow(record, Options()) for record in records]

    assert [link.amount for each in mapped for link in each.links] == amounts
    assert [line.amount for each in mapped for line in each.balancing] == ([surplus] if surplus else [])
    for each in mapped:
        settled = sum(part.amount for part in (*each.links, *each.balancing))
        assert each.payload["amount"] == settled
        assert type(each.payload["amount"]) is int


@given(AMOUNTS, st.integers(0, 10**9))
def test_how_stripe_counts_what_was_too_much_changes_nothing(amounts, surplus):
    """Whether an invoice payment contains it is not on record."""
    counted, capped = (
        [payments.to_upflow(each, Options()) for each in overpaid_bill(amounts, surplus, is_counted=is_counted)]
        for is_counted in (True, False)
    )

    assert counted == capped


@given(AMOUNTS)
def test_one_payment_of_several_invoices_is_one_document(amounts):
    """It is linked to each, needs each, and its amount is theirs."""
    bills = [{"id": f"in_{number}", "customer": "cus_1", "amount_overpaid": 0} for number in range(len(amounts))]
    applications = [application(bill, amount) for bill, amount in zip(bills, amounts, strict=True)]
    mapped = payments.to_upflow(
        {"id": "pi_1", "payment": intent(sum(amounts)), "applications": applications}, Options()
    )

    assert mapped.payload["amount"] == sum(amounts)
    assert mapped.links == tuple(Link("invoices", f"in_{n}", amount) for n, amount in enumerate(amounts))
    assert mapped.needs == tuple(Need("invoices", f"in_{n}") for n in range(len(amounts)))


def test_a_payment_that_came_when_nothing_was_due_is_not_imported():
    """All of it was too much: Stripe gave it to the customer's balance, and no invoice shows it."""
    first, second = overpaid_bill([700, 1], 500, is_counted=True)
    second["applications"][0]["invoice"]["amount_due"] = 700
    mapped = [payments.to_upflow(each, Options()) for each in (first, second)]

    assert mapped[0].links == (Link("invoices", "in_1", 700),)
    assert mapped[1] == Skip("not applied to any invoice", remove=True, customer="cus_1")


def test_what_an_overpayment_is_called():
    """A refund of the payment, on its day."""
    [record] = overpaid_bill([700], 300, is_counted=False)
    [line] = payments.to_upflow(record, Options()).balancing

    assert (line.collection, line.external_id, line.amount, line.date) == (
        "refunds",
        "pi_0:overpayment",
        300,
        "2026-01-01",
    )
    assert line.links == (Link("payments", "pi_0", 300),)
    assert line.reason == "Overpaid: added to the customer balance in Stripe"


def test_a_payment_record_is_worth_its_value():
    """It has no charge; its own details tell the instrument."""
    bill = {"id": "in_1", "customer": "cus_1", "amount_overpaid": 0}
    payment = {"object": "payment_record", "amount": {"value": 400}, "payment_method_details": {"type": "konbini"}}
    record = {"id": "pr_1", "payment": payment, "applications": [application(bill, 400)]}
    mapped = payments.to_upflow(record, Options())

    assert (mapped.payload["amount"], mapped.payload["instrument"]) == (400, "CASH")


def test_an_intent_without_a_charge_has_no_known_instrument():
    """Stripe can settle an intent without one."""
    bill = {"id": "in_1", "customer": "cus_1", "amount_overpaid": 0}
    record = {"id": "pi_1", "payment": intent(400) | {"latest_charge": None}, "applications": [application(bill, 400)]}

    assert payments.to_upflow(record, Options()).payload["instrument"] == "UNKNOWN"
