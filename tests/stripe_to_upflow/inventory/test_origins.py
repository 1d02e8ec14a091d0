"""Which of Upflow's records came from Stripe: the ledger and Stripe say it, never an id, and each is asked for once."""

import pytest

from tests.stripe_to_upflow.inventory.test_chosen_ids import CHOSEN, bill
from tests.stripe_to_upflow.inventory.test_rebuild import check, lose
from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Outcome, Owner, RecordOutcome
from upflow_provider.stripe_to_upflow.inventory import origins

IMPORTED = ("acme", "KD-10023", "in_shop", "cus_1x")
"""Customers that came into Upflow from elsewhere."""


def looked_up(bridge):
    """Return the customers that Stripe was asked for one by one."""
    paths = [each.path for each in bridge.stripe.requests]
    return [path for path in paths if path.startswith("/v1/customers/")]


def test_a_lost_ledger_is_noticed_by_customers_alone(bridge):
    """Their ids say nothing: Stripe has them."""
    for name in ("user_0", "in_house"):
        bridge.customer(name)
    bridge.sync("customers")
    lose(bridge)

    with pytest.raises(ConfigurationError, match="is empty, but Upflow has records of Stripe"):
        check(bridge)


def test_a_lost_ledger_is_noticed_by_customers_that_were_deleted_in_stripe(bridge):
    """They stay in Upflow, and Stripe's list lacks them."""
    bridge.customer("user_0")
    bridge.sync("customers")
    bridge.stripe.delete_customer("user_0")
    lose(bridge)

    with pytest.raises(ConfigurationError, match="is empty, but Upflow has records of Stripe"):
        check(bridge)


def test_customers_of_other_systems_are_no_lost_ledger(bridge):
    """Whatever their ids look like; what is known about that is kept."""
    bridge.customer("user_0")
    for name in IMPORTED:
        bridge.client().import_("customers", {"externalId": name, "name": "A"})
    check(bridge)
    bridge.stripe.requests.clear()
    check(bridge)

    assert len(bridge.stripe.requests) == 0


@pytest.mark.parametrize("list_from", [0, 100])
def test_a_rebuild_adopts_them_and_loses_no_change(bridge, clock, monkeypatch, list_from):
    """An e-mail address that was removed meanwhile is removed in Upflow; deleted customers are known, too."""
    monkeypatch.setattr(origins, "LIST_FROM", list_from)
    bill(bridge, CHOSEN)
    for name in IMPORTED:
        bridge.client().import_("customers", {"externalId": name, "name": "A"})
    bridge.sync_all()
    lose(bridge)
    bridge.stripe.update_customer("user_0", email=None)
    bridge.stripe.delete_customer("ann@example.com")
    report = bridge.inventory()
    clock.go_on(minutes=10)
    bridge.catch_up("sync/1")

    assert report.counts["adopted"] == 2 * len(CHOSEN) + 2
    assert set(bridge.ledger.records("customers", [*CHOSEN, *IMPORTED])) == set(CHOSEN)
    assert bridge.imported("customers", "user_0")["contacts"] == []
    assert not bridge.inventory().counts["adopted"]


def test_customers_of_other_systems_are_asked_for_once(world):
    """The ledger remembers that Stripe does not have them, whatever their ids look like."""
    for name in IMPORTED:
        world.bridge.client().import_("customers", {"externalId": name, "name": "A"})
    world.bridge.stripe.requests.clear()
    first = world.inventory()
    asked = looked_up(world.bridge)
    second = world.inventory()

    assert not first.differs
    assert not second.differs
    assert len(asked) == len(IMPORTED)
    assert looked_up(world.bridge) == asked
    assert world.bridge.ledger.records("customers", IMPORTED) == {}


def test_what_another_flow_has_imported_is_its_own(world):
    """A table's customers and documents are not Stripe's, although their ids look like it; Stripe is not asked."""
    bridge = world.bridge
    bridge.client().import_("customers", {"externalId": "cus_erp", "name": "A"})
    payment = {
        "externalId": "in_1:7",
        "currency": "EUR",
        "amount": 5,
        "validatedAt": "2026-03-02",
        "instrument": "CASH",
    }
    bridge.client().import_("payments", {**payment, "customer": {"externalId": "cus_1"}})
    imported(bridge, "erp:customers", "cus_erp")
    imported(bridge, "erp:payments", "in_1:7")
    bridge.stripe.requests.clear()
    report = world.inventory()
    world.sync()

    assert not report.differs
    assert looked_up(bridge) == []
    assert bridge.imported("payments", "in_1:7")["amount"] == 5


def imported(bridge, stream, external_id):
    """Note in the ledger that another flow has imported a record."""
    owner, read_at = Owner("erp", "erp"), bridge.ledger.clock.tick()
    bridge.ledger.claims.take(stream, external_id, read_at=read_at, owner=owner)
    outcome = RecordOutcome(external_id, Outcome.IMPORTED, read_at, payload_hash="1:x", upflow_id=external_id)
    bridge.ledger.claims.record_outcomes(stream, [outcome], owner=owner)


def test_look_ups_are_bounded(world, monkeypatch):
    """The report says how many wait for the next inventory, which goes on where this one stopped."""
    monkeypatch.setattr(origins, "LOOK_UPS_MAX", 3)
    for number in range(5):
        world.bridge.client().import_("customers", {"externalId": f"erp{number}", "name": "A"})
    world.bridge.stripe.requests.clear()
    first, second = world.inventory(), world.inventory()

    assert [first.unasked, second.unasked] == [2, 0]
    assert "2 customers that the next inventory looks up in Stripe" in str(first)
    assert len(looked_up(world.bridge)) == 5


def test_a_customer_that_stripe_refuses_to_look_up_is_not_concluded_upon(world):
    """It is neither adopted nor remembered as somebody else's."""
    world.bridge.client().import_("customers", {"externalId": "acme", "name": "A"})
    world.bridge.stripe.faults.add("status", path="/v1/customers/acme", status=400, times=1)
    first, second = world.inventory(), world.inventory()

    assert [first.unasked, second.unasked] == [1, 0]
