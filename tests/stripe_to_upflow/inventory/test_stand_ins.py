"""Contacts of somebody else that have the address of one of ours: when they go, ours comes."""

from datetime import timedelta

import pytest

from upflow_provider.records.contacts import ContactSource
from upflow_provider.stripe_to_upflow.mapping.options import Options


@pytest.fixture
def other(bridge, clock):
    """Return the contact that somebody has made with the address of an additional contact, or of the main contact."""
    bridge.options = Options(contact_sources=(ContactSource("to", "To"),), contacts_way="contacts")

    def add(email, *, is_main):
        contact = bridge.upflow.add_app_contact("cus_1", email=email, isMain=is_main)
        fields = {"email": email} if is_main else {"email": "m@x.io", "metadata": {"to": email}}
        bridge.stripe.update_customer("cus_1", **fields)
        bridge.sync("customers")
        clock.go_on(minutes=10)
        return contact

    return add


def emails(bridge):
    """Return the addresses of the customer's contacts."""
    return sorted(each["email"] for each in bridge.imported("customers", "cus_1")["contacts"])


@pytest.mark.parametrize("is_main", [False, True])
@pytest.mark.parametrize("change", ["deleted", "readdressed", "main no longer"])
def test_the_inventory_sees_that_they_are_gone(bridge, clock, other, is_main, change):
    """Or have another address, or are the main contact no longer; the next sync brings ours."""
    contact = other("b@x.io", is_main=is_main)
    quiet = bridge.inventory()
    contacts = bridge.upflow.store.find("customers", "external:cus_1")["contacts"]
    [stored] = [each for each in contacts if each["id"] == contact["id"]]
    if change == "deleted":
        contacts.remove(stored)
    elif change == "readdressed":
        stored["email"] = "else@x.io"
    else:
        stored["isMain"] = False
    clock.go_on(minutes=10)
    found = bridge.inventory()
    clock.go_on(minutes=10)
    bridge.catch_up("sync/1")

    assert not quiet.differs
    is_needed = change != "main no longer" or is_main
    assert (found.counts["changed"], "b@x.io" in emails(bridge)) == (int(is_needed), True)
    ours = [each["email"] for each in bridge.imported("customers", "cus_1")["contacts"] if each["externalId"]]
    assert ("b@x.io" in ours) == is_needed
    clock.go_on(minutes=10)
    assert not bridge.inventory().differs


def test_a_backfill_tries_again_a_day_later(bridge, clock, other):
    """Without an inventory; a load right after another one sends nothing."""
    contact = other("b@x.io", is_main=False)
    at_once = bridge.sync("customers")
    contacts = bridge.upflow.store.find("customers", "external:cus_1")["contacts"]
    contacts[:] = [each for each in contacts if each["id"] != contact["id"]]
    clock.go_on(seconds=timedelta(days=1).total_seconds())
    later = bridge.sync("customers")

    assert (at_once.unchanged, later.updated, emails(bridge)) == (1, 1, ["b@x.io", "m@x.io"])
    assert bridge.ledger.records("customers", ["cus_1"])["cus_1"].reason is None
