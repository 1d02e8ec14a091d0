"""Money that is in the Stripe account already: attached, never counted twice, and not taken from another invoice."""

import pytest

SHAPES = {
    "in an object": {"gatewayPayment": {"id": "{}"}},
    "deep inside": {"gateway": {"payment": {"id": "{}"}}},
    "in a list": {"charges": ["{}"]},
    "in a text": {"reference": "Payment {} by Upflow"},
    "beside a charge": {"lastAttempt": "ch_other99", "payment": "{}"},
}


def filled(shape, found):
    """Return a shape with an id in it."""
    if isinstance(shape, dict):
        return {name: filled(each, found) for name, each in shape.items()}
    return [filled(each, found) for each in shape] if isinstance(shape, list) else shape.format(found)


def received(till, amount=1200):
    """Let the gateway take money in this account, and return the id of the PaymentIntent."""
    return till.stripe.outside.receive("cus_1", amount)["id"]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_intent_is_found_wherever_a_payment_shows_it(till, shape):
    """It is attached to the invoice; nothing is paid out of band, and nothing comes back."""
    till.sell("in_1")
    till.pay({"in_1": 1200}, **filled(SHAPES[shape], received(till)))
    till.run()

    assert till.writes() == ["invoices/in_1/attach_payment"]
    till.assert_no_echo()
    assert till.owed() == (0, 0)


def test_a_payment_that_shows_several_intents_is_undecided(till):
    """Until somebody says which field is meant."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200}, other="pi_foreign1", own=received(till))
    report = till.run()

    assert (till.causes(), till.writes()) == ({payment: "undecided"}, [])
    assert "gateway_fields" in report.examples[payment]
    till.use(gateway_fields=["own"])
    assert (till.run(retry=[payment]).written, till.writes()) == (1, ["invoices/in_1/attach_payment"])
    till.assert_no_echo()
    assert (till.causes(), till.owed()) == ({}, (0, 0))


def test_an_intent_that_was_refunded_is_not_attached(till):
    """The invoice stays open in Stripe; the refund in Upflow, too, ends it."""
    till.sell("in_1")
    intent = received(till)
    payment = till.pay({"in_1": 1200}, pi=intent)
    till.stripe.credits.refund(intent, 1200)
    till.run()

    assert (till.causes(), till.writes()) == ({payment: "gateway refunded"}, [])
    till.upflow.people.refund(payment)
    till.run()
    till.assert_no_echo()
    assert (till.causes(), till.owed()) == ({}, (1200, 1200))


def test_an_intent_that_is_refunded_before_the_retry_is_not_attached(till):
    """What Stripe has is read before each step, whatever the ledger has begun."""
    till.sell("in_1")
    intent = received(till)
    payment = till.pay({"in_1": 1200}, pi=intent)
    till.stripe.faults.add("reset_before", method="POST", path="attach_payment", times=100)
    till.run()
    till.stripe.faults.clear()
    till.stripe.credits.refund(intent, 1200)
    till.go_on(minutes=30)
    till.run()

    assert till.causes() == {payment: "gateway refunded"}
    till.upflow.people.refund(payment)
    till.go_on(minutes=30)
    till.run()
    till.assert_no_echo()
    assert (till.causes(), till.owed()) == ({}, (1200, 1200))


def test_an_authorization_that_was_captured_in_part_is_no_refund(till):
    """What was never captured was not taken."""
    till.sell("in_1", "in_2")
    till.stripe.payments.pay({"in_2": 1200}, authorized=2000, payment_id="pi_captured")
    till.stripe.payments.unapply("pi_captured", "in_2")
    till.pay({"in_1": 1200}, pi="pi_captured")

    assert (till.run().written, till.causes(), till.invoice()["status"]) == (1, {}, "paid")


def test_an_intent_that_pays_another_invoice_stays_there(till):
    """Its payment is in Upflow as Stripe's, and the portal payment is listed, until it is refunded."""
    till.sell("in_1", "in_2")
    intent = received(till)
    till.stripe.outside.attach("in_2", "payment_intents", intent)
    till.sync()
    payment = till.pay({"in_1": 1200}, pi=intent)
    report = till.run()
    till.assert_no_echo()

    assert (till.causes(), till.writes()) == ({payment: "unattachable"}, [])
    assert "it pays another invoice" in report.examples[payment]
    assert intent in till.upflow.snapshot()["payments"]
    assert (till.owed(), till.owed("in_2")) == ((1200, 0), (0, 0))
    till.stripe.credits.refund(intent, 1200)
    till.assert_no_echo()
    assert till.owed("in_2") == (0, 0)
    till.upflow.people.refund(payment)
    till.run()
    till.assert_no_echo()
    assert (till.causes(), till.owed()) == ({}, (1200, 1200))


def test_a_surcharge_that_stripe_would_apply_waits_for_the_rest(till):
    """It is attached by itself once no more remains than is linked."""
    till.sell("in_1")
    payment = till.pay({"in_1": 500}, surcharge=20, pi=received(till, 520))
    till.run()
    assert till.causes() == {payment: "unattachable"}
    till.stripe.pay_invoice("in_1", 700)
    till.go_on(minutes=20)
    till.assert_no_echo()
    report = till.run()

    assert (report.written, till.causes(), till.invoice()["amount_overpaid"]) == (1, {}, 0)
    till.assert_no_echo()
    assert till.owed() == (0, 0)


def test_a_surcharge_that_somebody_attaches_is_a_cause_of_its_own(till):
    """No refund is claimed; once Upflow has as much linked, both sides agree."""
    till.sell("in_1")
    intent = received(till, 520)
    payment = till.pay({"in_1": 500}, surcharge=20, pi=intent)
    till.run()
    till.stripe.outside.attach("in_1", "payment_intents", intent)
    till.go_on(hours=1)
    till.run()
    till.assert_no_echo()

    assert (till.causes(), till.owed()) == ({payment: "overapplied"}, (680, 700))
    till.upflow.people.link_payment(payment, {"in_1": 520})
    till.run()
    till.assert_no_echo()
    assert (till.causes(), till.owed()) == ({}, (680, 680))


def test_a_credit_note_that_names_the_refund_of_an_intent_covers_it(till):
    """Upflow's gateway has refunded it in this account; the credit note settles the invoice in its place."""
    till.sell("in_1")
    intent = received(till)
    payment = till.pay({"in_1": 1200}, pi=intent)
    till.run()
    till.upflow.people.refund(payment)
    refund = till.stripe.credits.refund(intent, 1200)
    till.run()
    found = till.causes()
    till.stripe.credits.credit("in_1", 1200, refund=refund, refunded=1200)
    till.go_on(minutes=1)
    till.assert_no_echo()

    assert (found, till.run().in_error, till.owed()) == ({payment: "refunded"}, 0, (0, 0))
    assert till.bridge.imported("customers", "cus_1")["balance"] == 0
