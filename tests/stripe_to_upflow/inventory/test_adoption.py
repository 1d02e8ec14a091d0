"""A lost ledger is written again from what Upflow lists, and costs next to nothing."""

import pytest

from tests.stripe_to_upflow.simulator.books import run
from upflow_provider.ledger import Ledger
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed
from upflow_provider.testing.upflow.records.document_types import DOCUMENTS

WITH_LINES = DOCUMENTS.keys() - {"invoices"}
SEED = Seed(seed=9, customers=40, invoices=110)


def shares(snapshot):
    """Return what is linked to what, and how much of it, whatever the groups are called."""
    return sorted(sorted(each) for each in snapshot["links"].values())


@pytest.fixture
def lost(bridge):
    """Load everything, then lose the ledger."""
    bridge.stripe.seed(SEED)
    bridge.sync_all()
    bridge.ledger = Ledger(bridge.ledger._engine, "empty")
    bridge.upflow.requests.clear()
    return bridge


def test_after_a_rebuild_only_what_cannot_be_told_is_sent_again(lost):
    """Invoices with balancing lines are sent once more; everything else is recognised by its content."""
    counts = lost.inventory().listed
    store = lost.upflow.store
    assert counts == {
        "customers": len(store.customers),
        "invoices": len(store.invoices),
        **{name: sum(":" not in each["externalId"] for each in store.table(name).values()) for name in WITH_LINES},
    }
    assert lost.writes() == []

    before = lost.upflow.snapshot()
    reports = lost.sync_all()
    customers, invoices = reports["customers"], reports["invoices"]
    with_lines = {
        each["externalId"].partition(":")[0]
        for name in WITH_LINES
        for each in store.table(name).values()
        if each["externalId"].startswith("in_")
    }
    void = sum(each["status"] == "void" for each in lost.stripe.store.invoices)
    assert (customers.created, customers.updated) == (0, 0)
    assert (invoices.created, invoices.updated) == (0, len(with_lines) + void)
    assert {name: report.created for name, report in reports.items()} == dict.fromkeys(STREAMS, 0)
    assert lost.close().synced.rejected == 0
    assert lost.upflow.snapshot() == before


def test_a_line_whose_cause_is_gone_is_removed_after_a_rebuild(bridge):
    """Which balancing documents belong to a record is told by their external ids."""
    bridge.customer()
    bridge.invoice(status="uncollectible")
    bridge.sync_all()
    bridge.ledger = Ledger(bridge.ledger._engine, "found again")
    bridge.inventory()
    bridge.stripe.pay_invoice("in_1")
    bridge.sync_all()

    assert [each["externalId"][:3] for each in bridge.upflow.store.payments.values()] == ["pi_"]
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0
    assert bridge.close().synced.rejected == 0


@pytest.mark.parametrize("links", ["inline", "reconcile"])
def test_what_changed_while_the_ledger_was_lost_is_made_good(bridge, links):
    """After a rebuild and one run Upflow is as if it had been loaded now for the first time."""
    bridge.links = links
    payments, credits_ = bridge.stripe.payments, bridge.stripe.credits
    bridge.customer()
    for number in range(1, 7):
        bridge.invoice(f"in_{number}")
    payments.pay({"in_1": 1200, "in_2": 300}, payment_id="pi_1")
    payments.pay({"in_3": 1200}, surplus=100, payment_id="pi_3")
    unnamed, failing = (credits_.refund("pi_1", amount) for amount in (200, 150))
    voided = credits_.credit("in_4", 500)
    credits_.credit("in_1", 400)
    bridge.stripe.mark_uncollectible("in_5")
    run(bridge)
    bridge.ledger = Ledger(bridge.ledger._engine, "found again")
    bridge.inventory()
    payments.unapply("pi_1", "in_2")
    credits_.update_refund(failing["id"], "failed")
    credits_.credit("in_1", 200, refund=unnamed, refunded=200)
    credits_.void(voided["id"])
    payments.pay({"in_5": 1200}, payment_id="pi_5")
    bridge.stripe.void_invoice("in_6")
    run(bridge)
    found = bridge.upflow.snapshot()
    bridge.upflow.reset()
    bridge.ledger = Ledger(bridge.ledger._engine, "clean")
    run(bridge)
    clean = bridge.upflow.snapshot()

    assert {name: found[name] for name in DOCUMENTS} == {name: clean[name] for name in DOCUMENTS}
    assert shares(found) == shares(clean)


def test_without_a_rebuild_everything_is_sent_again_and_nothing_changes(lost):
    """Losing the ledger costs time, never correctness."""
    before = lost.upflow.snapshot()
    invoices = lost.sync_all()["invoices"]

    assert invoices.created == len(lost.upflow.store.invoices)
    assert lost.upflow.snapshot() == before


def test_lists_that_tell_less_only_cost_time(lost):
    """Customers whose contacts are not listed are sent again; their hash cannot be told."""
    lost.upflow.behaviour.lists_with_contacts = False
    lost.inventory()
    customers = lost.sync("customers")

    assert customers.created == 0
    assert 0 < customers.updated <= customers.read


def test_a_rebuild_leaves_alone_what_the_ledger_knows(bridge):
    """It may run at any time."""
    bridge.customer()
    bridge.invoice()
    bridge.sync_all()
    known = bridge.ledger.records("invoices", ["in_1"])
    bridge.inventory()

    assert bridge.ledger.records("invoices", ["in_1"]) == known


def test_records_made_in_the_app_are_none_of_ours(bridge):
    """Without an external id there is nothing to adopt."""
    client = bridge.client()
    client.import_("customers", {"externalId": "cus_1", "name": "A"})
    record = next(iter(bridge.upflow.store.customers.values()))
    bridge.upflow.store.customers[record["id"]] = {**record, "externalId": None}

    assert bridge.inventory().listed == dict.fromkeys(STREAMS, 0)


@pytest.mark.parametrize(
    "behaviour",
    [
        {},
        {"void_import": "ignored"},
        {"void_import": "refused", "inline_links": "response_style"},
        {"inline_links": "ignored", "omitted_on_import": "reset"},
        {"lists_with_contacts": False, "largest_page": 7},
    ],
)
def test_what_was_just_sent_shows_no_difference(bridge, behaviour):
    """However Upflow behaves: an inventory that finds differences where there are none would send again every day."""
    bridge.upflow.configure({"behaviour": behaviour})
    bridge.stripe.seed(Seed(seed=3, customers=12, invoices=60))
    bridge.sync_all()
    bridge.close()
    bridge.upflow.requests.clear()

    assert not bridge.inventory().differs
    pages = {each.path for each in bridge.upflow.requests}
    assert pages == {f"/v1/{name}" for name in ("customers", *DOCUMENTS)}


def test_an_answer_without_a_usable_id_makes_no_difference(bridge):
    """The list shows the id that the answer to the import lacked; that is no reason to import the record again."""
    bridge.customer()
    bridge.upflow.behaviour.answered_fields = {"customers": {"id": "\ud83d"}}
    bridge.sync_all()

    assert not bridge.inventory().differs
    assert bridge.ledger.changes.due(["customers"], None) == []
