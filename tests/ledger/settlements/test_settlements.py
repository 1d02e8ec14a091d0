"""The ledger's settlements, on both databases: Upflow's list fills them, and each step is written down by one task."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from upflow_provider.errors import RecordBusyError
from upflow_provider.ledger import Ledger, ListedRecord, Settlement

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LISTED = Settlement("p1", "in_1", "portal", "instrument", 500, "EUR", "CARD", "2026-03-01", gateway_id="pi_1")


@pytest.fixture
def ledger(database_url):
    """Return a ledger whose clock stands still."""
    engine = sa.create_engine(database_url)
    yield Ledger(engine, "default", now=lambda: NOON)
    engine.dispose()


def test_a_list_changes_what_is_linked_and_little_else(ledger):
    """Before the first request, all that Upflow shows; afterwards, amount and kind only. What changed is due."""
    settlements = ledger.settlements
    other = replace(LISTED, payment_id="p2", invoice_id="in_2", gateway_id=None)
    settlements.observe([LISTED, other])
    settlements.observe([replace(LISTED, kind="manual", paid_on="2026-03-02")])
    (first, _) = settlements.all()
    done = settlements.save(first, state="written", amount=500, method="record", record_id="pr_1", is_done=True)
    settlements.observe([replace(LISTED, kind="manual", paid_on="2026-03-09", gateway_id=None)])
    unchanged = settlements.all(is_done=True)
    settlements.observe([replace(LISTED, kind="csv", linked=200)])

    assert (first.kind, first.paid_on) == ("manual", "2026-03-02")
    assert unchanged == [done]
    assert settlements.all()[0] == replace(done, kind="csv", linked=200, is_done=False)
    assert settlements.all(is_done=False) == settlements.all()


def test_settlements_are_found_by_invoice_and_by_payment(ledger):
    """Of this organization only."""
    settlements = ledger.settlements
    settlements.observe([LISTED, replace(LISTED, payment_id="p2", gateway_id=None)])
    settlements.save(settlements.all()[1], record_id="pr_2")
    Ledger(ledger._engine, "other").settlements.observe([replace(LISTED, gateway_id="pi_3")])
    ledger.inventory.adopt("payments", [ListedRecord("pi_7", "p7", None)])

    assert [each.payment_id for each in settlements.of_invoices(["in_1", "in_9"])["in_1"]] == ["p1", "p2"]
    assert settlements.known_payments(["pi_1", "pr_2", "pi_3", "pr_9"]) == {"pi_1": {"in_1"}, "pr_2": {"in_1"}}
    assert settlements.imported(["p1", "p7"]) == {"p7"}
    assert settlements.imported(["pr_2", "pi_7"], by="external_id") == {"pi_7"}


def test_only_one_task_writes_a_step(ledger):
    """The other one, which has read the same state, leaves the payment alone."""
    ledger.settlements.observe([LISTED])
    (read,) = ledger.settlements.all()
    begun = ledger.settlements.save(read, state="begun", begun_at=NOON, method="out_of_band", amount=500)
    with pytest.raises(RecordBusyError, match="is being written by another task"):
        ledger.settlements.save(read, state="begun")

    assert ledger.settlements.all() == [begun]
