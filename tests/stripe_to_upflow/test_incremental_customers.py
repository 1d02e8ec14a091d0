"""What changed of customers in Stripe: contacts, parents and deleted customers."""

import pytest


def contacts(bridge):
    """Return the e-mail addresses of the customer's contacts in Upflow."""
    return [each["email"] for each in bridge.imported("customers", "cus_1")["contacts"]]


def test_a_contact_goes_with_its_address(bridge, clock):
    """Those that people added in Upflow stay."""
    bridge.stripe.update_customer("cus_1", email="alder@example.com")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.client().create_contact("external:cus_1", {"email": "boss@example.com", "isMain": False})
    bridge.stripe.update_customer("cus_1", email=None)
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert contacts(bridge) == ["boss@example.com"]
    assert ("DELETE", "/v1/customers/external:cus_1/contacts/external:cus_1%3Aemail") in bridge.writes()


@pytest.mark.parametrize(("null_parent", "parent"), [("clears", None), ("refused", "cus_2")])
def test_a_parent_goes_with_its_metadata_key(bridge, clock, null_parent, parent):
    """If Upflow takes it off; otherwise the ledger notes what somebody has to do there."""
    bridge.upflow.behaviour.null_parent = null_parent
    bridge.options = type(bridge.options)(bridge.options.time_zone, "parent")
    bridge.stripe.create_customer(id="cus_2", name="Cedar")
    bridge.stripe.update_customer("cus_1", metadata={"parent": "cus_2"})
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    assert bridge.imported("customers", "cus_1")["parent"]["externalId"] == "cus_2"
    bridge.stripe.update_customer("cus_1", metadata={"parent": ""})
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up("sync/2")

    shown = bridge.imported("customers", "cus_1").get("parent")
    assert (shown or {}).get("externalId") == parent
    state = bridge.ledger.records("customers", ["cus_1"])["cus_1"]
    assert ("detach it there" in (state.reason or "")) == (parent is not None) == bool(reports["customers"].noted)


@pytest.mark.parametrize(
    ("setting", "with_invoice", "kept"), [(False, False, True), (True, False, False), (True, True, True)]
)
def test_a_deleted_customer_stays_unless_it_is_empty_and_nobody_wants_it(bridge, clock, setting, with_invoice, kept):
    """With documents it always stays; without, the setting decides."""
    bridge.options = type(bridge.options)(delete_empty_customers=setting)
    bridge.customer("cus_2", name="Cedar")
    if with_invoice:
        bridge.invoice("in_2", "cus_2")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.delete_customer("cus_2")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert (bridge.upflow.store.by_external_id("customers", "cus_2") is not None) == kept
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 1200


def test_a_deleted_customer_with_documents_from_elsewhere_stays(bridge, clock):
    """Upflow refuses to delete it, which is no error."""
    bridge.options = type(bridge.options)(delete_empty_customers=True)
    bridge.customer("cus_2", name="Cedar")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    payment = {"externalId": "theirs", "currency": "EUR", "amount": 100, "validatedAt": "2026-01-20"}
    bridge.client().import_("payments", {**payment, "customer": {"externalId": "cus_2"}})
    bridge.stripe.delete_customer("cus_2")
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up("sync/2")

    assert (reports["customers"].skipped, reports["customers"].rejected) == (1, 0)
    assert "Upflow keeps it" in bridge.ledger.records("customers", ["cus_2"])["cus_2"].reason
