"""The fake Stripe's payments, credits and refunds move amounts as Stripe's do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture
from upflow_provider.testing import FakeStripe
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError

# ruff: noqa: F811 - the fixture is a parameter of the tests


def shop(fake, *totals, **fields):
    """Give a fake a customer with open invoices, and return the fake."""
    fake.create_customer(id="cus_1")
    for number, total in enumerate(totals, start=1):
        fake.create_invoice("cus_1", total, id=f"in_{number}", **fields)
        fake.finalize_invoice(f"in_{number}")
    return fake


def amounts(fake, invoice_id="in_1"):
    """Return status, and what is due, paid and remains of an invoice."""
    invoice = fake.store.invoices.shown(invoice_id)
    return invoice["status"], invoice["amount_due"], invoice["amount_paid"], invoice["amount_remaining"]


def test_an_open_invoice_expects_its_default_payment(stripe):
    """It is open, of an intent that awaits its method, and paid by it."""
    shop(stripe.fake, 1200)
    [before] = stripe.get("/v1/invoice_payments?invoice=in_1")["data"]
    stripe.fake.pay_invoice("in_1")
    [after] = stripe.get("/v1/invoice_payments?invoice=in_1&expand[]=data.payment.payment_intent.latest_charge")["data"]

    assert (before["status"], before["amount_paid"], before["is_default"]) == ("open", None, True)
    assert (after["id"], after["status"], after["amount_paid"]) == (before["id"], "paid", 1200)
    intent = after["payment"]["payment_intent"]
    assert (intent["status"], intent["amount_received"]) == ("succeeded", 1200)
    assert intent["latest_charge"]["payment_method_details"]["type"] == "card"


def test_payments_are_found_by_what_they_are(stripe):
    """Each filter finds its own, and is refused when it makes no sense."""
    fake = shop(stripe.fake, 1200, 800)
    intent = fake.payments.pay({"in_1": 100, "in_2": 200}, payment_id="pi_both")
    record = fake.payments.report({"in_2": 300})
    listed = "/v1/invoice_payments?"

    assert len(stripe.ids(f"{listed}payment[type]=payment_intent&payment[payment_intent]={intent['id']}")) == 2
    assert len(stripe.ids(f"{listed}payment[type]=payment_record&payment[payment_record]={record['id']}")) == 1
    assert len(stripe.ids(f"{listed}status=open")) == 2
    assert len(stripe.ids(f"{listed}status=paid&invoice=in_2")) == 2
    assert stripe.refused(f"{listed}status=done")["param"] == "status"
    assert stripe.refused(f"{listed}payment[charge]=ch_1")["code"] == "parameter_unknown"
    assert stripe.refused(f"{listed}payment=pi_1")["param"] == "payment"


def test_an_invoice_embeds_ten_payments(stripe):
    """The newest ones, and says that there are more."""
    fake = shop(stripe.fake, 1200)
    for _ in range(11):
        fake.payments.pay({"in_1": 10})
    embedded = stripe.get("/v1/invoices/in_1?expand[]=payments")["payments"]

    assert (len(embedded["data"]), embedded["has_more"]) == (10, True)
    assert "payments" not in stripe.get("/v1/invoices/in_1")


@pytest.mark.parametrize(("overpaid", "paid", "applied"), [("capped", 1200, 1200), ("counted", 1500, 1500)])
def test_what_is_paid_too_much_is_the_customers(overpaid, paid, applied):
    """In either of the shapes that Stripe may leave."""
    fake = shop(FakeStripe(), 1200)
    fake.payments.overpaid = overpaid
    intent = fake.payments.pay({"in_1": 1200}, surplus=300)
    [application] = fake.store.invoice_payments.where("invoice", "in_1")

    assert intent["amount_received"] == 1500
    assert amounts(fake) == ("paid", 1200, paid, 0)
    assert (application["amount_paid"], fake.store.invoices.shown("in_1")["amount_overpaid"]) == (applied, 300)
    assert fake.store.customers.shown("cus_1")["balance"] == -300


@pytest.mark.parametrize(
    ("balance", "total", "minimum", "due", "after"),
    [
        pytest.param(-300, 1200, 0, 900, 0, id="credit"),
        pytest.param(-5000, 1200, 0, 0, -3800, id="more-credit-than-due"),
        pytest.param(300, 1200, 0, 1500, 0, id="debt"),
        pytest.param(0, -500, 0, 0, -500, id="negative"),
        pytest.param(600, -500, 0, 100, 0, id="negative-with-debt"),
        pytest.param(0, 30, 50, 0, 30, id="too-small"),
        pytest.param(-1180, 1200, 50, 0, 20, id="too-small-after-credit"),
    ],
)
def test_the_customers_balance_is_settled_as_an_invoice_is_finalized(balance, total, minimum, due, after):
    """What is due follows, and what is left stays the customer's."""
    fake = FakeStripe()
    fake.create_customer(id="cus_1")
    fake.minimum_charge = minimum
    fake.credits.add_to_balance("cus_1", "eur", balance)
    shop_invoice = fake.create_invoice("cus_1", total, id="in_1")
    fake.finalize_invoice("in_1")

    assert (shop_invoice["amount_due"], shop_invoice["starting_balance"]) == (due, balance)
    assert fake.store.balances["cus_1", "eur"] == fake.store.customers.shown("cus_1")["balance"] == after
    assert shop_invoice["status"] == ("open" if due else "paid")


def test_what_was_applied_can_be_taken_back():
    """The invoice is open again; a second time is refused."""
    fake = shop(FakeStripe(), 1200)
    intent = fake.payments.pay({"in_1": 1200})
    fake.payments.unapply(intent["id"], "in_1")

    assert amounts(fake) == ("open", 1200, 0, 1200)
    with pytest.raises(StripeRefusalError, match="taken off"):
        fake.payments.unapply(intent["id"], "in_1")


def test_a_credit_note_cuts_what_is_due_first(stripe):
    """The rest was paid, and is given back or added to the customer's balance."""
    fake = shop(stripe.fake, 1200)
    fake.payments.pay({"in_1": 900})
    note = fake.credits.credit("in_1", 500)
    shown = stripe.get(f"/v1/credit_notes/{note['id']}")

    assert (shown["type"], shown["pre_payment_amount"], shown["post_payment_amount"]) == ("mixed", 300, 200)
    assert amounts(fake) == ("paid", 900, 900, 0)
    assert fake.store.balances["cus_1", "eur"] == -200
    assert stripe.ids("/v1/credit_notes?invoice=in_1") == stripe.ids("/v1/credit_notes?customer=cus_1") == [note["id"]]
    assert stripe.session.get(shown["pdf"], timeout=5).content.startswith(b"%PDF-")


@pytest.mark.parametrize("amount", [0, -1, 1201])
def test_no_more_is_credited_than_there_is(amount):
    """Nor nothing."""
    fake = shop(FakeStripe(), 1200)

    with pytest.raises(StripeRefusalError, match="more than can be credited"):
        fake.credits.credit("in_1", amount)


def test_a_credit_note_of_an_open_invoice_can_be_voided():
    """What is due is due again; one of a paid invoice cannot."""
    fake = shop(FakeStripe(), 1200, 500)
    note = fake.credits.credit("in_1", 500)
    fake.credits.void(note["id"])
    of_paid = fake.credits.credit("in_2", 500)

    assert (note["status"], *amounts(fake)) == ("void", "open", 1200, 0, 1200)
    with pytest.raises(StripeRefusalError, match="open invoice"):
        fake.credits.void(of_paid["id"])


def test_refunds_and_disputes_are_of_a_charge(stripe):
    """They are found by it and by its intent; no more is refunded than was charged."""
    fake = shop(stripe.fake, 1200)
    intent = fake.payments.pay({"in_1": 1200})
    refund, dispute = fake.credits.refund(intent["id"], 500), fake.credits.dispute(intent["id"], 700)
    fake.credits.update_refund(refund["id"], "failed")
    again = fake.credits.refund(intent["id"], 1200)

    for resource, ids in (("refunds", {refund["id"], again["id"]}), ("disputes", {dispute["id"]})):
        assert set(stripe.ids(f"/v1/{resource}?payment_intent={intent['id']}")) == ids
        assert set(stripe.ids(f"/v1/{resource}?charge={intent['latest_charge']}")) == ids
    with pytest.raises(StripeRefusalError, match="left of the charge"):
        fake.credits.refund(intent["id"], 1)


def test_a_partly_paid_invoice_is_not_voided():
    """Stripe keeps the books of what it took."""
    fake = shop(FakeStripe(), 1200)
    fake.payments.pay({"in_1": 100})

    with pytest.raises(StripeRefusalError, match="partly paid"):
        fake.void_invoice("in_1")


def test_credit_that_a_void_invoice_used_is_the_customers_again():
    """As before it was finalized."""
    fake = FakeStripe()
    fake.create_customer(id="cus_1")
    fake.credits.add_to_balance("cus_1", "eur", -300)
    fake.create_invoice("cus_1", 1200, id="in_1")
    fake.finalize_invoice("in_1")
    fake.void_invoice("in_1")

    assert fake.store.balances["cus_1", "eur"] == -300


@given(
    st.lists(
        st.tuples(st.sampled_from(["pay", "credit", "unapply", "give up", "out of band"]), st.integers(1, 1200)),
        max_size=8,
    ),
    st.sampled_from(["capped", "counted"]),
)
def test_amounts_add_up_whatever_happens(moves, overpaid):
    """What remains is what is due less what is paid; an invoice is paid when nothing remains."""
    fake = shop(FakeStripe(), 1200)
    fake.payments.overpaid = overpaid
    paid = []
    for kind, amount in moves:
        try:
            if kind == "pay":
                remaining = amounts(fake)[3]
                part = {"in_1": min(amount, remaining)}
                paid.append(fake.payments.pay(part, surplus=max(amount - remaining, 0), payment_id=f"pi_{len(paid)}x"))
            elif kind == "credit":
                fake.credits.credit("in_1", amount)
            elif kind == "unapply" and paid:
                fake.payments.unapply(paid[amount % len(paid)]["id"], "in_1")
            elif kind == "give up":
                fake.mark_uncollectible("in_1")
            elif kind == "out of band":
                fake.payments.settle_out_of_band("in_1")
        except StripeRefusalError:
            continue
        invoice = fake.store.invoices.shown("in_1")
        counted = invoice["amount_overpaid"] if overpaid == "counted" else 0
        assert invoice["amount_remaining"] == invoice["amount_due"] - invoice["amount_paid"] + counted >= 0
        assert (invoice["status"] == "paid") == (invoice["amount_remaining"] == 0)
        told = fake.store.invoice_payments.where("invoice", "in_1")
        assert sum(each["amount_paid"] for each in told if each["status"] == "paid") <= invoice["amount_paid"]
