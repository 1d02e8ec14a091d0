"""A load from Stripe into Upflow: everything arrives, once, and nothing is sent for nothing."""

import itertools
from datetime import UTC, datetime

from upflow_provider.ledger import Outcome
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window
from upflow_provider.testing.seed.seed import Seed

SEED = Seed(seed=3, customers=40, invoices=110)
"""Two pages of invoices."""


def test_everything_finalized_arrives_with_its_amounts(bridge):
    """Counts and sums per currency are those of Stripe, drafts aside; deleted customers come from invoices."""
    bridge.stripe.seed(SEED)
    reports = bridge.sync_all()
    customers, invoices = reports["customers"], reports["invoices"]

    finalized = [each for each in bridge.stripe.store.invoices if each["status"] != "draft"]
    sums = {}
    for each in finalized:
        amount = each["total"] // 100 if each["currency"] == "isk" else each["total"]
        sums[each["currency"].upper()] = sums.get(each["currency"].upper(), 0) + amount
    arrived = {}
    for each in bridge.upflow.store.invoices.values():
        arrived[each["currency"]] = arrived.get(each["currency"], 0) + each["grossAmount"]
    assert arrived == sums
    assert invoices.created == len(finalized) == len(bridge.upflow.store.invoices)
    assert invoices.skipped == SEED.invoices - len(finalized)
    assert customers.created == len(bridge.stripe.store.customers)
    assert customers.rejected == invoices.rejected == 0
    assert invoices.handled == invoices.read == SEED.invoices


def test_a_first_load_takes_one_request_a_record(bridge):
    """No read from Upflow per record, and no write more than needed: one a record, and one a line."""
    bridge.stripe.seed(SEED)
    reports = bridge.sync_all().values()
    closing = bridge.close()

    assert len(bridge.upflow.requests) == sum(report.writes for report in reports)
    assert len(bridge.writes()) == len(bridge.upflow.requests)
    assert all(report.links == 0 for report in reports)
    assert closing.checked == 0


def test_the_same_load_again_sends_nothing(bridge):
    """Unchanged records cost no request to Upflow."""
    bridge.stripe.seed(SEED)
    bridge.sync_all()
    bridge.upflow.requests.clear()
    again = bridge.sync_all()

    assert len(bridge.upflow.requests) == 0
    assert {(report.created, report.updated, report.removed) for report in again.values()} == {(0, 0, 0)}
    assert again["invoices"].unchanged + again["invoices"].skipped == SEED.invoices


def test_only_what_changed_is_sent(bridge):
    """One renamed customer is one write."""
    bridge.stripe.seed(SEED)
    bridge.sync_all()
    bridge.upflow.requests.clear()
    changed = next(iter(bridge.stripe.store.customers))["id"]
    bridge.stripe.update_customer(changed, name="Renamed")
    report = bridge.sync("customers")

    assert (report.updated, bridge.writes()) == (1, [("POST", "/v1/customers")])
    assert bridge.imported("customers", changed)["name"] == "Renamed"


def test_only_the_window_is_read(bridge):
    """The start belongs to the window, the end does not."""
    first, last = (int(datetime(2026, month, 1, tzinfo=UTC).timestamp()) for month in (2, 3))
    for number, created in enumerate((first - 1, first, last - 1, last)):
        bridge.customer(f"cus_{number}", created=created)
    window = Window(datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    report = bridge.sync("customers", window=window)

    assert report.read == 2
    assert {each["externalId"] for each in bridge.upflow.store.customers.values()} == {"cus_1", "cus_2"}


def test_windows_in_any_order_end_in_the_same_store(bridge):
    """Backwards, forwards or twice: Upflow ends the same."""
    bridge.stripe.seed(SEED)
    firsts = [*(datetime(2026, month, 1, tzinfo=UTC) for month in range(6, 13)), datetime(2027, 1, 1, tzinfo=UTC)]
    months = [Window(start, end) for start, end in itertools.pairwise(firsts)]
    for window in [*reversed(months), months[2]]:
        bridge.sync_all(window=window)
    backwards = bridge.upflow.snapshot()
    bridge.upflow.reset()
    bridge.ledger = type(bridge.ledger)(bridge.ledger._engine, "another")
    bridge.sync_all()

    assert backwards == bridge.upflow.snapshot()


def test_requests_for_one_customer_never_overlap(bridge):
    """Whatever the threads do, a customer has one request in flight; several customers have several."""
    bridge.upflow.faults.latency_s = (0.001, 0.02)
    for number in range(6):
        bridge.customer(f"cus_{number}")
    for number in range(60):
        bridge.invoice(f"in_{number}", customer=f"cus_{number % 6}")
    bridge.sync("invoices")

    assert max(bridge.upflow.requests.peak_concurrency_per_customer().values()) == 1
    assert 2 <= bridge.upflow.requests.peak_concurrency() <= 4


def test_skipped_records_are_in_the_ledger_with_their_reason(bridge):
    """A draft is counted and can be found."""
    bridge.customer()
    bridge.invoice(status="draft")
    report = bridge.sync("invoices")

    assert report == SyncReport(read=1, skipped=1)
    known = bridge.ledger.records("invoices", ["in_1"])["in_1"]
    assert (known.outcome, known.reason) == (Outcome.SKIPPED, "draft")


def test_a_draft_arrives_once_it_is_finalized(bridge):
    """Being skipped is not for ever."""
    bridge.customer()
    bridge.invoice(status="draft")
    bridge.sync("invoices")
    bridge.stripe.finalize_invoice("in_1")
    report = bridge.sync("invoices")

    assert (report.created, report.on_demand) == (1, 1)
    assert bridge.imported("invoices", "in_1")["grossAmount"] == 1200
