"""Two tasks and one record: the last look counts, nothing overlaps, and nothing is sent twice."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from tests.bridge import ALL
from upflow_provider.errors import AuthenticationError
from upflow_provider.ledger import Outcome, Owner
from upflow_provider.records.contacts import ContactSource
from upflow_provider.runs.progress import Progress
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def pages_of(bridge, name):
    """Read all pages of a stream now, to be imported later."""
    return list(bridge.reader().pages(STREAMS[name], ALL))


def test_a_newer_read_that_changes_nothing_makes_an_older_one_stale(bridge):
    """A backfill reads B and waits; it becomes A again and the sync looks; the backfill's B must not be sent."""
    bridge.customer(name="A")
    bridge.sync("customers")
    bridge.stripe.update_customer("cus_1", name="B")
    waiting = pages_of(bridge, "customers")
    bridge.stripe.update_customer("cus_1", name="A")
    look = bridge.sync("customers", owner="sync")
    late = bridge.sync("customers", owner="backfill", pages=waiting)

    assert (look.unchanged, late.unchanged) == (1, 1)
    assert bridge.imported("customers", "cus_1")["name"] == "A"


def test_the_same_when_the_older_read_is_decided_on_before_the_look(bridge):
    """It waits in the queue of its task: the claim notices the look."""
    bridge.customer(name="A")
    bridge.sync("customers")
    bridge.stripe.update_customer("cus_1", name="B")
    waiting = pages_of(bridge, "customers")
    sync = bridge.stream_sync(STREAMS["customers"], owner="backfill")
    [delivery] = sync._decide(waiting[0]).deliveries
    bridge.stripe.update_customer("cus_1", name="A")
    bridge.sync("customers", owner="sync")
    report = sync.deliverer.deliver(delivery)

    assert report.unchanged == 1
    assert bridge.imported("customers", "cus_1")["name"] == "A"


def test_a_draft_that_is_looked_at_again_is_not_overwritten_by_an_older_read(bridge):
    """What is skipped for the second time leaves its trace as well."""
    bridge.customer()
    bridge.invoice(status="draft")
    bridge.sync_all()
    [page] = pages_of(bridge, "invoices")
    finalized = {**page.records[0], "status": "open", "number": "F-1", "effective_at": page.records[0]["created"]}
    older = replace(page, records=[finalized])
    bridge.sync("invoices", owner="sync")
    bridge.sync("invoices", owner="backfill", pages=[older])

    assert bridge.ledger.records("invoices", ["in_1"])["in_1"].outcome is Outcome.SKIPPED
    assert ("POST", "/v1/invoices") not in bridge.writes()


def test_a_deletion_whose_claim_has_lapsed_is_not_sent(bridge):
    """It waits for its slot; meanwhile the payment is applied again and imported; then its slot comes."""
    bridge.customer()
    bridge.invoice(status="open")
    bridge.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    bridge.sync_all()
    payment = "pi_1"
    owner = Owner("history", "history")
    early = bridge.ledger.clock.tick()
    bridge.ledger.claims.take("payments", payment, read_at=early, owner=owner, customer="cus_1")
    start = bridge.now()
    bridge.now = lambda: start + timedelta(seconds=601)
    bridge.sync("payments", owner="sync")
    late = bridge.ledger.claims.take("payments", payment, read_at=early, owner=owner, customer="cus_1")

    assert late.claim.name == "STALE"
    assert bridge.imported("payments", payment)["externalId"] == payment


def test_every_request_renews_its_claim(bridge):
    """Imports, deletions, contacts and parents: right before each of them the ledger is asked."""
    bridge.options = Options(contact_sources=(ContactSource("cc", "Cc"),), contacts_way="contacts")
    bridge.customer(email="a@example.com", metadata={"cc": "b@example.com"})
    bridge.invoice(status="uncollectible")
    bridge.sync_all()
    takes, sent = [], []
    take, request = bridge.ledger.claims.take, requests.Session.request

    def counted_take(*args, **options):
        takes.append(len(bridge.upflow.requests))
        return take(*args, **options)

    def counted_request(session, method, url, **options):
        if method != "GET" and "/v1/" in url and bridge.upflow.base_url in url:
            sent.append(len(bridge.upflow.requests) in takes)
        return request(session, method, url, **options)

    bridge.ledger.claims.take = counted_take
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "request", counted_request)
        bridge.stripe.update_customer("cus_1", email="c@example.com", metadata={"cc": "d@example.com"})
        bridge.stripe.pay_invoice("in_1")
        bridge.sync_all()

    assert len(sent) >= 6
    assert all(sent)
    assert ("DELETE", "/v1/payments/external:in_1%3Awriteoff") in bridge.writes()


def test_a_task_that_ends_with_an_error_gives_its_claims_back(bridge):
    """The key is wrong for one run; the next one sends everything at once."""
    for number in range(5):
        bridge.customer(f"cus_{number}")
    bridge.upflow.faults.add("status", status=401, times=1_000)
    with pytest.raises(AuthenticationError):
        bridge.sync("customers", owner="first")
    bridge.upflow.faults.clear()
    bridge.sleeps.clear()
    report = bridge.sync("customers", owner="second")

    assert (report.created, bridge.sleeps) == (5, [])
    assert all(
        state.payload_hash and state.next_attempt_at is None
        for state in bridge.ledger.records("customers", [f"cus_{number}" for number in range(5)]).values()
    )


def test_two_runs_at_once_send_everything_once_and_never_overlap(bridge):
    """Both read the same history; no two requests for one customer are under way at a time."""
    for number in range(6):
        bridge.customer(f"cus_{number}")
        for invoice in range(4):
            bridge.invoice(f"in_{number}_{invoice}", customer=f"cus_{number}")
    bridge.upflow.faults.add("slow", method="POST", delay_s=0.005, times=1_000)
    bridge.sleeps = type("Sleeps", (), {"append": staticmethod(lambda _: None)})()
    failures = []

    def run(owner):
        try:
            for name in ("customers", "invoices"):
                bridge.stream_sync(STREAMS[name], owner=owner).run(
                    bridge.reader().pages(STREAMS[name], ALL), progress=Progress(name, ALL)
                )
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(owner,)) for owner in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert set(bridge.upflow.requests.peak_concurrency_per_customer().values()) == {1}
    assert len(bridge.writes()) == 6 + 24


def test_what_a_run_has_touched_fails_it_although_another_run_touches_it_later(bridge):
    """Somebody links 500 in Upflow; a run without a check imports a payment of the invoice before the check."""
    bridge.customer()
    bridge.invoice()
    bridge.sync_all()
    bridge.upflow.configure({"behaviour": {"over_linking": "accepted"}})
    somebodys = {"externalId": "cash", "currency": "EUR", "amount": 500, "validatedAt": "2026-01-20"}
    link = {"externalId": "in_1", "amountLinked": 500}
    customer = {"externalId": "cus_1"}
    bridge.client().import_(
        "payments", {**somebodys, "instrument": "UNKNOWN", "customer": customer, "linkedInvoices": [link]}
    )
    bridge.stripe.update_invoice("in_1", number="F-2")
    bridge.stream_sync(STREAMS["invoices"], owner="sync", run="sync").run(
        pages_of(bridge, "invoices"), progress=Progress("invoices", ALL)
    )
    bridge.stripe.payments.pay({"in_1": 400}, payment_id="pi_1")
    bridge.stream_sync(STREAMS["payments"], owner="other", run="payments only").run(
        pages_of(bridge, "payments"), progress=Progress("payments", ALL)
    )
    bridge.ledger.balances.hand_over("payments only")
    report = bridge.close(run="sync")

    assert report.checked == 1
    assert report.synced.rejected == 1
    assert "Upflow shows 300 outstanding, Stripe says 800" in str(report.synced.as_dict())


def test_a_customer_that_somebody_deleted_comes_back_with_the_next_document(bridge):
    """Upflow refuses the document with a 404; it is not rejected for ever."""
    bridge.customer()
    bridge.invoice()
    bridge.sync_all()
    bridge.upflow.people.delete("customers", "cus_1")
    bridge.invoice("in_2")
    reports = bridge.sync_all()

    assert [report.rejected for report in reports.values()] == [0] * len(reports)
    assert bridge.imported("customers", "cus_1")["externalId"] == "cus_1"
    assert bridge.imported("invoices", "in_2")["amountOutstanding"] == 1200


def test_a_document_that_is_refused_for_another_reason_than_its_parents_is_rejected_once(bridge):
    """Upflow answers 404 whatever is tried: the parents are sent once more, not for each record again."""
    bridge.customer()
    for number in range(3):
        bridge.invoice(f"in_{number}")
    bridge.sync("customers")
    bridge.upflow.faults.add("status", method="POST", path="/invoices", status=404, times=1_000)
    report = bridge.sync("invoices")

    assert report.rejected == 3
    assert [path for _, path in bridge.writes()].count("/v1/customers") == 2
