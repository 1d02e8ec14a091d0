"""Customers whose ids their owner chose: an event says what kind of object it is about, not the id's beginning."""

import json
import logging

import pytest

from upflow_provider.ledger import Change
from upflow_provider.stripe_to_upflow.event_feed import event_changes

CHOSEN = (
    "user_4711",
    "9b2f7c1e-0d4a-4a55-8a53-3c6e4cfb8e11",
    "ann@example.com",
    "shop/7/ann",
    "Ann of Lyon",
    "100%2F",
    "in_fact",
)


@pytest.mark.parametrize("chosen", CHOSEN)
def test_a_customer_is_followed_whatever_its_id(bridge, clock, chosen):
    """Created, renamed, billed, left without its e-mail address and its tax id, and deleted: Upflow shows each."""
    bridge.options = type(bridge.options)(delete_empty_customers=True)
    number = iter(range(1, 9))

    def catch_up():
        clock.go_on(minutes=5)
        return bridge.catch_up(f"sync/{next(number)}")[1]

    bridge.stripe.create_customer(id=chosen, name="Ann", email="a@example.com", tax_ids=[("eu_vat", "FR1")])
    assert catch_up()["customers"].created == 1
    bridge.stripe.update_customer(chosen, name="Ann Elm", email=None, tax_ids=[])
    catch_up()
    shown = bridge.imported("customers", chosen)
    bridge.stripe.delete_customer(chosen)
    gone = catch_up()["customers"]

    assert gone.removed == 1
    assert (shown["name"], shown["contacts"], shown["vatNumber"]) == ("Ann Elm", [], "")
    assert chosen not in [each.get("externalId") for each in bridge.client().list("customers")]


def test_documents_find_a_customer_whatever_its_id(bridge):
    """An invoice brings its customer along, and closes."""
    for number, chosen in enumerate(CHOSEN):
        bridge.customer(chosen, metadata={"parent": "ann@example.com"} if number == 0 else {})
        bridge.invoice(f"in_{number}", chosen, status="paid")
    bridge.options = type(bridge.options)(parent_metadata_key="parent")
    reports = [bridge.sync(name) for name in ("invoices", "payments")]

    assert [report.created for report in reports] == [len(CHOSEN)] * 2
    assert [bridge.imported("invoices", f"in_{n}")["amountOutstanding"] for n in range(len(CHOSEN))] == [0] * 7
    assert bridge.imported("customers", CHOSEN[0])["parent"]["externalId"] == "ann@example.com"


def test_an_id_that_is_an_address_reaches_no_log_and_no_report(bridge, caplog):
    """Rejected, refused, without its parent or billed: messages show a short hash of it."""
    bridge.customer("ann@example.com", metadata={"parent": "bob@example.com"})
    bridge.invoice("in_1", "ann@example.com")
    bridge.options = type(bridge.options)(parent_metadata_key="parent")
    bridge.upflow.faults.add("status", method="POST", path="customers$", status=422, times=3)
    with caplog.at_level(logging.INFO):
        reports = bridge.sync_all()

    said = caplog.text + json.dumps([report.as_dict() for report in reports.values()])
    assert reports["customers"].rejected == 1
    assert "ann@" not in said
    assert "bob@" not in said


@pytest.mark.parametrize("chosen", [*CHOSEN, "cus_1"])
@pytest.mark.parametrize(
    ("kind", "of"),
    [
        ("customer.created", {"object": "customer", "id": ...}),
        ("customer.deleted", {"object": "customer", "id": ..., "deleted": True}),
        ("customer.discount.created", {"object": "discount", "id": "di_1", "customer": ...}),
        ("customer.source.deleted", {"object": "card", "id": "card_1", "customer": ...}),
        ("customer.tax_id.created", {"object": "tax_id", "id": "txi_1", "customer": ...}),
        ("customer.subscription.updated", {"object": "subscription", "id": "sub_1", "customer": {"id": ...}}),
        ("payment_method.attached", {"object": "payment_method", "id": "pm_1", "customer": ...}),
    ],
)
def test_the_type_of_an_events_object_says_what_it_is_about(chosen, kind, of):
    """A customer's own id, or the customer that another object names, expanded or not."""
    document = json.loads(json.dumps(of, default=lambda _: chosen))
    event = {"id": "evt_1", "type": kind, "created": 1, "data": {"object": document}}

    assert event_changes([event]) == [Change("customers", chosen)]


UNUSABLE = (" lead", "trail ", "a\tb")


@pytest.mark.parametrize("way", ["events", "list"])
def test_a_customer_whose_id_upflow_cannot_have_is_counted(bridge, clock, caplog, way):
    """With blanks around it or a control character; the sync names it by a hash, and all others arrive."""
    for name in (*UNUSABLE, "fine"):
        bridge.stripe.create_customer(id=name, name="Ann", created=int(clock.at.timestamp()))
    clock.go_on(minutes=6)
    report = bridge.catch_up("sync/1")[1]["customers"] if way == "events" else bridge.sync("customers")

    assert (report.created, report.rejected, report.handled) == (1, 3, report.read)
    assert "fine" in [each["externalId"] for each in bridge.upflow.store.customers.values()]
    if way == "events":
        assert len(report.examples) == 3
        assert all("begins or ends with a blank" in reason for reason in report.examples.values())
    assert "lead" not in caplog.text
