"""What the ledger knows of records that an operator has deleted."""

import pytest

from tests.bridge import Bridge
from upflow_provider.ledger import ListedRecord, Outcome
from upflow_provider.operators.records import UpflowDeleteOperator


def delete(desk, collection, *external_ids, **options):
    """Delete records, and return the report."""
    return desk.run(UpflowDeleteOperator, collection=collection, external_ids=list(external_ids), **options)


@pytest.mark.parametrize("by_whom", ["the task", "a person", "an earlier try"])
def test_the_next_import_of_a_deleted_record_is_not_taken_for_unchanged(desk, fake_stripe, by_whom):
    """The ledger notes that Upflow lacks it, whoever has deleted it; it does not become due by itself."""
    fake_stripe.limits.enforced = False
    bridge = Bridge(fake_stripe, desk.upflow, desk.ledger)
    bridge.customer()
    bridge.invoice("in_1")
    bridge.invoice("in_2")
    bridge.sync_all()
    if by_whom == "a person":
        desk.upflow.people.delete("invoices", "in_1")
    if by_whom == "an earlier try":
        desk.api("DELETE", "/invoices/external:in_1")
    report = delete(desk, "invoices", "in_1")
    state = desk.ledger.records("invoices", ["in_1"])["in_1"]
    again = bridge.sync_all()["invoices"]

    assert report["removed"] + report["unchanged"] == 1
    assert (state.outcome, state.upflow_id, state.payload_hash) == (Outcome.REMOVED, None, None)
    assert (state.next_attempt_at, state.claim_process) == (None, None)
    assert (again.created, again.unchanged) == (1, 1)


def test_records_of_tables_are_noted_too(desk):
    """Those of the collection, of every source; a record of another collection with the same id stays as it is."""
    desk.api.invoice("7", "C-1")
    for stream in ("erp:invoices", "erp:customers", "shop:invoices"):
        desk.ledger.inventory.adopt(stream, [ListedRecord("7", "up_7", content="hash")])
    delete(desk, "invoices", "7")
    outcomes = {each: desk.ledger.records(each, ["7"])["7"].outcome.value for each in desk.ledger.streams()}

    assert outcomes == {"erp:invoices": "removed", "erp:customers": "imported", "shop:invoices": "removed"}


def test_a_negative_invoice_of_stripe_is_a_credit_note(desk, fake_stripe):
    """It is deleted, and noted, as such; an invoice of this id, which Upflow does not have, changes nothing."""
    desk.ledger.inventory.adopt("invoices", [ListedRecord("in_1", "up_1", content="hash")])
    amounts = {"grossAmount": 1200, "netAmount": 1000, "currency": "EUR", "customer": {"externalId": "C-1"}}
    desk.api.done("POST", "/credit_notes", {"externalId": "in_1", "customId": "1", **amounts})
    outcomes = []
    for collection in ("invoices", "credit_notes"):
        delete(desk, collection, "in_1")
        outcomes.append(desk.ledger.records("invoices", ["in_1"])["in_1"].outcome)

    assert outcomes == [Outcome.IMPORTED, Outcome.REMOVED]
    assert desk.external_ids("credit_notes") == set()


def test_a_dry_run_notes_nothing(desk, fake_stripe):
    """Neither of records that Upflow has, nor of those that it lacks."""
    fake_stripe.limits.enforced = False
    bridge = Bridge(fake_stripe, desk.upflow, desk.ledger)
    bridge.customer()
    bridge.invoice("in_1")
    bridge.sync_all()
    desk.upflow.people.delete("invoices", "in_1")
    delete(desk, "invoices", "in_1", is_dry_run=True)

    assert desk.ledger.records("invoices", ["in_1"])["in_1"].outcome is Outcome.IMPORTED
