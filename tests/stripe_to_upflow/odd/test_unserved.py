"""A vendor that fails for ever at one record: it is set aside, all others arrive, and it arrives when it can."""

import pytest

from tests.stripe_to_upflow.simulator.books import assert_books_agree
from upflow_provider.clients.retry import MAX_ATTEMPTS
from upflow_provider.errors import ForbiddenError, RetriableError, SharedLimitError, UnservedError
from upflow_provider.ledger import Outcome
from upflow_provider.testing.upflow.behaviour import FieldRefusal


@pytest.fixture
def changed(bridge, clock):
    """Have three new customers with an invoice each, which nobody has read yet; return the watermark."""
    at = int(clock.at.timestamp())
    for number in range(3):
        bridge.customer(f"cus_s{number}", created=at)
        bridge.invoice(f"in_s{number}", f"cus_s{number}", created=at)
    clock.go_on(minutes=6)
    return bridge.ledger.watermark()


def refuse(bridge, collection, external_id, status):
    """Let Upflow fail at one record for ever."""
    failing = FieldRefusal(collection=collection, field="externalId", values=f"^{external_id}$", status=status)
    bridge.upflow.behaviour.refused_fields = (failing,)


def recover(bridge):
    """Let both vendors serve everything again."""
    bridge.upflow.behaviour.refused_fields = ()
    bridge.upflow.faults.clear()
    bridge.stripe.faults.clear()


def assert_settled(bridge, clock, imports=None):
    """Check that everything arrives in some runs, with so many imports if that matters, and nothing is sent then."""
    for number in range(3):
        clock.go_on(minutes=40)
        bridge.catch_up(f"later/{number}")
    assert imports in {None, len(bridge.writes())}
    bridge.upflow.requests.clear()
    clock.go_on(minutes=20)
    bridge.catch_up("later/last")

    assert bridge.writes() == []
    assert {f"in_s{number}" for number in range(3)} <= {
        each["externalId"] for each in bridge.upflow.store.invoices.values()
    }
    assert_books_agree(bridge)


@pytest.mark.parametrize(
    ("collection", "external_id", "status"),
    [
        *(("customers", "cus_s0", status) for status in (500, 503, 408, 425, 403, 300)),
        *(("invoices", "in_s1", status) for status in (500, 403, 200, 302)),
    ],
)
def test_upflow_fails_at_one_record_for_ever(bridge, clock, changed, collection, external_id, status):
    """An error, a forbidden record, an answer that is no record, or a redirect: the others and the watermark go on."""
    refuse(bridge, collection, external_id, status)
    _, reports = bridge.catch_up("sync/1")
    state = bridge.ledger.records(collection, [external_id])[external_id]

    assert bridge.ledger.watermark() > changed
    assert (state.outcome, f"POST /{collection}: " in state.reason) == (Outcome.REJECTED, True)
    assert reports["invoices"].created == 2
    clock.go_on(minutes=20)
    bridge.catch_up("sync/2")
    recover(bridge)
    assert_settled(bridge, clock)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 200, "body": {"error": "x"}},
        {"status": 200, "body": []},
        {"status": 200, "body": 7},
        {"status": 200, "body": "null"},
        {"status": 200, "body": "nothing at all"},
        {"status": 204, "body": ""},
        {"status": 304, "body": ""},
        {"status": 503, "retry_after_s": 1},
    ],
    ids=str,
)
def test_answers_that_are_none_of_upflows(bridge, clock, changed, answer):
    """If all attempts of one record get such, it is set aside; if the first one gets it, the second one helps."""
    bridge.threads = 1
    bridge.upflow.faults.add("status", method="POST", path="customers$", times=1, **answer)
    bridge.upflow.faults.add("status", method="POST", path="invoices$", times=MAX_ATTEMPTS, **answer)
    _, reports = bridge.catch_up("sync/1")

    assert bridge.ledger.watermark() > changed
    assert (reports["customers"].created, reports["customers"].rejected) == (3, 0)
    assert (reports["invoices"].created, reports["invoices"].rejected) == (2, 1)
    assert_settled(bridge, clock)


@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "truncated"])
def test_a_request_that_may_arrive_late_is_sent_twice(bridge, clock, changed, fault):
    """Nobody knows when a request without an answer arrives: the next import is not the last."""
    bridge.threads = 1
    bridge.upflow.faults.add(fault, method="POST", path="invoices$", times=MAX_ATTEMPTS)
    bridge.catch_up("sync/1")
    bridge.upflow.requests.clear()
    assert_settled(bridge, clock, imports=2)


@pytest.mark.parametrize(
    "answer",
    [*({"status": status} for status in (500, 502, 503, 409, 429)), {"status": 200, "body": "<html>"}],
    ids=str,
)
def test_stripe_fails_at_one_record_for_ever(bridge, clock, changed, answer):
    """What cannot be read is set aside with its id; the others and the watermark go on."""
    bridge.stripe.faults.add("status", path="/invoices/in_s0$", times=None, **answer)
    bridge.stripe.faults.add("status", path="/customers/cus_s1$", times=None, **answer)
    _, reports = bridge.catch_up("sync/1")

    assert bridge.ledger.watermark() > changed
    assert (reports["customers"].created, reports["customers"].rejected) == (2, 1)
    assert (reports["invoices"].created, reports["invoices"].rejected) == (1, 2)  # one for want of its customer
    recover(bridge)
    assert_settled(bridge, clock)


def test_a_look_up_that_stripe_fails_at_for_ever(bridge, clock, changed):
    """What a refund needs is not to be had; other refunds are completed, in the sync and in a backfill."""
    for number in range(3):
        bridge.stripe.payments.pay({f"in_s{number}": 1200}, payment_id=f"pi_s{number}")
        bridge.stripe.credits.refund(f"pi_s{number}", 300)
    clock.go_on(minutes=6)
    parameters = {"payment[payment_intent]": "pi_s1"}
    bridge.stripe.faults.add("status", path="invoice_payments$", parameters=parameters, status=500, times=None)
    _, reports = bridge.catch_up("sync/1")

    assert (reports["refunds"].created, reports["refunds"].rejected) == (2, 1)
    assert bridge.sync("refunds").rejected == 1
    assert bridge.ledger.watermark() > changed
    recover(bridge)
    assert_settled(bridge, clock)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 500}, UnservedError),
        ({"status": 403}, ForbiddenError),
        ({"status": 429}, SharedLimitError),
        ({"status": 200, "body": {"ok": True}}, UnservedError),
    ],
    ids=str,
)
def test_an_outage_of_upflow_stops_the_task(bridge, clock, changed, answer, error):
    """It fails at everybody's records: few are set aside, the watermark stays, and everything arrives afterwards."""
    bridge.upflow.faults.add("status", method="POST", times=None, **answer)
    with pytest.raises(error):
        bridge.catch_up("sync/1")

    assert bridge.ledger.watermark() == changed
    assert bridge.ledger.counts("customers").get(Outcome.REJECTED, 0) <= 2
    recover(bridge)
    assert_settled(bridge, clock)


@pytest.mark.parametrize("answer", [{"status": 200, "body": {"ok": True}}, {"status": 302}], ids=str)
def test_a_server_that_is_not_upflow_says_what_to_check(bridge, changed, answer):
    """No import ever gets an answer of Upflow's: the host is wrong."""
    bridge.upflow.faults.add("status", method="POST", times=None, **answer)
    with pytest.raises(RetriableError, match="check the connection's host"):
        bridge.sync("customers")


def test_an_outage_of_stripe_stops_the_task(bridge, clock, changed):
    """Lists work, single reads do not: nobody reads a whole day's records only to set them aside."""
    bridge.stripe.faults.add("status", path="/customers/", status=500, times=None)
    with pytest.raises(UnservedError):
        bridge.catch_up("sync/1")

    assert bridge.ledger.watermark() == changed
    recover(bridge)
    assert_settled(bridge, clock)


def test_look_ups_that_fail_for_all_stop_the_task(bridge, clock, changed):
    """That the records themselves can be read does not count: each of them would be set aside."""
    for number in range(3):
        bridge.stripe.payments.pay({f"in_s{number}": 1200}, payment_id=f"pi_s{number}")
        bridge.stripe.credits.refund(f"pi_s{number}", 300)
    clock.go_on(minutes=6)
    bridge.stripe.faults.add("status", path="invoice_payments$", status=500, times=None)
    with pytest.raises(UnservedError):
        bridge.sync("refunds")
