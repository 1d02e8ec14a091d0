"""The operators that compare the ledger with Upflow, and the error of those that meet a lost ledger."""

from datetime import timedelta

import pytest
from airflow.sdk.exceptions import AirflowFailException, DownstreamTasksSkipped

from tests.operators.test_stripe_to_upflow_sync import Run, _now
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.ledger import Outcome
from upflow_provider.operators.ledger import InventoryOperator, LedgerRebuildOperator
from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}


@pytest.fixture
def filled(connections, context, fake_stripe, fake_upflow):
    """Fill Stripe and Upflow with a customer and an invoice, and leave the ledger empty."""
    fake_stripe.create_customer(id="cus_1", name="Alder")
    fake_stripe.create_invoice("cus_1", 1200, id="in_1")
    fake_stripe.finalize_invoice("in_1")
    customer = {"externalId": "cus_1", "name": "Birch"}
    fake_upflow.store.put("customers", {**customer, "contacts": [], "customFields": []})
    return fake_upflow


def operators():
    """Return an operator of each kind that imports, or counts what an import would do."""
    yield StripeToUpflowOperator(task_id="task", stream="customers", **WINDOW)
    yield StripeToUpflowOperator(task_id="task", stream="invoices", is_dry_run=True, **WINDOW)
    yield OutstandingCheckOperator(task_id="task", **WINDOW)


def test_whatever_runs_first_asks_for_a_rebuild(filled, context):
    """A load, a dry run, a check and the sync fail without retries; after the rebuild they run."""
    for operator in operators():
        with pytest.raises(AirflowFailException, match=r"is empty, but Upflow has records.*upflow_ledger_rebuild"):
            operator.execute(context)
    run = Run(context)
    run.first()
    with pytest.raises(AirflowFailException, match="upflow_ledger_rebuild"):
        run.stream("customers")
    assert all(each.method == "GET" for each in filled.requests)

    report = LedgerRebuildOperator(task_id="rebuild", organization=Organization()).execute(context)
    assert report["listed"] == dict.fromkeys(STREAMS, 0) | {"customers": 1}
    assert report["adopted"] == 1
    for operator in operators():
        operator.execute(context)
    assert filled.answer("customers", "cus_1")["name"] == "Alder"


def test_after_a_rebuild_the_sync_begins_a_month_back(filled, context):
    """Even if it had set its watermark before the rebuild."""
    Run(context).first()
    LedgerRebuildOperator(task_id="rebuild", organization=Organization()).execute(context)

    assert UpflowHook().open_ledger("default").watermark() < _now() - timedelta(days=29)


def test_an_inventory_keeps_its_report(filled, context):
    """The rebuild's is the same, but gives way to live work; what is found is sent again by the sync."""
    inventory = InventoryOperator(task_id="inventory", organization=Organization())
    inventory.execute(context)
    filled.people.delete("customers", "cus_1")
    report = inventory.execute(context)
    ledger = UpflowHook().open_ledger("default")

    assert (report["deleted"], report["examples"]) == (1, {"deleted": {"cus_1": "customers"}})
    assert ledger.counts("customers") == {Outcome.PENDING: 1}
    assert ledger.reports("inventory")[0].counts == report
    assert (inventory.lane, LedgerRebuildOperator(task_id="x", organization=Organization()).lane) == ("live", "history")


def test_the_sync_takes_an_inventory_once_a_day(connections, context, fake_stripe):
    """In the runs that list open records; all others leave it out."""
    ledger = UpflowHook().open_ledger("default")
    ledger.stamp_watermark(_now() - timedelta(days=2))

    def left_out(run_id, **first):
        run = Run(context, run_id, **first)
        run.changes >> InventoryOperator(task_id="inventory", organization=Organization())
        try:
            run.changes.execute(context)
        except DownstreamTasksSkipped as skipped:
            return "inventory" in skipped.tasks
        return False

    assert left_out("dry", is_dry_run=True)
    assert not left_out("first")
    ledger.changes.mark_done("stripe_to_upflow_backfill/first", "invoices", _now())
    ledger.changes.finish("stripe_to_upflow_backfill/first", _now())
    assert left_out("second")
