"""Nothing is due, busy or failing for ever: what dead tasks, deletions and people leave behind comes to an end."""

import logging
import threading

import pytest

from tests.bridge import ALL
from upflow_provider.errors import RefusedError, RetriableError, UpflowSyncError
from upflow_provider.ledger import Outcome, Owner
from upflow_provider.records.page import Page
from upflow_provider.runs.progress import Progress
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

MANUAL = {
    "externalId": "manual",
    "currency": "EUR",
    "amount": 300,
    "validatedAt": "2026-03-02",
    "instrument": "CASH",
    "customer": {"externalId": "cus_1"},
    "linkedInvoices": [{"externalId": "in_2", "amountLinked": 300}],
}
"""What a person books by hand."""


def due_after(bridge, clock, runs, **pause):
    """Do some runs of the sync, and return how many records were due in each."""
    due = []
    for number in range(runs):
        clock.go_on(**pause)
        due.append(bridge.catch_up(f"later/{number}")[0].due)
    return due


def credited(bridge, clock):
    """Sync an invoice with a credit note, which is then voided."""
    bridge.invoice("in_2", created=int(clock.at.timestamp()))
    bridge.stripe.credits.credit("in_2", 400, note_id="cn_2")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/a")
    bridge.stripe.credits.void("cn_2")
    clock.go_on(minutes=5)


def test_a_customer_that_is_deleted_while_a_dead_task_has_it_is_skipped_once(bridge, clock):
    """Its claim has lapsed, and there is nothing to send: the next read ends it."""
    read_at, owner = bridge.ledger.clock.tick(), Owner("killed")
    bridge.ledger.claims.take("customers", "cus_1", read_at=read_at, owner=owner, customer="cus_1", content="x")
    bridge.stripe.delete_customer("cus_1")
    due = due_after(bridge, clock, 4, minutes=20)
    state = bridge.ledger.records("customers", ["cus_1"])["cus_1"]

    assert due[2:] == [0, 0]
    assert (state.claim_process, state.next_attempt_at) == (None, None)


def test_a_customer_whose_claim_was_given_back_and_that_is_gone_is_not_due_for_ever(bridge, clock):
    """Nothing is left to send, so that a look ends it."""
    bridge.stripe.update_customer("cus_1", name="New")
    bridge.upflow.faults.add("status", status=401, times=1)
    with pytest.raises(UpflowSyncError):
        bridge.sync("customers")
    bridge.upflow.faults.clear()
    bridge.stripe.delete_customer("cus_1")

    assert due_after(bridge, clock, 4, minutes=20)[1:] == [0, 0, 0]


def test_the_customer_of_an_old_read_that_is_gone_comes_from_the_invoice(bridge):
    """The sync has found out that it is gone after the invoice was read: nobody waits for it."""
    bridge.customer()
    bridge.invoice()
    bridge.stripe.delete_customer("cus_1")
    waiting = list(bridge.reader().pages(STREAMS["invoices"], ALL))
    gone = bridge.reader().read_again(STREAMS["customers"], "cus_1")
    now = bridge.ledger.clock.tick()
    bridge.stream_sync(STREAMS["customers"], owner="sync").run(
        [Page(list(gone), {}, now, now)], progress=Progress("customers", ALL)
    )
    report = bridge.sync("invoices", pages=waiting)

    assert (report.created, report.on_demand, bridge.sleeps) == (1, 1, [])


def test_an_answer_without_an_id_is_an_import_all_the_same(bridge):
    """The customer is there; its invoice does not wait for it."""
    bridge.customer()
    bridge.invoice()
    sync = bridge.stream_sync(STREAMS["invoices"])
    upflow = sync.deliverer._writer._links._upflow
    send = upflow.import_
    upflow.import_ = lambda *a, **k: {name: value for name, value in send(*a, **k).items() if name != "id"}
    report = sync.run(bridge.reader().pages(STREAMS["invoices"], ALL), progress=Progress("invoices", ALL))

    assert (report.created, bridge.sleeps) == (1, [])


def test_a_record_that_stays_in_flight_ends_the_task_at_last(bridge, caplog):
    """Whatever the reason, no task waits for ever; it says once what it waits for, and how long at most."""
    caplog.set_level(logging.INFO)
    bridge.customer()
    bridge.ledger.claims.take("customers", "cus_1", read_at=bridge.ledger.clock.tick(), owner=Owner("other"))
    with pytest.raises(RetriableError, match=r"customers: other tasks have 1 record in flight .*\(cus_1\)"):
        bridge.sync("customers")

    assert sum(bridge.sleeps) == 1_200
    assert [each for each in caplog.messages if "waiting" in each] == [
        "customers: from now on, waiting for 1 record that another task has in flight, for 20 minutes at most: cus_1"
    ]


def test_a_deletion_in_trouble_is_repeated_and_then_over(bridge, clock):
    """Upflow answers 503 to it for a whole run; later runs delete once more, and are done."""
    credited(bridge, clock)
    bridge.upflow.faults.add("status", status=503, method="DELETE", times=None)
    assert bridge.catch_up("sync/b")[1]["credit_notes"].rejected == 1
    bridge.upflow.faults.clear()

    assert due_after(bridge, clock, 6, minutes=10)[3:] == [0, 0, 0]
    assert list(bridge.client().list("credit_notes")) == []


def test_a_request_of_a_dead_task_that_arrives_after_the_removal_is_removed_again(bridge, clock):
    """The retry has deleted the voided credit note; then the import of the killed try arrives."""
    credited(bridge, clock)
    bridge.catch_up("sync/b")
    stream, dead = STREAMS["credit_notes"], Owner("task")
    [note] = bridge.reader().read_again(stream, "cn_2")
    payload = {**stream.to_upflow({**note, "status": "issued"}, bridge.options).payload}
    bridge.ledger.claims.take(
        stream.name, "cn_2", read_at=bridge.ledger.clock.tick(), owner=dead, customer="cus_1", content="c"
    )
    bridge.sync(stream.name, owner="task")
    bridge.client().import_(stream.collection, payload)

    assert due_after(bridge, clock, 6, minutes=10)[4:] == [0, 0]
    assert list(bridge.client().list("credit_notes")) == []


def differing(bridge, clock):
    """Let a person book a payment on an invoice by hand, and change the invoice in Stripe."""
    at = int(clock.at.timestamp())
    bridge.invoice("in_2", created=at)
    clock.go_on(minutes=5)
    bridge.catch_up("sync/a")
    bridge.client().import_("payments", MANUAL)
    bridge.stripe.update_invoice("in_2", due_date=at + 86_400 * 40)
    clock.go_on(minutes=5)


def test_an_invoice_that_never_closes_is_tried_less_and_less_often(bridge, clock):
    """After 5, 10, 20 minutes and so on, although each try imports it before its check rejects it."""
    differing(bridge, clock)
    failed = 0
    for number in range(40):
        clock.go_on(minutes=5)
        failed += any(report.rejected for report in bridge.catch_up(f"sync/{number}")[1].values())

    assert 3 <= failed <= 7


def test_what_a_killed_run_leaves_fails_the_next_run_that_reads_it(bridge, clock):
    """Its check never came; the invoice is unchanged for the next run, and still does not close."""
    differing(bridge, clock)
    run = bridge.incremental("sync/killed")
    run.open_window()
    for name, stream in STREAMS.items():
        bridge.stream_sync(stream, owner=f"killed/{name}", run="sync/killed").run(
            run.pages(stream), progress=Progress(name, ALL)
        )
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up("sync/next")

    assert reports["invoices"].unchanged >= 1
    assert reports["closing"].rejected == 1


def test_a_refusal_does_not_end_the_turn_that_another_thread_of_the_task_uses(bridge):
    """Each record ends its customer's turn when it is done, never while another one is being sent."""
    bridge.customer()
    for number in (1, 2):
        bridge.invoice(f"in_{number}")
    bridge.sync("customers")
    sync = bridge.stream_sync(STREAMS["invoices"], owner="mine")
    [page] = bridge.reader().pages(STREAMS["invoices"], ALL)
    refused, sent = sync._decide(page).deliveries
    importer, write = sync.deliverer, sync.deliverer._writer.write
    is_sending, is_refused, answers = threading.Event(), threading.Event(), []

    def slow_write(delivery, mapped):
        if delivery is refused:
            raise RefusedError("in_1: 400", 400)
        written = write(delivery, mapped)
        is_sending.set()
        is_refused.wait(5)
        set_aside.join(0.2)  # it waits for this thread's turn to end
        other = Owner("another task")
        now = bridge.ledger.clock.tick()
        answers.append(bridge.ledger.claims.take("invoices", "in_3", read_at=now, owner=other, customer="cus_1"))
        return written

    importer._writer.write = slow_write
    sending = threading.Thread(target=importer.deliver, args=(sent,))
    set_aside = threading.Thread(target=importer.deliver, args=(refused,))
    sending.start()
    is_sending.wait(5)
    set_aside.start()
    is_refused.set()
    sending.join()
    set_aside.join()

    assert [each.claim.name for each in answers] == ["BUSY"]
    assert bridge.ledger.records("invoices", ["in_1", "in_2"]).keys() == {"in_1", "in_2"}


def test_a_task_that_is_ended_gives_its_claims_back_and_sends_nothing_more(bridge):
    """Airflow lets it know before it kills it; nobody waits for its leases."""
    bridge.customer()
    importer = bridge.importer("mine")
    bridge.ledger.claims.take("customers", "cus_1", read_at=bridge.ledger.clock.tick(), owner=importer._owner)
    importer.stop()
    state = bridge.ledger.records("customers", ["cus_1"])["cus_1"]
    sync = bridge.stream_sync(STREAMS["customers"])
    sync.deliverer = importer
    with pytest.raises(RetriableError, match="is being stopped"):
        sync.run(bridge.reader().pages(STREAMS["customers"], ALL), progress=Progress("customers", ALL))

    assert (state.outcome, state.claim_process) == (Outcome.PENDING, None)
    assert bridge.writes() == []


def test_errors_of_the_ledger_do_not_hide_what_has_stopped_the_task(bridge, monkeypatch):
    """The database is gone when claims are given back; the task ends with its own error."""
    bridge.customer()

    def gone(*_, **__):
        raise RetriableError("the ledger's database cannot be reached")

    monkeypatch.setattr(bridge.ledger.claims, "give_back", gone)
    bridge.upflow.faults.add("status", status=401)
    with pytest.raises(UpflowSyncError, match="401"):
        bridge.sync("customers")
