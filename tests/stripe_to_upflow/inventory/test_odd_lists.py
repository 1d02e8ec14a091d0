"""Records of Upflow's lists that are odd: each is counted, and everything else is compared, closed and repaired."""

from itertools import product

import pytest

from tests.bridge import ALL
from tests.clients.upflow.odd_lists import VALUES, OddLists, outcome
from upflow_provider.ledger.inventory.inventory import Inventory
from upflow_provider.stripe_to_upflow.inventory.inventory import UpflowInventory
from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingCheck

PARTS = [VALUES[start::4] for start in range(4)]


def is_victim(record):
    """Return whether a record becomes odd: all but one invoice."""
    return record.get("externalId") != "in_1"


def take(bridge, lists):
    """Take an inventory of lists, and return the report."""
    return UpflowInventory(bridge.ledger, lists, bridge.source(), bridge.options).run()


def oddities(lists, values):
    """Yield each field with each value."""
    for field, value in product(lists.fields(), values):
        lists.field, lists.value = field, value
        yield f"{field}: {str(value)[:20]!a}"


@pytest.mark.parametrize("values", PARTS, ids=["a", "b", "c", "d"])
def test_an_odd_record_keeps_nobody_from_finding_what_was_deleted(world, monkeypatch, values):
    """Any field of all records but one may be anything: the invoice that somebody deleted is missed, and no other."""
    monkeypatch.setattr(Inventory, "adopt", lambda *_, **__: 0)
    monkeypatch.setattr(Inventory, "observe", lambda *_, **__: None)
    monkeypatch.setattr(Inventory, "repair", lambda _, __, repairs, **___: {each.external_id for each in repairs})
    lists = OddLists(world.bridge.client(), is_victim)
    lists.lists["invoices"] = [each for each in lists.lists["invoices"] if is_victim(each)]
    for what in oddities(lists, values):
        found = outcome(lambda: list(take(world.bridge, lists).examples["deleted"]))
        assert found == ["in_1"], what


@pytest.mark.parametrize("values", PARTS, ids=["a", "b", "c", "d"])
def test_an_odd_record_keeps_no_other_invoice_from_agreeing(world, values):
    """The check at the end of a run finds its amount in the same list."""
    bridge = world.bridge
    lists = OddLists(bridge.client(), is_victim)
    lists.lists["invoices"].sort(key=is_victim, reverse=True)  # the list is read to the end
    for number, what in enumerate(oddities(lists, values)):
        bridge.ledger.balances.observe({"in_1": None}, f"run/{number}")
        check = OutstandingCheck(
            reader=bridge.reader(),
            upflow=lists,
            ledger=bridge.ledger,
            importer=bridge.importer("me", run=f"run/{number}"),
            options=bridge.options,
            window=ALL,
            run=f"run/{number}",
            sleep=bridge.sleeps.append,
        )
        assert outcome(lambda: check.run().synced.rejected) == 0, what  # noqa: B023 - it is called here
        assert bridge.ledger.balances.differing(f"run/{number}") == {}, what


@pytest.mark.parametrize(
    ("collection", "victim", "field", "value"),
    [
        ("payments", "in_3:writeoff", "validatedAt", 1772409600),
        ("payments", "in_3:writeoff", "amount", 1e24),
        ("payments", "pi_2", "linkedInvoices", 1),
        ("invoices", "in_2", "externalId", ["in_2"]),
        ("invoices", "in_2", "issuedAt", True),
        ("invoices", "in_2", "id", None),
        ("customers", "cus_1", "id", [1]),
        ("customers", "cus_1", "id", "x" * 100_000),
    ],
)
def test_an_odd_record_is_named(world, collection, victim, field, value):
    """By its id; the report counts it once, and it is not sent again, deleted or adopted."""
    lists = OddLists(world.bridge.client(), lambda each: each.get("externalId") == victim)
    lists.field, lists.value = field, value
    known = {each["externalId"]: each["id"] for each in lists.lists[collection]}
    report = take(world.bridge, lists)

    assert not report.differs or field == "linkedInvoices"
    if field != "linkedInvoices":
        assert report.unreadable == 1
        assert list(report.unread) in ([victim], [known[victim]])
        assert f"1 that cannot be read ({next(iter(report.unread))})" in str(report)


def test_an_answer_without_an_id_concludes_nothing(world):
    """A list lacks a record, and the answer to the question for it is odd: it is neither deleted nor found."""
    lists = OddLists(world.bridge.client(), lambda each: each.get("externalId") == "in_2")
    lists.field, lists.value = "id", "absent"
    shown = lists.list
    lists.list = lambda name, **options: (each for each in shown(name, **options) if each.get("externalId") != "in_2")
    report = take(world.bridge, lists)

    assert not report.differs
    assert (report.unreadable, list(report.unread)) == (1, ["in_2"])
