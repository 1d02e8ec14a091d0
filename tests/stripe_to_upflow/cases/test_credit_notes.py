"""How Stripe's credit notes appear in Upflow: one test for each case of docs/stripe-to-upflow.md."""

from tests.stripe_to_upflow.cases.invoices import outstanding
from tests.stripe_to_upflow.simulator.books import documents, links, run


def test_a_credit_note_before_payment(paid):
    """It is linked to its invoice, and reduces the outstanding amount."""
    note = paid.stripe.credits.credit("in_2", 500)
    run(paid)

    assert links(paid, note["id"]) == {"in_2": 500}
    assert outstanding(paid, "in_2") == 700


def test_a_credit_note_of_a_whole_invoice(paid):
    """The invoice is paid."""
    paid.stripe.credits.credit("in_2", 1200)
    run(paid)

    assert paid.imported("invoices", "in_2")["state"] == "PAID"


def test_a_credit_note_that_is_refunded(paid):
    """Credit note and refund settle each other; the invoice stays paid."""
    refund = paid.stripe.credits.refund("pi_1", 500)
    note = paid.stripe.credits.credit("in_1", 500, refund=refund, refunded=500)
    run(paid)

    assert links(paid, note["id"]) == {refund["id"]: 500}
    assert outstanding(paid, "in_1") == 0
    assert paid.imported("refunds", refund["id"])["instrument"] == "CARD"


def test_a_credit_note_to_the_customers_balance(paid):
    """It is settled immediately; the next invoice uses the credit."""
    note = paid.stripe.credits.credit("in_1", 500)
    run(paid)
    paid.invoice("in_3")
    run(paid)

    assert links(paid, note["id"]) == {f"{note['id']}:balance": 500}
    assert links(paid, "in_3:balance") == {"in_3": 500}
    assert outstanding(paid, "in_3") == 700


def test_a_credit_note_refunded_out_of_band(paid):
    """A refund represents the money that was returned outside of Stripe."""
    note = paid.stripe.credits.credit("in_1", 500, out_of_band=500)
    run(paid)

    assert links(paid, note["id"]) == {f"{note['id']}:oob": 500}


def test_a_credit_note_of_a_payment_outside_of_stripe(paid):
    """A refund represents that of the payment record, for which Stripe has no object."""
    record = paid.stripe.payments.report({"in_2": 1200})
    run(paid)
    note = paid.stripe.credits.credit("in_2", 500, reported=(record["id"], 500))
    run(paid)

    [(refund, amount)] = links(paid, note["id"]).items()
    assert (refund.partition(":")[0], amount) == (note["id"], 500)


def test_a_mixed_credit_note(paid):
    """One part reduces the invoice; the others are returned in three ways."""
    paid.stripe.payments.pay({"in_2": 900}, payment_id="pi_2")
    run(paid)
    refund = paid.stripe.credits.refund("pi_2", 400)
    note = paid.stripe.credits.credit("in_2", 1100, refund=refund, refunded=400, out_of_band=100)
    run(paid)

    parts = {f"{note['id']}:oob": 100, f"{note['id']}:balance": 300, refund["id"]: 400, "in_2": 300}
    assert links(paid, note["id"]) == parts
    assert outstanding(paid, "in_2") == 0


def test_a_voided_credit_note(paid):
    """It is deleted, and the invoice is outstanding again."""
    note = paid.stripe.credits.credit("in_2", 500)
    run(paid)
    paid.stripe.credits.void(note["id"])
    run(paid)

    assert note["id"] not in documents(paid)
    assert outstanding(paid, "in_2") == 1200


def test_a_credit_note_voided_of_an_uncollectible_invoice(paid):
    """The write-off grows by the credit note, although that still exists when the invoice is read."""
    note = paid.stripe.credits.credit("in_2", 500)
    run(paid)
    paid.stripe.credits.void(note["id"])
    paid.stripe.mark_uncollectible("in_2")
    reports = run(paid)

    assert links(paid, "in_2:writeoff") == {"in_2": 1200}
    assert sum(report.waiting for report in reports.values()) == 1


def test_a_credit_note_of_an_uncollectible_invoice(paid):
    """The write-off shrinks by what is credited."""
    paid.stripe.mark_uncollectible("in_2")
    run(paid)
    paid.stripe.credits.credit("in_2", 500)
    run(paid)

    assert links(paid, "in_2:writeoff") == {"in_2": 700}
