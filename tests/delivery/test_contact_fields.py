"""Custom fields with addresses, from which Upflow makes the contacts of customers."""

from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields

TO, CC = "Additional emails to", "Additional emails cc"


@pytest.fixture
def declare(bridge):
    """Return a function that applies the settings of additional contacts, as the first task of a run does."""

    def apply(setting, **others):
        organization = Organization(additional_contacts=setting, **others)
        findings = bridge.ledger.findings
        declared = DeclaredFields(organization.declared_fields, findings)
        report = declared.complete(FieldDefinitions(bridge.client(), bridge.ledger, "run"), lambda *_: None)
        bridge.options = declared.options(organization.options, bridge.now())
        bridge.losses_per_day = organization.contacts.losses_per_day
        return report.created

    return apply


def shown(bridge, customer="cus_1"):
    """Return the addresses of a customer's contacts in Upflow, sorted, and the values of its fields by name."""
    emails = sorted(each["email"] for each in bridge.imported("customers", customer)["contacts"])
    return emails, bridge.values("customers", customer)


def test_upflow_makes_contacts_of_the_fields(bridge, declare):
    """One request for a customer, none for an unchanged one; contacts come and go with the addresses."""
    created = declare("fields")
    bridge.upflow.people.manage_contacts(TO, CC)
    metadata = {"additional_emails_to": "Ann <a@x.io>; b@x.io, nobody", "additional_emails_cc": "A@x.io\nm@x.io"}
    bridge.customer(email="m@x.io", metadata=metadata)
    bridge.upflow.requests.clear()
    bridge.sync("customers")
    bridge.sync("customers")
    first = shown(bridge)
    assert len(created) == 2
    assert bridge.writes() == [("POST", "/v1/customers")]
    assert first == (["a@x.io", "b@x.io", "m@x.io"], {TO: "a@x.io,b@x.io", CC: None})
    reason = bridge.ledger.records("customers", ["cus_1"])["cus_1"].reason
    assert reason == "cus_1: metadata.additional_emails_to: of 3 addresses, number 3 is left out: not an e-mail address"

    hand = bridge.upflow.add_app_contact("cus_1", email="hand@x.io")
    bridge.stripe.update_customer("cus_1", metadata={"additional_emails_to": "", "additional_emails_cc": "c@x.io"})
    bridge.sync("customers")
    assert shown(bridge) == (["c@x.io", "hand@x.io", "m@x.io"], {TO: None, CC: "c@x.io"})
    assert hand in bridge.upflow.store.find("customers", "external:cus_1")["contacts"]
    assert not bridge.inventory().differs


def test_a_value_does_not_shrink_for_many_customers(bridge, declare):
    """The fields keep their addresses, and everything else of the customers goes on."""
    declare({"losses_per_day": 1})
    bridge.upflow.people.manage_contacts(TO, CC)
    bridge.threads = 1
    names = [f"cus_{number}" for number in range(3)]
    for name in names:
        bridge.customer(name, email=f"{name}@x.io", metadata={"additional_emails_cc": f"c{name}@x.io"})
    bridge.sync("customers")
    for name in names:
        bridge.stripe.update_customer(name, name="Renamed", metadata={"additional_emails_cc": ""})
    report = bridge.sync("customers")

    assert (report.updated, report.noted, report.rejected) == (3, 2, 0)
    assert sorted(len(shown(bridge, name)[0]) for name in names) == [1, 2, 2]
    assert {bridge.imported("customers", name)["name"] for name in names} == {"Renamed"}
    reasons = [bridge.ledger.records("customers", [name])[name].reason for name in names]
    assert sum("additional_contacts.losses_per_day" in (each or "") for each in reasons) == 2
    declare({"losses_per_day": 9})
    bridge.sync("customers")
    assert [len(shown(bridge, name)[0]) for name in names] == [1, 1, 1]


def test_the_ways_can_be_changed(bridge, declare):
    """Nobody is a contact twice, and nothing counts as a loss."""
    declare({"way": "contacts", "losses_per_day": 0})
    bridge.customer(email="m@x.io", metadata={"additional_emails_to": "a@x.io, b@x.io"})
    bridge.sync("customers")
    created = shown(bridge)[0]
    declare({"way": "fields", "losses_per_day": 0})
    bridge.upflow.people.manage_contacts(TO, CC)
    bridge.sync("customers")
    as_fields = shown(bridge)[0]
    bridge.upflow.people.manage_contacts()
    declare({"way": "contacts", "losses_per_day": 0})
    bridge.sync("customers")

    assert created == as_fields == shown(bridge)[0] == ["a@x.io", "b@x.io", "m@x.io"]


def test_what_was_written_before_a_rebuild_counts(bridge, declare):
    """The ledger does not know what came along; the values in Upflow say it."""
    declare({"losses_per_day": 0})
    bridge.upflow.people.manage_contacts(TO, CC)
    bridge.customer(email="m@x.io", metadata={"additional_emails_to": "a@x.io"})
    bridge.sync("customers")
    bridge.ledger = type(bridge.ledger)(bridge.ledger._engine, "found again")
    bridge.inventory()
    declare({"losses_per_day": 0})
    bridge.stripe.update_customer("cus_1", metadata={"additional_emails_to": ""})
    bridge.sync("customers")
    bridge.sync("customers")

    assert shown(bridge) == (["a@x.io", "m@x.io"], {TO: "a@x.io", CC: None})


def test_what_people_had_in_a_field_counts_when_it_is_turned_on(bridge, declare):
    """The ledger knows the customers, and not what is in fields that were never written: Upflow says it, once."""
    bridge.threads = 1
    names = [f"cus_{number}" for number in range(4)]
    for name in names:
        bridge.customer(name, email=f"{name}@x.io")
    bridge.sync("customers")
    for field in (TO, CC):
        bridge.client().create_custom_field({"name": field, "entityType": "CUSTOMER", "dataType": "TEXT"})
    bridge.upflow.people.manage_contacts(TO, CC)
    field_id = next(key for key, each in bridge.upflow.store.custom_fields.items() if each["name"] == TO)
    for name in names:
        value = {"id": field_id, "value": f"accounting-{name}@x.io"}
        bridge.client().update_customer(f"external:{name}", {"customFields": [value]})
    declare({"losses_per_day": 1})
    report = bridge.sync("customers")

    assert (report.updated, report.noted) == (4, 3)
    assert sorted(len(shown(bridge, name)[0]) for name in names) == [1, 2, 2, 2]
    declare({"losses_per_day": 9})
    bridge.now = lambda: datetime.now(UTC) + timedelta(days=2)
    bridge.sync("customers")
    bridge.upflow.requests.clear()
    bridge.stripe.update_customer("cus_1", name="Birch")
    bridge.sync("customers")
    assert [(each.method, each.path) for each in bridge.upflow.requests] == [("POST", "/v1/customers")]


def test_a_field_that_repeats_the_main_address_loses_nothing(bridge, declare):
    """It is one contact."""
    declare({"losses_per_day": 0})
    (field_id, *_) = bridge.upflow.store.custom_fields
    bridge.customer(email="m@x.io")
    bridge.sync("customers")
    bridge.client().update_customer("external:cus_1", {"customFields": [{"id": field_id, "value": "M@x.io"}]})
    bridge.ledger = type(bridge.ledger)(bridge.ledger._engine, "found again")
    bridge.inventory()
    declare({"losses_per_day": 0})
    bridge.sync("customers")

    assert shown(bridge)[1] == {TO: None, CC: None}
    assert bridge.ledger.records("customers", ["cus_1"])["cus_1"].reason is None
