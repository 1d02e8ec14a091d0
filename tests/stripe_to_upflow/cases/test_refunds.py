"""How refunds and disputes appear in Upflow: one test for each case of docs/stripe-to-upflow.md."""

import pytest

from tests.stripe_to_upflow.cases.invoices import outstanding
from tests.stripe_to_upflow.simulator.books import documents, links, run, unapplied


def test_a_refund_without_a_credit_note(paid):
    """The invoice stays paid, as in Stripe: the refund's own credit note settles it."""
    refund = paid.stripe.credits.refund("pi_1", 300)
    run(paid)

    assert links(paid, refund["id"]) == {f"{refund['id']}:credit": 300}
    assert links(paid, "pi_1") == {"in_1": 1200}
    assert outstanding(paid, "in_1") == 0


def test_a_refund_that_a_credit_note_names_later(paid):
    """It is linked to that one, and its own credit note is removed."""
    refund = paid.stripe.credits.refund("pi_1", 300)
    run(paid)
    note = paid.stripe.credits.credit("in_1", 300, refund=refund, refunded=300)
    run(paid)

    assert links(paid, refund["id"]) == {note["id"]: 300}
    assert f"{refund['id']}:credit" not in documents(paid)


def test_a_refund_that_a_credit_note_names_in_part(paid):
    """Its own credit note settles the rest."""
    refund = paid.stripe.credits.refund("pi_1", 300)
    note = paid.stripe.credits.credit("in_1", 200, refund=refund, refunded=200)
    run(paid)

    assert links(paid, refund["id"]) == {note["id"]: 200, f"{refund['id']}:credit": 100}


def test_a_pending_refund(paid):
    """It counts, because the money is on its way."""
    refund = paid.stripe.credits.refund("pi_1", 300, status="pending")
    run(paid)

    assert refund["id"] in documents(paid)


def test_a_refund_that_waits_for_the_customer(paid):
    """It counts as soon as it is made."""
    refund = paid.stripe.credits.refund("pi_1", 300, status="requires_action")
    run(paid)
    before = documents(paid)
    paid.stripe.credits.update_refund(refund["id"], "succeeded")
    run(paid)

    assert refund["id"] not in before
    assert refund["id"] in documents(paid)


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_fails_after_all(paid, status):
    """It is deleted together with its credit note."""
    refund = paid.stripe.credits.refund("pi_1", 300)
    run(paid)
    paid.stripe.credits.update_refund(refund["id"], status)
    run(paid)

    assert documents(paid) == {"pi_1"}


def test_a_refund_of_a_credit_note_that_fails(paid):
    """The credit note is left unsettled: the customer is still owed that money."""
    refund = paid.stripe.credits.refund("pi_1", 300)
    note = paid.stripe.credits.credit("in_1", 300, refund=refund, refunded=300)
    run(paid)
    paid.stripe.credits.update_refund(refund["id"], "failed")
    run(paid)

    assert links(paid, note["id"]) == {}
    assert unapplied(paid.upflow.store) == {note["id"]: 300}
    assert paid.imported("customers", "cus_1")["balance"] == 1200 - 300


def test_a_refund_of_a_payment_that_is_applied_to_no_invoice(paid):
    """Neither is in Upflow; the ledger has the reason."""
    charge = paid.stripe.payments.pay({"in_2": 400}, payment_id="pi_2")
    refund = paid.stripe.credits.refund(charge["id"], 100)
    paid.stripe.payments.unapply("pi_2", "in_2")
    run(paid)

    assert documents(paid) == {"pi_1"}
    known = paid.ledger.records("refunds", [refund["id"]])[refund["id"]]
    assert known.reason == "its payment is not applied to any invoice"


def test_a_refund_of_a_charge_without_an_intent(paid):
    """It is linked to the credit note that names it."""
    charge = paid.stripe.payments.charge("in_2", 1200)
    run(paid)
    refund = paid.stripe.credits.refund(charge["id"], 200)
    note = paid.stripe.credits.credit("in_2", 200, refund=refund, refunded=200)
    run(paid)

    assert links(paid, refund["id"]) == {note["id"]: 200}


def test_a_refund_of_a_charge_without_an_intent_that_no_credit_note_names(paid):
    """A credit note of its own settles it; the invoice of the charge is found by the charge's customer."""
    charge = paid.stripe.payments.charge("in_2", 1200)
    refund = paid.stripe.credits.refund(charge["id"], 200)
    run(paid)

    assert links(paid, charge["id"]) == {"in_2": 1200}
    assert links(paid, refund["id"]) == {f"{refund['id']}:credit": 200}
    assert outstanding(paid, "in_2") == 0


def test_a_refund_of_a_charge_without_an_intent_that_fails(paid):
    """It is deleted with its credit note."""
    charge = paid.stripe.payments.charge("in_2", 1200)
    refund = paid.stripe.credits.refund(charge["id"], 200)
    run(paid)
    paid.stripe.credits.update_refund(refund["id"], "failed")
    run(paid)

    assert documents(paid) == {"pi_1", charge["id"]}


def test_a_lost_dispute_of_a_charge_without_an_intent(paid):
    """As for any other payment."""
    charge = paid.stripe.payments.charge("in_2", 1200)
    dispute = paid.stripe.credits.dispute(charge["id"], 1200, status="lost")
    run(paid)

    assert links(paid, dispute["id"]) == {f"{dispute['id']}:credit": 1200}
    assert outstanding(paid, "in_2") == 0


def test_what_was_authorized_and_never_captured(paid):
    """It is skipped: Stripe makes a refund, but no money moved."""
    intent = paid.stripe.payments.pay({"in_2": 1200}, authorized=1500, payment_id="pi_2")
    refund = paid.stripe.credits.refund(intent["id"], 300)
    run(paid)

    assert documents(paid) == {"pi_1", "pi_2", refund["id"], f"{refund['id']}:credit"}
    [released] = {each["id"] for each in paid.stripe.store.refunds} - {refund["id"]}
    reason = paid.ledger.records("refunds", [released])[released].reason
    assert reason == "only authorized, never captured: no money moved"


def test_a_lost_dispute(paid):
    """A refund, because the money is gone; the invoice stays paid."""
    dispute = paid.stripe.credits.dispute("pi_1", 1200)
    run(paid)
    before = documents(paid)
    paid.stripe.credits.close_dispute(dispute["id"], "lost")
    run(paid)

    assert dispute["id"] not in before
    assert links(paid, dispute["id"]) == {f"{dispute['id']}:credit": 1200}
    assert outstanding(paid, "in_1") == 0


def test_a_dispute_that_starts_as_lost(paid):
    """It is found although it starts as lost and never changes."""
    dispute = paid.stripe.credits.dispute("pi_1", 1200, status="lost")
    run(paid)

    assert links(paid, dispute["id"]) == {f"{dispute['id']}:credit": 1200}


def test_a_dispute_that_is_won_after_all(paid):
    """It is removed."""
    dispute = paid.stripe.credits.dispute("pi_1", 1200)
    paid.stripe.credits.close_dispute(dispute["id"], "lost")
    run(paid)
    paid.stripe.credits.close_dispute(dispute["id"], "won")
    run(paid)

    assert documents(paid) == {"pi_1"}


def test_a_refund_of_a_payment_that_was_taken_off_but_credited(paid):
    """The credit note that names it settles it; the invoice is outstanding again."""
    refund = paid.stripe.credits.refund("pi_1", 300)
    note = paid.stripe.credits.credit("in_1", 300, refund=refund, refunded=300)
    run(paid)
    paid.stripe.payments.unapply("pi_1", "in_1")
    run(paid)

    assert links(paid, refund["id"]) == {note["id"]: 300}
    assert outstanding(paid, "in_1") == 1200


def test_a_refund_that_several_credit_notes_name(paid):
    """It is linked to each of them, and to its own until they cover all of it."""
    refund = paid.stripe.credits.refund("pi_1", 1000)
    run(paid)
    first = paid.stripe.credits.credit("in_1", 400, refund=refund, refunded=400)
    run(paid)
    partly = links(paid, refund["id"])
    second = paid.stripe.credits.credit("in_1", 600, refund=refund, refunded=600)
    run(paid)

    assert partly == {first["id"]: 400, f"{refund['id']}:credit": 600}
    assert links(paid, refund["id"]) == {first["id"]: 400, second["id"]: 600}


def test_a_refund_of_what_was_overpaid(paid):
    """A separate refund beside that of the surplus; both are settled."""
    paid.stripe.payments.pay({"in_2": 1200}, surplus=300, payment_id="pi_2")
    run(paid)
    refund = paid.stripe.credits.refund("pi_2", 300)
    run(paid)

    assert links(paid, "pi_2") == {"in_2": 1200, "pi_2:overpayment": 300}
    assert links(paid, refund["id"]) == {f"{refund['id']}:credit": 300}


def test_a_refund_and_a_lost_dispute_of_one_payment(paid):
    """Each is a separate refund; the invoice stays paid."""
    refund = paid.stripe.credits.refund("pi_1", 500)
    note = paid.stripe.credits.credit("in_1", 500, refund=refund, refunded=500)
    run(paid)
    dispute = paid.stripe.credits.dispute("pi_1", 700)
    paid.stripe.credits.close_dispute(dispute["id"], "lost")
    run(paid)

    assert links(paid, note["id"]) == {refund["id"]: 500}
    assert links(paid, dispute["id"]) == {f"{dispute['id']}:credit": 700}
    assert outstanding(paid, "in_1") == 0
