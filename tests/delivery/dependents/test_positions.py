"""Positions that Upflow lacks: one request finds out about each, however many customers have it."""

from datetime import timedelta

import pytest

from upflow_provider.delivery.dependents.positions import without_refused
from upflow_provider.records.contacts import ContactSource
from upflow_provider.records.mapped import Mapped
from upflow_provider.stripe_to_upflow.mapping.options import Options

SOURCES = (ContactSource("to", "To", "PAYER"), ContactSource("cc", "Cc", "CHEF"))


def customer(*positions):
    """Return a customer with contacts of these positions; ``None`` for none."""
    contacts = [
        {"externalId": f"c{number}", "email": "a@x.io", **({"position": each} if each else {})}
        for number, each in enumerate(positions)
    ]
    return Mapped({"externalId": "cus_1", "contacts": contacts}, "cus_1")


@pytest.mark.parametrize(
    ("positions", "refusal", "left"),
    [
        ([None, "A"], "400: contacts.1.position: does not exist", [None, None]),
        (["A", "A"], "position …", [None, None]),
        (["A", "B"], "contacts.1.position: does not exist", ["A", None]),
        (["A", "B"], "contacts[0].position", [None, "B"]),
        (["A", "B"], "position: does not exist", ["A", "B"]),
        (["A", "B"], "contacts.7.position: does not exist", ["A", "B"]),
        (["A"], "contacts.0.email: is invalid", ["A"]),
        ([None], "contacts.0.position", [None]),
    ],
)
def test_the_position_that_a_refusal_names(positions, refusal, left):
    """Of several, the place tells which; if it does not, each contact is tried by itself."""
    found = without_refused(customer(*positions), refusal)

    assert [each.get("position") for each in found.payload["contacts"]] == left
    assert (found == customer(*positions)) == (positions == left)


def test_many_customers_at_once(bridge):
    """Threads wait for the first; two positions are missing, so that there are two requests more than customers."""
    start = bridge.now()
    bridge.now = lambda: start
    bridge.upflow.store.organization.positions = set()
    bridge.options = Options(contact_sources=SOURCES, contacts_way="contacts")
    for number in range(20):
        metadata = {"to": f"a{number}@x.io", "cc": f"c{number}@x.io"}
        bridge.customer(f"cus_{number}", email=f"m{number}@x.io", metadata=metadata)
    report = bridge.sync("customers")
    first = len(bridge.writes())
    again = bridge.sync("customers")

    assert (report.created, report.noted, first) == (20, 20, 22)
    assert (again.unchanged, len(bridge.writes())) == (20, first)
    assert all(len(each["contacts"]) == 3 for each in bridge.upflow.store.customers.values())
    bridge.stripe.update_customer("cus_3", name="Birch")
    bridge.sync("customers")
    assert len(bridge.writes()) == first + 1
    assert "this position" in bridge.ledger.records("customers", ["cus_3"])["cus_3"].reason
    bridge.upflow.store.organization.positions = {"PAYER", "CHEF"}
    bridge.now = lambda: start + timedelta(days=1, minutes=1)
    assert (bridge.sync("customers").updated, bridge.sync("customers").unchanged) == (20, 20)
    assert not bridge.inventory().differs
