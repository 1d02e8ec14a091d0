"""Customers that a record needs: imported on demand, once, from wherever they are still known."""

import dataclasses
from datetime import UTC, datetime

import pytest

from upflow_provider.ledger import Outcome, Owner, RecordOutcome
from upflow_provider.stripe_to_upflow.mapping.options import Options


def test_a_customer_created_before_the_window_is_imported_on_demand(bridge):
    """The invoice brings its customer along, complete."""
    bridge.customer(name="Alder", email="a@example.com")
    bridge.invoice()
    report = bridge.sync("invoices")

    assert (report.created, report.on_demand) == (1, 1)
    assert bridge.imported("customers", "cus_1")["contacts"][0]["email"] == "a@example.com"


def test_a_customer_is_imported_once_for_many_invoices(bridge):
    """Whichever invoice comes first, the others find it there."""
    bridge.customer()
    for number in range(20):
        bridge.invoice(f"in_{number}")
    report = bridge.sync("invoices")

    assert (report.created, report.on_demand) == (20, 1)
    assert bridge.writes().count(("POST", "/v1/customers")) == 1


def test_a_customer_deleted_in_stripe_comes_from_its_invoice(bridge):
    """What the invoice recorded is used; the customer stream skips it."""
    bridge.customer(name="Alder", email="a@example.com", tax_ids=[("eu_vat", "FR123")])
    bridge.invoice()
    bridge.stripe.delete_customer("cus_1")
    reports = bridge.sync_all()
    customers, invoices = reports["customers"], reports["invoices"]

    assert (customers.read, invoices.created, invoices.on_demand) == (0, 1, 1)
    shown = bridge.imported("customers", "cus_1")
    assert (shown["name"], shown["vatNumber"]) == ("Alder", "FR123")


def test_an_account_without_a_customer_comes_from_its_invoice(bridge):
    """Accounts v2: the invoice names an account, and the account is the customer."""
    bridge.customer(name="Alder")
    bridge.invoice()
    bridge.stripe.update_invoice("in_1", customer=None, customer_account="acct_9")
    report = bridge.sync("invoices")

    assert report.on_demand == 1
    assert bridge.imported("customers", "acct_9")["name"] == "Alder"


def of_account(bridge, invoice_id, created, **fields):
    """Have an invoice of an account of Accounts v2, which only its invoices describe."""
    bridge.stripe.create_invoice("cus_1", 1200, id=invoice_id, created=created)
    bridge.stripe.finalize_invoice(invoice_id)
    bridge.stripe.update_invoice(invoice_id, customer=None, customer_account="acct_9", **fields)


@pytest.mark.parametrize("threads", [1, 4])
def test_the_newest_invoice_describes_an_account(bridge, clock, threads):
    """Whichever is read first: a backfill reads the newest first, a sync each as it changes."""
    bridge.threads, now = threads, int(clock.at.timestamp())
    of_account(bridge, "in_7", now - 500, customer_name="Alder", customer_email="a@example.com")
    of_account(bridge, "in_8", now - 400, customer_name="Birch", customer_email="b@example.com")
    bridge.sync("invoices")
    first = bridge.imported("customers", "acct_9")
    of_account(bridge, "in_9", now, customer_name="Cedar", customer_email="c@example.com")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    second = bridge.imported("customers", "acct_9")
    bridge.stripe.update_invoice("in_7", metadata={"x": "y"})
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up("sync/2")

    assert [each["name"] for each in (first, second)] == ["Birch", "Cedar"]
    assert [each["email"] for each in second["contacts"]] == ["c@example.com"]
    assert bridge.imported("customers", "acct_9")["name"] == "Cedar"
    assert reports["invoices"].on_demand == 0


def with_parents(bridge):
    """Let metadata name the parent."""
    return dataclasses.replace(bridge, options=Options(parent_metadata_key="parent"))


def test_parents_come_before_their_children(bridge):
    """A chain of three is imported from the top, each once."""
    bridge.customer("cus_3", metadata={"parent": "cus_2"})
    bridge.customer("cus_2", metadata={"parent": "cus_1"})
    bridge.customer("cus_1")
    with_parents(bridge).sync_all()

    assert len(bridge.writes()) == 3
    for child, parent in (("cus_3", "cus_2"), ("cus_2", "cus_1")):
        assert bridge.imported("customers", child)["parent"]["externalId"] == parent


def test_parents_in_a_circle_keep_nobody_out(bridge):
    """Nothing waits for ever: one of them comes without its parent, the ledger notes it, and it is due again."""
    bridge.customer("cus_1", metadata={"parent": "cus_2"})
    bridge.customer("cus_2", metadata={"parent": "cus_1"})
    bridge.threads = 1
    report = with_parents(bridge).sync("customers")

    known = bridge.ledger.records("customers", ["cus_1", "cus_2"]).values()
    assert (report.rejected, [each.outcome for each in known]) == (0, [Outcome.IMPORTED] * 2)
    assert [each.next_attempt_at is not None for each in known if each.reason] == [True]
    assert [each.next_attempt_at for each in known if not each.reason] == [None]


def test_a_parent_that_does_not_exist_keeps_its_child_not_out(bridge):
    """The child arrives without it, with all of its invoices; the ledger notes the field."""
    bridge.customer("cus_1", metadata={"parent": "cus_gone"})
    bridge.invoice()
    reports = with_parents(bridge).sync_all()

    known = bridge.ledger.records("customers", ["cus_1"])["cus_1"]
    assert (reports["customers"].created, reports["customers"].noted, reports["invoices"].created) == (1, 1, 1)
    assert known.reason == "cus_1: parent is left out, because Upflow cannot have what it refers to"
    assert (known.outcome, known.dependents) == (Outcome.IMPORTED, [])


def test_a_parent_that_comes_to_be_is_attached(bridge, clock):
    """A child without its parent is read and tried again after a day, although nothing of it has changed."""
    bridge.stripe.create_customer(id="cus_2", metadata={"parent": "cus_3"})
    clock.go_on(minutes=5)
    with_parents(bridge).catch_up("sync/1")
    bridge.stripe.create_customer(id="cus_3", name="Birch")
    clock.go_on(hours=25)
    with_parents(bridge).catch_up("sync/2")

    assert (bridge.imported("customers", "cus_2")["parent"] or {}).get("externalId") == "cus_3"
    known = bridge.ledger.records("customers", ["cus_2"])["cus_2"]
    assert (known.reason, known.next_attempt_at) == (None, None)


def test_an_invoice_never_stands_in_for_its_customers_parent(bridge):
    """The snapshot on an invoice is of its own customer: a parent that is gone is not made up."""
    bridge.customer("cus_1", metadata={"parent": "cus_gone"})
    bridge.invoice()
    report = with_parents(bridge).sync("invoices")

    assert (report.created, report.on_demand, report.rejected) == (1, 1, 0)
    assert bridge.imported("customers", "cus_1")["parent"] is None


def test_an_invoice_waits_for_its_customer_that_another_task_is_importing(bridge):
    """Nothing is sent before the customer is there; once it is, the invoice follows."""
    bridge.customer()
    bridge.invoice()
    late = datetime(2029, 1, 1, tzinfo=UTC)
    bridge.ledger.claims.take("customers", "cus_1", read_at=late, owner=Owner("other", "other"))

    def other_task_ends(_):
        made = bridge.client().import_("customers", {"externalId": "cus_1", "name": "Alder"})
        done = RecordOutcome("cus_1", Outcome.IMPORTED, late, payload_hash="1:x", upflow_id=made["id"])
        bridge.ledger.claims.record_outcomes("customers", [done], owner=Owner("other", "other"))

    bridge.sleeps = type("Sleeps", (), {"append": staticmethod(other_task_ends)})()
    report = bridge.sync("invoices")

    assert (report.created, report.rejected) == (1, 0)
    assert bridge.writes() == [("POST", "/v1/customers"), ("POST", "/v1/invoices")]


def test_a_payment_waits_until_its_write_off_is_gone_that_another_task_may_be_removing(bridge):
    """At no time is more linked than due, although the invoice was read before it turned out to be in flight."""
    bridge.customer()
    bridge.invoice(status="uncollectible")
    bridge.sync_all()
    bridge.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    other = Owner("other", "other")
    bridge.ledger.claims.take("invoices", "in_1", read_at=bridge.ledger.clock.tick(), owner=other)
    ends = {"append": staticmethod(lambda _: bridge.ledger.claims.give_back(other, may_arrive_late=False))}
    bridge.sleeps = type("Sleeps", (), ends)()
    bridge.upflow.requests.clear()
    report = bridge.sync("payments")

    assert (report.created, report.waiting, report.rejected) == (1, 0, 0)
    assert bridge.writes()[0] == ("DELETE", "/v1/payments/external:in_1%3Awriteoff")
    assert bridge.writes()[-1] == ("POST", "/v1/payments")


def test_a_payment_does_not_wait_for_the_second_request_about_its_invoice(bridge):
    """The first one of a dead task may still arrive, so that the invoice is sent again later; it is there already."""
    bridge.customer()
    bridge.invoice(status="uncollectible")
    bridge.sync_all()
    bridge.stripe.payments.pay({"in_1": 500}, payment_id="pi_1")
    dead = Owner("dead", "dead")
    bridge.ledger.claims.take("invoices", "in_1", read_at=bridge.ledger.clock.tick(), owner=dead)
    bridge.ledger.claims.give_back(dead, may_arrive_late=True)
    bridge.upflow.requests.clear()
    report = bridge.sync("payments")

    assert (report.created, bridge.sleeps) == (1, [])
    assert bridge.writes().count(("POST", "/v1/invoices")) == 1
    assert bridge.ledger.records("invoices", ["in_1"])["in_1"].payload_hash is None


def test_invoices_of_a_customer_that_upflow_refuses_are_rejected_after_one_try(bridge):
    """The customer is tried once, its invoices name it and its reason, and nobody else suffers."""
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=400, times=1)
    bridge.customer("cus_1")
    for number in range(5):
        bridge.invoice(f"in_{number}")
    bridge.threads = 1
    report = bridge.sync("invoices")

    assert (report.created, report.rejected) == (0, 5)
    assert bridge.writes() == [("POST", "/v1/customers")]
    assert bridge.ledger.records("customers", ["cus_1"])["cus_1"].outcome is Outcome.REJECTED


def test_what_was_rejected_is_tried_again_by_the_next_sync(bridge):
    """Once the cause is gone, everything arrives and the ledger shows no trace but history."""
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=400, times=1)
    bridge.customer("cus_1")
    bridge.invoice()
    bridge.sync("invoices")
    report = bridge.sync("invoices")

    assert (report.created, report.on_demand, report.rejected) == (1, 1, 0)
    assert bridge.ledger.records("invoices", ["in_1"])["in_1"].outcome is Outcome.IMPORTED
