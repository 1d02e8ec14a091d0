"""What an inventory concludes, and what it leaves alone."""

from datetime import timedelta

import pytest

from tests.stripe_to_upflow.simulator.books import assert_books_agree
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.ledger import Claim, Owner
from upflow_provider.stripe_to_upflow.inventory import inventory as module
from upflow_provider.stripe_to_upflow.inventory.inventory import UpflowInventory
from upflow_provider.stripe_to_upflow.inventory.report import InventoryReport


def test_it_costs_a_list_of_each_collection(world):
    """500 records a page, and no further request as long as nothing is missing."""
    world.bridge.upflow.requests.clear()
    world.inventory()

    assert sorted(each.path.rpartition("/")[2] for each in world.bridge.upflow.requests) == sorted(
        ["customers", "invoices", "credit_notes", "payments", "refunds"]
    )


@pytest.mark.parametrize("collection", ["customers", "invoices", "credit_notes", "payments", "refunds"])
def test_nothing_is_concluded_from_a_list_that_fails(world, collection):
    """Records of lists that were read may be adopted; nothing counts as changed or deleted."""
    bridge = world.bridge
    bridge.upflow.behaviour.largest_page = 1
    world.people.delete("payments", "pi_2")
    world.people.edit("customers", "cus_1", name="Birch")
    on_later_pages = 0 if collection == "customers" else 1
    bridge.upflow.faults.add("status", path=f"/v1/{collection}", after=on_later_pages, times=None)
    with pytest.raises(RetriableError):
        world.inventory()
    bridge.upflow.faults.clear()

    assert bridge.ledger.changes.due(["customers", "payments", "invoices"], None) == []
    assert world.inventory().counts["deleted"] == 1


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_a_list_that_shifts_hides_nothing(world, size):
    """Somebody deletes a payment between two pages, so that another one is on neither: it is asked for and is there."""
    bridge = world.bridge
    bridge.upflow.behaviour.largest_page = size
    bridge.client().import_(
        "payments",
        {
            "externalId": "made by hand",
            "currency": "EUR",
            "amount": 1,
            "validatedAt": "2030-01-01",
            "customer": {"externalId": "cus_1"},
        },
    )

    def delete_first_payment():
        if bridge.upflow.requests[-1].path == "/v1/payments":
            bridge.upflow.on_page = None
            world.people.delete("payments", "made by hand")

    bridge.upflow.on_page = delete_first_payment
    bridge.upflow.requests.clear()
    assert not world.inventory().differs
    hidden = [each for each in bridge.upflow.requests if each.path.startswith("/v1/payments/")]
    assert bool(hidden) == (size < 500)


def test_so_much_that_is_missing_has_a_general_cause(world, monkeypatch):
    """The connection may lead to another organization: nothing is sent again, unless somebody asks for it."""
    monkeypatch.setattr(module, "REPAIRS_MIN", 2)
    monkeypatch.setattr(module, "REPAIRS_MAX", 3)
    bridge = world.bridge
    bridge.upflow.store.__init__(bridge.upflow.store.now)
    bridge.upflow.requests.clear()
    with pytest.raises(ConfigurationError, match=r"^more than 3 records .* do not exist there .*cus_1.*send_again"):
        world.inventory()
    assert len(bridge.upflow.requests) == 5 + 4 + 3  # lists, records that are absent, three of them in two collections
    assert bridge.ledger.changes.due(["customers", "invoices"], None) == []

    report = world.inventory(send_again=True)
    assert report.counts["deleted"] == 13
    world.sync()
    assert_books_agree(bridge)
    assert not world.inventory().differs


def test_so_much_that_differs_has_a_general_cause(world, monkeypatch):
    """Upflow may list names otherwise than they were sent: that is said, and nothing is sent again."""
    monkeypatch.setattr(module, "REPAIRS_MIN", 1)
    monkeypatch.setattr(module, "REPAIRS_MAX", 1)
    world.people.edit("customers", "cus_1", name="BIRCH")
    world.people.edit("invoices", "in_1", netAmount=1)
    report = world.inventory()

    assert (report.counts["left"], report.counts["changed"]) == (2, 0)
    assert "2 records differ from what was sent" in str(report)
    assert world.bridge.ledger.changes.due(["customers", "invoices"], None) == []
    assert world.inventory(send_again=True).counts["changed"] == 2


def test_what_cannot_be_put_right_is_sent_once_and_named(world):
    """Whoever changes it back every day, or lists it in another way, does not cost a write a day."""
    world.people.edit("customers", "cus_1", name="Birch")
    assert world.inventory().counts["changed"] == 1
    world.sync()
    world.people.edit("customers", "cus_1", name="Birch")
    writes = len(world.bridge.writes())
    for _ in range(2):
        report = world.inventory()
        assert (report.counts["changed"], list(report.examples["left"])) == (0, ["cus_1"])
        world.sync()
    assert len(world.bridge.writes()) == writes

    world.people.edit("customers", "cus_1", name="Cedar")
    assert world.inventory().counts["changed"] == 1


def test_what_a_task_has_in_flight_is_left_alone(world):
    """The task is about to record what Upflow has."""
    ledger = world.bridge.ledger
    world.people.delete("payments", "pi_2")
    world.people.edit("customers", "cus_1", name="Birch")
    for stream, record in (("payments", "pi_2"), ("customers", "cus_1")):
        assert (
            ledger.claims.take(stream, record, read_at=world.clock.now(), owner=Owner("other")).claim is Claim.GRANTED
        )
    world.go_on(minutes=1)
    world.bridge.inventory()
    assert ledger.changes.due(["customers", "payments"], world.clock.now()) == []
    world.go_on(hours=1)  # the task died: both are due, because nobody knows what Upflow has
    assert world.bridge.inventory().counts["deleted"] == 1
    due = ledger.changes.due(["customers", "payments"], world.clock.now())
    assert {each.record_id for each in due} == {"cus_1", "pi_2"}


def test_what_was_imported_while_the_lists_were_read_is_left_alone(world):
    """Lists are older than such an outcome, whatever they show."""
    bridge = world.bridge

    class Slow(UpflowClient):
        def list(self, collection, **filters):
            yield from super().list(collection, **filters)
            if collection == "customers":
                bridge.stripe.update_customer("cus_1", name="Cedar")
                world.sync()

    world.people.edit("customers", "cus_1", name="Birch")
    UpflowInventory(bridge.ledger, Slow(bridge.client()._http), bridge.source()).run()
    assert bridge.imported("customers", "cus_1")["name"] == "Cedar"
    assert bridge.ledger.changes.due(["customers"], None) == []


def test_a_host_whose_clock_is_wrong_concludes_nothing_else(world):
    """Lists and outcomes are compared by the ledger's clock, which all hosts share."""
    world.people.delete("payments", "pi_2")
    world.clock.at -= timedelta(hours=1)  # the ledger's clock stepped back: every outcome is later than the list
    assert not world.bridge.inventory().differs
    world.clock.at += timedelta(hours=2)
    assert world.bridge.inventory().counts["deleted"] == 1


def test_lists_that_show_less_make_nothing_differ(world):
    """It is not documented that lists contain contacts, links or instruments."""
    bridge = world.bridge
    bridge.upflow.behaviour.lists_with_contacts = False
    assert not world.inventory().differs


def test_a_hash_of_version_0_1_0_is_no_difference(world):
    """It covers payload and links in one digest, so that nothing can be compared; the next write renews it."""
    ledger = world.bridge.ledger
    with ledger._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE upflow_records SET payload_hash = '1:old' WHERE payload_hash LIKE '2:%'")
    assert not world.inventory().differs


def test_a_customer_that_upflow_lacks_is_forgotten_at_once(world):
    """An import that Upflow refuses for want of its customer need not wait for the inventory."""
    bridge = world.bridge
    world.people.delete("customers", "cus_1")
    world.go_on()
    assert bridge.ledger.inventory.forget("customers", ["cus_1", "cus_unknown"]) == {"cus_1"}
    assert not world.state("customers", "cus_1").is_imported
    bridge.stripe.update_invoice("in_1", description="new")
    bridge.invoice("in_9", created=int(world.clock.at.timestamp()))
    reports = world.sync()

    assert reports["customers"].created == 1
    assert bridge.imported("invoices", "in_9")["amountOutstanding"] == 1000  # 200 came from the balance


def test_a_report_says_what_was_found():
    """In words and as JSON: counts and ids only."""
    report = InventoryReport()
    assert str(report) == "0 records listed: as the ledger knows them"
    report.listed["customers"] = 3
    report.add(module.Difference.DELETED, "payments", ["pi_1", "pi_2"])
    assert str(report) == "3 records listed: 2 deleted in Upflow (pi_1, pi_2)"
    assert report.as_dict()["examples"] == {"deleted": {"pi_1": "payments", "pi_2": "payments"}}
