"""Contacts of customers in Upflow: each as its source has it, and nobody else's touched."""

from datetime import timedelta

import pytest

from upflow_provider.records.contacts import ContactSource, contact_id
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.testing.upflow.behaviour import FieldRefusal

SOURCES = (ContactSource("to", "Additional emails to", "PAYER"), ContactSource("cc", "Additional emails cc"))
POST, PUT, DELETE = (
    (method, f"/v1/customers/external:cus_1/contacts{path}")
    for method, path in (("POST", ""), ("PUT", "/external:cus_1%3Aemail"), ("DELETE", "/external:cus_1%3Aemail"))
)


@pytest.fixture(autouse=True)
def additional(bridge):
    """Let the metadata of customers have addresses, of which contacts are made."""
    bridge.options = Options(contact_sources=SOURCES, contacts_way="contacts")


def emails(bridge, customer="cus_1"):
    """Return the addresses of a customer's contacts in Upflow, sorted."""
    return sorted(each["email"] for each in bridge.imported("customers", customer)["contacts"])


def positions(bridge):
    """Return the positions of the customer's contacts in Upflow, by address."""
    return {each["email"]: each["position"] for each in bridge.imported("customers", "cus_1")["contacts"]}


def state(bridge, customer="cus_1"):
    """Return what the ledger knows of a customer."""
    return bridge.ledger.records("customers", [customer])[customer]


def sync(bridge, **fields):
    """Change the customer in Stripe, sync, and return the writes and the report."""
    if fields:
        bridge.stripe.update_customer("cus_1", **fields)
    before = len(bridge.writes())
    report = bridge.sync("customers")
    return bridge.writes()[before:], report


@pytest.mark.parametrize("app_contacts", ["kept", "removed"])
def test_contacts_follow_their_source_and_others_stay(bridge, app_contacts):
    """One request on the first load, none on the second, then one for each contact that differs."""
    bridge.upflow.behaviour.app_contacts = app_contacts
    bridge.customer(email="m@x.io", metadata={"to": "a@x.io, b@x.io", "cc": "c@x.io"})
    first, _ = sync(bridge)
    second, _ = sync(bridge)
    assert (first, second) == ([("POST", "/v1/customers")], [])
    assert positions(bridge) == {"m@x.io": None, "a@x.io": "PAYER", "b@x.io": "PAYER", "c@x.io": None}

    bridge.upflow.add_app_contact("cus_1", email="hand@x.io")
    bridge.client().create_contact("external:cus_1", {"externalId": "crm-1", "email": "crm@x.io"})
    changed, _ = sync(bridge, email="n@x.io", metadata={"to": "b@x.io, d@x.io", "cc": ""})
    assert sorted(changed) == sorted(
        [
            ("POST", "/v1/customers"),
            *(
                ("DELETE", f"{POST[1]}/external:{contact_id('cus_1', each).replace(':', '%3A')}")
                for each in ("a@x.io", "c@x.io")
            ),
            PUT,
            POST,
        ]
    )
    assert emails(bridge) == ["b@x.io", "crm@x.io", "d@x.io", "hand@x.io", "n@x.io"]

    sync(bridge, email=None, metadata={"to": ""})
    assert emails(bridge) == ["crm@x.io", "hand@x.io"]


def test_what_people_add_to_our_contacts_stays(bridge):
    """A position that the settings do not give, and a phone number; the main contact stays the main one."""
    bridge.customer(email="m@x.io", metadata={"to": "a@x.io", "cc": "c@x.io"})
    sync(bridge)
    stored = bridge.upflow.store.find("customers", "external:cus_1")
    for each in stored["contacts"]:
        each.update({"position": "SALES", "phone": "+33"} if each["email"] != "a@x.io" else {})
    assert not bridge.inventory().differs
    for each in stored["contacts"]:
        each.update({"position": "SALES", "phone": "+33", "isMain": each["email"] == "c@x.io"})
    sync(bridge, name="Birch")

    assert positions(bridge) == {"m@x.io": "SALES", "a@x.io": "PAYER", "c@x.io": "SALES"}
    shown = bridge.imported("customers", "cus_1")["contacts"]
    assert ([each["email"] for each in shown if each["isMain"]], {each["phone"] for each in shown}) == (
        ["m@x.io"],
        {"+33"},
    )


def test_an_address_that_somebody_else_brought_makes_no_second_contact(bridge):
    """Nobody gets a letter twice; the note says so, and the next inventory finds nothing to repair."""
    bridge.customer(email="m@x.io")
    sync(bridge)
    bridge.upflow.add_app_contact("cus_1", email="A@x.io", lastName="Lee")
    sync(bridge, metadata={"cc": "a@x.io, b@x.io"})

    assert emails(bridge) == ["A@x.io", "b@x.io", "m@x.io"]
    assert "is left out, because somebody else's contact of the customer has the address" in state(bridge).reason
    assert not bridge.inventory().differs


def test_a_position_that_upflow_lacks(bridge):
    """The contact comes without it; only the first costs requests, and a day later it is tried again."""
    start = bridge.now()
    bridge.now = lambda: start
    bridge.upflow.store.organization.positions = {"SALES"}
    bridge.threads = 1
    for number in (1, 2, 3):
        bridge.customer(f"cus_{number}", email=f"m{number}@x.io", metadata={"to": f"a{number}@x.io"})
    writes, report = sync(bridge)

    assert (len(writes), report.noted, report.rejected) == (4, 3, 0)
    assert all(len(emails(bridge, f"cus_{number}")) == 2 for number in (1, 2, 3))
    assert "position is left out, because Upflow does not have this position" in state(bridge, "cus_3").reason
    assert state(bridge).next_attempt_at - start == timedelta(days=1)
    bridge.now = lambda: start + timedelta(hours=2)
    assert sync(bridge)[0] == []  # and it stays due
    assert state(bridge).next_attempt_at - start == timedelta(days=1)
    assert not bridge.inventory().differs
    bridge.upflow.store.organization.positions = {"PAYER"}
    bridge.now = lambda: start + timedelta(days=1, minutes=1)
    _, report = sync(bridge)
    assert (report.updated, report.noted, positions(bridge)) == (3, 0, {"m1@x.io": None, "a1@x.io": "PAYER"})


@pytest.mark.parametrize("known", [False, True])
def test_a_contact_that_upflow_refuses_costs_itself_only(bridge, known):
    """The customer and its other contacts arrive; names and fields are left out before the contact is."""
    refused = [("email", "^b@x.io$"), ("firstName", "^Bad$")]
    bridge.upflow.behaviour.refused_fields = tuple(
        FieldRefusal(collection=collection, field=f"{prefix}{field}", values=values)
        for field, values in refused
        for collection, prefix in (("customers", "contacts."), ("contacts", ""))
    )
    metadata = {"to": "a@x.io, b@x.io, Bad Name <c@x.io>"}
    bridge.customer(email="m@x.io", metadata={} if known else metadata)
    sync(bridge)
    _, report = sync(bridge, metadata=metadata)

    assert emails(bridge) == ["a@x.io", "c@x.io", "m@x.io"]
    assert report.rejected == 0
    for note in (f"contact {contact_id('cus_1', 'b@x.io')}: is left out", "firstName is left out, because Upflow"):
        assert note in state(bridge).reason
    assert f"contacts/{contact_id('cus_1', 'b@x.io')}" not in state(bridge).dependents
    assert "x.io" not in state(bridge).reason


def test_requests_about_contacts_that_upflow_does_not_serve(bridge):
    """The customer is imported, with its invoices; what it lacks is tried again after a day."""
    bridge.customer(email="m@x.io")
    bridge.invoice()
    bridge.sync_all()
    bridge.upflow.faults.add("status", path="/contacts", status=500, times=None)
    _, report = sync(bridge, name="Birch", metadata={"cc": "c@x.io"})
    bridge.upflow.faults.clear()

    assert (report.updated, report.rejected, bridge.imported("customers", "cus_1")["name"]) == (1, 0, "Birch")
    assert "contacts are not complete, because Upflow does not serve the request" in state(bridge).reason
    assert (state(bridge).payload_hash, state(bridge).next_attempt_at is None) == (None, False)
    sync(bridge)
    assert (emails(bridge), state(bridge).reason) == (["c@x.io", "m@x.io"], None)


def test_an_answer_without_contacts(bridge):
    """It is not documented that answers show them; they are listed instead."""
    bridge.upflow.behaviour.answered_fields = {"customers": {"contacts": None}}
    bridge.customer(email="m@x.io", metadata={"cc": "c@x.io"})
    sync(bridge)
    reads = [each.path for each in bridge.upflow.requests if each.method == "GET" and "/contacts" in each.path]
    sync(bridge, metadata={"cc": "d@x.io"})

    assert reads == []
    assert emails(bridge) == ["d@x.io", "m@x.io"]


def test_a_contact_that_is_deleted_by_hand_meanwhile(bridge):
    """It is created again, because the source has it."""
    bridge.customer(email="m@x.io", metadata={"cc": "c@x.io"})
    sync(bridge)
    shown = bridge.imported("customers", "cus_1")["contacts"]
    bridge.upflow.people.delete_contact("cus_1", contact_id("cus_1", "c@x.io"))
    bridge.upflow.behaviour.answered_fields = {"customers": {"contacts": [{**each, "isMain": False} for each in shown]}}
    sync(bridge, metadata={"cc": "Ann <c@x.io>"})

    assert emails(bridge) == ["c@x.io", "m@x.io"]


def test_many_customers_do_not_lose_contacts_at_once(bridge):
    """Somebody renames a metadata key; money goes on, and the setting is named. Raised, it lets them go a day later."""
    start = bridge.now()
    bridge.now = lambda: start
    bridge.losses_per_day, bridge.threads = 2, 1
    names = [f"cus_{number}" for number in range(5)]
    for name in names:
        bridge.customer(name, email=f"{name}@x.io", metadata={"cc": f"c{name}@x.io"})
        bridge.invoice(f"in_{name}", name)
    bridge.sync_all()
    for name in names:
        bridge.stripe.update_customer(name, name="Renamed", metadata={"cc": "", "emails": f"c{name}@x.io"})
        bridge.stripe.payments.pay({f"in_{name}": 1200})
    reports = bridge.sync_all()

    shown = [bridge.imported("customers", name) for name in names]
    assert sorted(len(each["contacts"]) for each in shown) == [1, 1, 2, 2, 2]
    assert {each["name"] for each in shown} == {"Renamed"}
    assert {bridge.imported("invoices", f"in_{name}")["amountOutstanding"] for name in names} == {0}
    assert reports["customers"].rejected == 0
    notes = [note for name in names if (note := state(bridge, name).reason)]
    assert len(notes) == 3
    assert all(
        "(2 may); if that is right, raise additional_contacts.losses_per_day" in note and "x.io" not in note
        for note in notes
    )
    bridge.losses_per_day = 5
    assert bridge.sync("customers").updated == 3
    assert [len(bridge.imported("customers", name)["contacts"]) for name in names] == [1] * 5


def test_the_guard_counts_although_the_ledger_was_rebuilt(bridge):
    """What came along before is then read from Upflow."""
    bridge.losses_per_day = 0
    bridge.customer(email="m@x.io", metadata={"cc": "c@x.io"})
    sync(bridge)
    bridge.ledger = type(bridge.ledger)(bridge.ledger._engine, "found again")
    bridge.inventory()
    sync(bridge, metadata={"cc": ""})
    sync(bridge)

    assert emails(bridge) == ["c@x.io", "m@x.io"]
