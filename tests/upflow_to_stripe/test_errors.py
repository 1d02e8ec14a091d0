"""Each payment that cannot be written is listed with its cause and what to do, and is done once the cause is gone."""

import pytest

from upflow_provider.upflow_to_stripe.decisions.causes import WORDS, Cause, in_words
from upflow_provider.upflow_to_stripe.report import table


def test_the_state_of_an_invoice_says_why_it_cannot_be_paid(till):
    """Void, already paid, in another currency, unknown to Stripe: nothing is sent for them, the others arrive."""
    till.sell("in_1", "in_2", "in_3", "in_4", "in_5")
    void, twice, foreign, gone = (till.pay({each: 1200}) for each in ("in_1", "in_2", "in_3", "in_4"))
    till.pay({"in_5": 1200})
    till.stripe.void_invoice("in_1")
    till.stripe.pay_invoice("in_2")
    till.stripe.store.invoices.held("in_3")["currency"] = "usd"
    till.stripe.store.invoices.remove("in_4", {})
    report = till.run()

    assert till.causes() == {void: "void", twice: "already paid", foreign: "other currency", gone: "no invoice"}
    assert (report.rejected, report.written, till.writes()) == (4, 1, ["invoices/in_5/pay"])
    assert report.causes == {"void": 1, "already paid": 1, "other currency": 1, "no invoice": 1}


def test_a_draft_is_written_once_it_is_finalized(till):
    """The next sync reads it, which makes the payment due."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    invoice = till.stripe.store.invoices.held("in_1")
    invoice["status"] = "draft"
    till.run()
    found = till.causes()
    invoice["status"] = "open"
    idle = till.run()
    till.go_on(minutes=1)
    till.sync()

    assert (found, idle.rejected, idle.written) == ({payment: "draft"}, 0, 0)
    assert till.run().written == 1
    till.assert_no_echo()


def test_errors_are_tried_again_at_growing_intervals_or_on_demand(till):
    """After 15 minutes, then 30, and so on up to a day; all, or those that are named, at once."""
    till.use(partial="refuse")
    till.sell("in_1", "in_2")
    first, second = till.pay({"in_1": 5}), till.pay({"in_2": 5})
    tried = []
    for minutes in (0, 14, 2, 15, 16):
        till.go_on(minutes=minutes)
        tried.append(till.run().rejected)

    assert tried == [2, 0, 2, 0, 2]
    assert (till.run(retry=[first]).rejected, till.run(retry="all").rejected) == (1, 2)
    assert till.run().in_error == 2
    till.use(partial="report")
    assert till.run(retry=[second]).written == 1


def test_less_remains_than_was_paid(till):
    """What remains is written, and the rest listed, until it is refunded or linked to something else."""
    till.sell("in_1", "in_2")
    payment = till.pay({"in_1": 1200})
    till.stripe.pay_invoice("in_1", 500)
    report = till.run()
    (listed,) = (each for each in till.settlements().values() if each.cause)

    assert (report.written, report.rejected, till.causes()) == (1, 1, {payment: "rest"})
    assert "500 minor units, besides 700" in in_words(Cause(listed.cause), listed.error)
    assert till.invoice()["amount_overpaid"] == 0
    till.upflow.people.link_payment(payment, {"in_1": 700, "in_2": 500})
    later = till.run()
    assert (later.rejected, till.causes()) == (1, {payment: "partial"})  # the method of a receipt never changes
    till.assert_no_echo()
    assert till.owed("in_1") == (0, 0)


@pytest.mark.parametrize("record", [True, False], ids=["record", "out of band"])
def test_a_refund_after_the_write_back_is_listed_and_reported(till, record):
    """On the payment record where there is one; Stripe's invoice stays paid, and Upflow shows what is owed again."""
    amount = 500 if record else 1200
    till.sell("in_1")
    payment = till.pay({"in_1": amount})
    till.run()
    till.upflow.people.refund(payment)
    first, idle = till.run(), till.run()
    assert [each["amount_refunded"]["value"] for each in till.records()] == ([0] if record else [])
    till.go_on(minutes=16)
    till.run()
    till.assert_no_echo()

    assert (first.rejected, idle.rejected, till.causes()) == (1, 0, {payment: "refunded"})
    assert [each["amount_refunded"]["value"] for each in till.records()] == ([500] if record else [])
    assert till.owed() == ((700, 1200) if record else (0, 1200))
    till.go_on(days=1)
    assert till.run().rejected == 1
    assert [each["amount_refunded"]["value"] for each in till.records()] == ([500] if record else [])
    till.upflow.people.pay({"in_1": amount})
    till.go_on(days=1)
    again = till.run()
    assert (again.found, till.causes()) == (1, {})  # the customer has paid once more: nothing is missing
    assert len(till.records()) == record
    till.assert_no_echo()
    assert till.owed() == ((700, 700) if record else (0, 0))


def test_a_refund_that_a_credit_note_covers_is_done(till):
    """Stripe's books agree by it: nothing is listed any more."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.run()
    till.upflow.people.refund(payment)
    till.run()
    till.stripe.credits.credit("in_1", 1200)
    till.go_on(days=1)

    assert (till.run().rejected, till.causes()) == (0, {})


def test_what_stripe_refuses_is_explained_by_the_invoice(till):
    """A customer who was deleted, an uncollectible invoice, or an intent that did not succeed."""
    till.sell("in_1", "in_2", "in_3")
    till.bridge.customer("cus_2")
    till.bridge.invoice("in_4", customer="cus_2")
    till.sync()
    lost, gone = till.pay({"in_1": 5}), till.pay({"in_4": 5})
    till.stripe.mark_uncollectible("in_1")
    till.stripe.outside.to_uncollectible = "refused"
    till.stripe.delete_customer("cus_2")
    intent = till.stripe.outside.receive("cus_1", 7, payment_id="pi_toolittle")
    little = till.pay({"in_2": 8}, gateway={"id": intent["id"]})
    report = till.run()

    assert till.causes() == {lost: "uncollectible", gone: "customer deleted", little: "unattachable"}
    assert report.rejected == 3
    till.stripe.outside.to_uncollectible = "taken"
    assert till.run(retry=[lost]).written == 1  # under another key, because Stripe keeps refusals, too
    assert len(till.records()) == 1


def test_an_amount_that_stripe_cannot_express_is_listed(till):
    """Stripe counts MGA in whole units, Upflow in hundredths; what is odd about one payment concerns that one."""
    till.sell("in_1", currency="mga", tax=0)
    till.sell("in_2")
    odd = till.pay({"in_1": 150})
    till.pay({"in_2": 1200})
    report = till.run()

    assert (report.written, till.causes()) == (1, {odd: "unusable"})
    assert "currency_decimals" in report.examples[odd]


def test_the_table_of_errors_says_what_is_wrong_and_what_to_do(till):
    """In the task's log: payment, invoice, amount, and the cause with its remedy, without personal data."""
    till.use(partial="refuse")
    till.sell("in_1")
    payment = till.pay({"in_1": 5})
    report = till.run()
    heading, line = table(till.settlements().values())

    assert heading.split() == ["payment", "invoice", "linked", "state", "error"]
    assert line.split()[:5] == [payment, "in_1", "5", "EUR", "listed"]
    assert all(words in line for words in WORDS[Cause.PARTIAL])
    assert report.as_dict()["examples"] == {payment: in_words(Cause.PARTIAL)}


def test_what_nothing_explains_names_stripes_log(till):
    """Stripe refuses without a reason that shows: its id of the request is in the table."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.stripe.faults.add("status", status=400, method="POST", path="in_1/pay$")
    report = till.run()

    assert till.causes() == {payment: "refused"}
    assert "POST /v1/invoices/in_1/pay: 400" in report.examples[payment]
    assert till.run(retry="all").written == 1
