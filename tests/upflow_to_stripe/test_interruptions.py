"""Lost answers, failures that Stripe repeats, keys that have passed, and a ledger that was lost: still once."""

import pytest

from upflow_provider.errors import UnservedError
from upflow_provider.ledger import Ledger


def lose(till, path, times=100):
    """Let requests be done, and their answers be lost; not those that test a permission."""
    sent = {"outcome": "guaranteed"} if path == "report_payment" else {}
    return till.stripe.faults.add("reset_after", method="POST", path=path, parameters=sent, times=times)


def test_a_lost_answer_is_found_by_the_next_run(till):
    """Each request is repeated under its key, or not at all: one record, applied once."""
    till.sell("in_1", "in_2")
    whole, part = till.pay({"in_1": 1200}), till.pay({"in_2": 500})
    for path in ("in_1/pay$", "report_payment", "attach_payment"):
        lose(till, path)
    first = till.run()
    till.stripe.faults.clear()
    till.go_on(minutes=20)
    second = till.run()
    till.go_on(minutes=40)
    third = till.run()

    assert (first.causes, first.written) == ({"unserved": 2}, 0)
    assert second.written + third.written == 2
    assert (len(till.records()), till.causes(), whole != part) == (1, {}, True)
    till.assert_no_echo()
    assert (till.owed("in_1"), till.owed("in_2")) == ((0, 0), (700, 700))


@pytest.mark.parametrize("failure", ["before", "after"])
def test_a_failure_that_stripe_keeps_is_not_asked_for_again(till, failure):
    """The state of the invoice says whether it was done; if not, the request is repeated after a day."""
    till.sell("in_1")
    till.pay({"in_1": 1200})
    till.stripe.replays.failures = ["never", "never", failure]  # two requests test permissions
    report, soon = till.run(), till.run()
    till.go_on(days=1, minutes=1)
    later = till.run()

    assert (report.written, soon.written, later.written) == ((1, 0, 0) if failure == "after" else (0, 0, 1))
    assert till.invoice()["status"] == "paid"
    assert len(till.writes()) == (1 if failure == "after" else 2)


def test_a_report_whose_answer_never_came_is_listed_after_a_day(till):
    """A record may exist: it is not made again by itself, and is when somebody who has looked says so."""
    till.sell("in_1")
    payment = till.pay({"in_1": 500})
    lose(till, "report_payment")
    till.run()
    till.stripe.faults.clear()
    till.go_on(days=1, minutes=1)
    listed = till.run()
    everything = till.run(retry="all")
    made = len(till.records())
    named = till.run(retry=[payment])

    assert (till.causes(), listed.causes, everything.written, made) == ({}, {"half-done": 1}, 0, 1)
    assert (named.written, len(till.records())) == (1, 2)
    assert till.owed() == (700, 700)


def test_a_record_that_somebody_attaches_is_found(till):
    """What was listed as half-done is done, without another record."""
    till.sell("in_1")
    till.pay({"in_1": 500})
    lose(till, "report_payment")
    till.run()
    till.stripe.faults.clear()
    till.go_on(days=2)
    till.run()
    (record,) = till.records()
    till.stripe.outside.attach("in_1", "payment_records", record["id"])
    till.go_on(days=1)
    found = till.run()

    assert (found.written, till.causes(), len(till.records())) == (1, {}, 1)
    till.assert_no_echo()


@pytest.mark.parametrize("hours", [0, 25])
def test_a_ledger_that_was_lost_in_the_middle_writes_nothing_twice(till, hours):
    """It is rebuilt from Upflow's list and from what Stripe shows; an unfinished report is the same under its key."""
    till.sell("in_1", "in_2", "in_3")
    till.pay({"in_1": 1200})
    till.pay({"in_2": 500})
    till.run()
    till.pay({"in_3": 500})
    lose(till, "attach_payment")
    till.run()
    till.stripe.faults.clear()
    till.bridge.ledger = Ledger(till.bridge.ledger._engine, "new", now=lambda: till.at)
    till.go_on(hours=hours)
    till.bridge.inventory()
    till.run(dry_run=True)
    till.assert_no_echo()
    till.run()
    till.assert_no_echo()

    assert [till.owed(each) for each in ("in_1", "in_2", "in_3")] == [(0, 0), (700, 700), (700, 700)]
    assert len(till.records()) == 2


def test_less_remains_when_a_report_is_to_be_attached(till):
    """The record is left as it is, and listed: it would overpay the invoice."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1000})
    till.stripe.faults.add("reset_before", method="POST", path="attach_payment", times=100)
    till.run()
    till.stripe.faults.clear()
    till.stripe.pay_invoice("in_1", 400)
    till.go_on(minutes=30)
    till.run()

    assert till.causes() == {payment: "changed"}
    (settlement,) = till.settlements().values()
    assert till.records()[0]["id"] in settlement.error
    assert till.invoice()["amount_overpaid"] == 0


def test_what_was_written_of_a_payment_stays_so_if_the_rest_fails(till):
    """Of two invoices, the second one gets no answer: it alone is in error."""
    till.sell("in_1", "in_2")
    till.pay({"in_1": 1200, "in_2": 1200})
    till.stripe.faults.add("reset_before", method="POST", path="in_2/attach_payment", times=100)
    report = till.run()
    till.stripe.faults.clear()
    till.go_on(minutes=16)

    assert (report.written, report.causes) == (1, {"unserved": 1})
    assert (till.run().written, till.causes(), len(till.records())) == (1, {}, 2)


def test_an_outage_ends_the_run(till):
    """Stripe fails for one payment after another: the run ends, and the next one goes on."""
    till.sell(*(f"in_{number}" for number in range(5)))
    for number in range(5):
        till.pay({f"in_{number}": 1200})
    till.stripe.faults.add("reset_before", method="POST", path="in_[0-9]/pay$", times=1000)
    with pytest.raises(UnservedError):
        till.run()
    till.stripe.faults.clear()
    till.go_on(minutes=16)

    assert (till.run().written, till.causes()) == (5, {})


def test_a_payment_that_upflow_takes_back_in_the_middle_is_not_written(till):
    """It was begun, and no request arrived: nothing is written once none can arrive any more."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.stripe.faults.add("reset_before", method="POST", path="in_[0-9]/pay$", times=100)
    till.run()
    till.stripe.faults.clear()
    till.upflow.people.refund(payment)
    till.run()
    till.go_on(minutes=30)
    till.run()

    assert (till.invoice()["status"], till.causes()) == ("open", {})
    assert till.settlements()[payment, "in_1"].is_done
    till.assert_no_echo()
