"""What happens on either side after a payment was written: it is looked at again, and what differs is listed."""

import pytest

from upflow_provider.upflow_to_stripe.decisions.causes import Cause, in_words


def applied(till, invoice="in_1"):
    """Return the payment records and intents that Stripe shows on an invoice."""
    shown = till.stripe.store.invoice_payments.where("invoice", invoice)
    paid = [each["payment"] for each in shown if each["status"] == "paid"]
    return [each.get("payment_record") or each.get("payment_intent") for each in paid]


def test_a_payment_that_replaces_a_refunded_part_is_not_written_twice(till):
    """Stripe shows 500 still; the customer pays 500 again, then 700; whatever is refunded then is listed."""
    till.sell("in_1")
    first = till.pay({"in_1": 500})
    till.run()
    till.upflow.people.refund(first)
    till.run()
    second = till.pay({"in_1": 500})
    report = till.run()

    assert (report.found, report.written, till.causes(), len(till.records())) == (1, 0, {}, 1)
    till.assert_no_echo()
    assert till.owed() == (700, 700)
    till.upflow.people.refund(second)
    till.run()
    assert till.causes() == {first: "refunded"}  # Stripe shows the record of that one
    till.pay({"in_1": 1200})
    last = till.run()
    till.assert_no_echo()
    assert (last.written, till.causes(), till.owed()) == (1, {}, (0, 0))


def test_only_what_a_refunded_part_does_not_cover_is_written(till):
    """Of 700, Stripe shows 500 already."""
    till.sell("in_1")
    first = till.pay({"in_1": 500})
    till.run()
    till.upflow.people.refund(first)
    till.pay({"in_1": 700})
    till.run()

    assert [each["amount_guaranteed"]["value"] for each in till.records()] == [500, 200]
    assert till.causes() == {}
    till.assert_no_echo()
    assert till.owed() == (500, 500)


@pytest.mark.parametrize("how", ["record", "intent"])
@pytest.mark.parametrize("remedy", ["attached", "named", "refunded"])
def test_a_payment_that_is_detached_in_stripe_is_listed(till, how, remedy):
    """Once the sync has read the invoice; it is done once it is attached again, by hand or by name, or refunded."""
    till.sell("in_1")
    shown = {"pi": till.stripe.outside.receive("cus_1", 500)["id"]} if how == "intent" else {}
    payment = till.pay({"in_1": 500}, **shown)
    till.run()
    (record,) = applied(till)
    till.go_on(hours=1)
    till.stripe.payments.unapply(record, "in_1")
    till.assert_no_echo()
    till.go_on(minutes=1)
    till.run()

    assert till.causes() == {payment: "detached"}
    till.go_on(minutes=1)
    if remedy == "attached":
        till.stripe.outside.attach("in_1", "payment_intents" if how == "intent" else "payment_records", record)
        till.assert_no_echo()
    elif remedy == "refunded":
        till.upflow.people.refund(payment)
    till.go_on(minutes=1)
    till.run(retry=[payment] if remedy == "named" else ())
    till.assert_no_echo()
    assert till.causes() == {}
    assert till.owed() == ((1200, 1200) if remedy == "refunded" else (700, 700))
    assert len(applied(till)) == (remedy != "refunded")


def test_a_whole_invoice_that_is_detached_is_listed(till):
    """It is open again, and Upflow shows it as paid."""
    till.sell("in_1", "in_2")
    payment = till.pay({"in_1": 1200, "in_2": 500})
    till.run()
    (record,) = applied(till)
    till.go_on(days=1)
    till.stripe.payments.unapply(record, "in_1")
    till.assert_no_echo()
    till.go_on(minutes=1)
    till.run()

    assert (till.causes(), till.owed()) == ({payment: "detached"}, (1200, 0))


def test_a_refund_is_reported_at_the_second_look_only(till):
    """A payment that is linked again meanwhile was not refunded: its record stays as it is."""
    till.sell("in_1")
    payment = till.pay({"in_1": 500})
    till.run()
    till.upflow.people.unlink_payment(payment)
    till.run()
    found = till.causes()
    till.upflow.people.link_payment(payment, {"in_1": 500})
    till.go_on(hours=1)
    till.run()
    till.assert_no_echo()

    assert (found, till.causes(), till.owed()) == ({payment: "refunded"}, {}, (700, 700))
    assert [each["amount_refunded"]["value"] for each in till.records()] == [0]


def test_a_payment_that_is_linked_again_after_its_refund_was_reported_is_listed(till):
    """Stripe takes no report back: its record is detached, and another one is made."""
    till.sell("in_1")
    payment = till.pay({"in_1": 500})
    till.run()
    till.upflow.people.unlink_payment(payment)
    till.run()
    till.go_on(hours=1)
    till.run()
    till.upflow.people.link_payment(payment, {"in_1": 500})
    till.run()
    (record,) = till.records()

    assert (till.causes(), record["amount_refunded"]["value"]) == ({payment: "relinked"}, 500)
    till.run(retry=[payment])  # it is attached still
    assert len(till.records()) == 1
    till.stripe.payments.unapply(record["id"], "in_1")
    till.go_on(minutes=1)
    till.run(retry=[payment])
    till.assert_no_echo()
    assert (till.causes(), till.owed(), len(till.records())) == ({}, (700, 700), 2)
    till.upflow.people.refund(payment)
    till.run()
    till.go_on(hours=1)
    till.run()
    assert [each["amount_refunded"]["value"] for each in till.records()] == [500, 500]


def test_what_is_linked_later_to_an_open_invoice_is_listed_as_more(till):
    """A payment record is as large as it was made; the rest goes to another invoice, or is refunded."""
    till.sell("in_1", "in_2")
    payment = till.pay({"in_1": 500}, surcharge=700)
    till.run()
    till.upflow.people.link_payment(payment, {"in_1": 800})
    till.run()
    (listed,) = (each for each in till.settlements().values() if each.cause)

    assert "300 minor units, besides 500" in in_words(Cause(listed.cause), listed.error)
    till.upflow.people.link_payment(payment, {"in_1": 500, "in_2": 300})
    till.run()
    till.assert_no_echo()
    assert (till.causes(), till.owed(), till.owed("in_2")) == ({}, (700, 700), (900, 900))


def test_a_void_invoice_that_was_paid_by_the_portal_is_listed(till):
    """The customer has paid what is not owed."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.run()
    till.go_on(hours=1)
    till.stripe.void_paid_invoice("in_1")
    till.sync()
    till.go_on(minutes=1)
    till.run()

    assert till.causes() == {payment: "void"}
    till.upflow.people.refund(payment)
    till.run()
    till.assert_no_echo()
    assert till.causes() == {}


def test_a_dry_run_lists_a_refund_of_what_was_written(till):
    """And reports nothing to Stripe, even if a run before has seen it."""
    till.sell("in_1")
    payment = till.pay({"in_1": 500})
    till.run()
    till.upflow.people.refund(payment)
    first = till.run(dry_run=True)
    till.run()
    till.go_on(hours=1)
    second = till.run(dry_run=True)

    assert [list(each.examples) for each in (first, second)] == [[payment], [payment]]
    assert [each["amount_refunded"]["value"] for each in till.records()] == [0]


@pytest.mark.parametrize("what", ["uncollectible", "whole", "part"])
def test_what_somebody_ends_by_hand_before_a_payment_is_listed_is_not_rejected(till, what):
    """The sync that reads the invoice first lists Upflow's payments by itself."""
    till.sell("in_1")
    till.pay({"in_1": 500 if what == "part" else 1200})
    if what == "uncollectible":
        till.stripe.mark_uncollectible("in_1")
    else:
        till.stripe.outside.pay_out_of_band("in_1")
    rejected = [each for _ in range(2) for each in till.sync() if each.rejected]
    till.run()
    others = [each["externalId"] for each in till.upflow.store.payments.values() if each["externalId"]]

    assert (rejected, till.causes(), till.owed()) == ([], {}, (0, 0))
    assert others == (["in_1:oob"] if what == "part" else [])  # 700 of it are not the portal's
