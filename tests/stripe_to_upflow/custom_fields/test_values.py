"""Values of custom fields arrive, change, are cleared and are restored; nobody else's are touched."""

import pytest

from upflow_provider.ledger import Outcome
from upflow_provider.stripe_to_upflow.mapping.native_fields import native_fields

EVERY_NATIVE = [{"native": name, "field": name} for name in native_fields("customers")]


def by_hand(bridge, field_name, value, customer="cus_1"):
    """Let somebody set a value of a customer in Upflow."""
    field_id = next(key for key, each in bridge.upflow.store.custom_fields.items() if each["name"] == field_name)
    bridge.client().update_customer(f"external:{customer}", {"customFields": [{"id": field_id, "value": value}]})


def test_metadata_of_all_records_arrives_with_them_and_costs_no_request(bridge):
    """In one import for each record; a second load sends nothing."""
    bridge.upflow.behaviour.document_custom_fields = "kept"
    field = {"metadata": "order", "field": "Order", "type": "NUMBER"}
    report = bridge.declare(customers=[field], invoices=[field], payments=[field])
    bridge.customer(metadata={"order": "1"})
    bridge.invoice(status="paid", metadata={"order": "2.50"})
    (payment,) = bridge.stripe.store.payment_intents
    bridge.stripe.attachments.write_metadata("payment_intents", payment["id"], {"order": "3"})
    bridge.upflow.requests.clear()
    first = bridge.sync_all()
    writes = bridge.writes()
    second = bridge.sync_all()

    assert (report.created, report.problems) == (["Order (customers)", "Order (invoices)", "Order (payments)"], [])
    assert bridge.values("customers", "cus_1") == {"Order": 1}
    assert bridge.values("invoices", "in_1") == {"Order": 2.5}
    assert bridge.values("payments", payment["id"]) == {"Order": 3}
    assert writes == [("POST", f"/v1/{name}") for name in ("customers", "invoices", "payments")]
    assert not any(each.noted for each in first.values())
    assert (sum(each.writes for each in second.values()), bridge.writes()) == (0, writes)


def test_changes_arrive_and_what_people_set_elsewhere_stays(bridge, clock):
    """Each event brings its change; a removed key clears its field; a field that is not declared is never touched."""
    bridge.upflow.behaviour.document_custom_fields = "kept"
    bridge.client().create_custom_field({"name": "By hand", "entityType": "CUSTOMER", "dataType": "TEXT"})
    bridge.declare(customers=[{"metadata": "tier", "field": "Tier"}], invoices=[{"metadata": "po", "field": "PO"}])
    by_hand(bridge, "By hand", "mine")
    write = bridge.stripe.attachments.write_metadata
    write("customers", "cus_1", {"tier": "Gold", "other": "x"})
    write("invoices", "in_1", {"po": "4711"})
    clock.go_on(minutes=10)
    bridge.catch_up("sync/1")
    arrived = bridge.values("customers", "cus_1"), bridge.values("invoices", "in_1")
    write("customers", "cus_1", {"tier": ""})
    clock.go_on(minutes=10)
    bridge.catch_up("sync/2")

    assert arrived == ({"By hand": "mine", "Tier": "Gold"}, {"PO": "4711"})
    assert bridge.values("customers", "cus_1") == {"By hand": "mine", "Tier": None}
    by_hand(bridge, "Tier", "Tin")
    by_hand(bridge, "By hand", "still mine")
    clock.go_on(minutes=10)
    assert bridge.inventory().counts["changed"] == 1
    clock.go_on(minutes=10)
    bridge.catch_up("sync/3")
    assert bridge.values("customers", "cus_1") == {"By hand": "still mine", "Tier": None}
    assert bridge.inventory().differs is False


def test_native_fields_arrive_and_follow_the_events_of_what_they_show(bridge, clock):
    """A subscription, a discount or a renewed card changes no customer; their events bring the new value."""
    stripe, attachments = bridge.stripe, bridge.stripe.attachments
    bridge.declare(customers=EVERY_NATIVE)
    stripe.update_customer("cus_1", email="a@example.com", tax_exempt="reverse", tax={"location": {"country": "FR"}})
    method = attachments.pay_by("cus_1")
    attachments.add_source("cus_1", brand="MasterCard", last4="4444")
    pro = attachments.subscribe("cus_1", "Pro")
    stripe.create("coupons", {"id": "co_1", "name": "Spring sale", "percent_off": 20.0})
    clock.go_on(minutes=10)
    _, reports = bridge.catch_up("sync/1")

    assert (reports["customers"].updated, reports["customers"].noted) == (1, 0)
    assert bridge.values("customers", "cus_1") == {
        "Account email": "a@example.com",
        "Delinquent": "false",
        "Description": None,
        "Discount": None,
        "Default payment method": "Visa •••• 4242, 12/2028",
        "Sources": "Mastercard •••• 4444, 12/2028",
        "Subscriptions": "Pro (active)",
        "Tax location country": "FR",
        "Tax exempt": "reverse",
    }
    for number, (change, name, value) in enumerate(
        [
            (
                lambda: attachments.renew_card(method["id"], exp_year=2031),
                "Default payment method",
                "Visa •••• 4242, 12/2031",
            ),
            (lambda: attachments.discount("cus_1", "co_1"), "Discount", "Spring sale: 20 %"),
            (lambda: attachments.cancel(pro["id"]), "Subscriptions", None),
            (lambda: attachments.discount("cus_1", None), "Discount", None),
        ]
    ):
        change()
        clock.go_on(minutes=10)
        bridge.catch_up(f"change/{number}")
        assert bridge.values("customers", "cus_1")[name] == value


def test_only_what_is_mapped_is_expanded(bridge):
    """Because it makes pages heavier, and may need permissions."""
    bridge.customer()
    bridge.sync("customers")
    plain = bridge.stripe.requests[-1].query
    bridge.declare(customers=[{"native": "Subscriptions", "field": "S"}, {"native": "Tax exempt", "field": "T"}])
    bridge.sync("customers")

    assert "subscriptions" not in plain
    assert "data.subscriptions" in bridge.stripe.requests[-1].query
    assert "data.tax&" not in f"{bridge.stripe.requests[-1].query}&"


@pytest.mark.parametrize("kind", ["NUMBER", "DATE", "BOOLEAN", "SELECT", "MULTI_SELECT"])
def test_a_value_that_does_not_fit_keeps_no_record_out(bridge, kind):
    """It is noted by field and rule with the record; Upflow keeps the value that it has, and gets no new option."""
    bridge.upflow.behaviour.custom_field_options = "objects"
    bridge.client().create_custom_field({"name": "F", "entityType": "CUSTOMER", "dataType": kind})
    (field,) = bridge.upflow.store.custom_fields.values()
    field["options"].append({"label": "One"})
    good = {"NUMBER": "5", "DATE": "2026-01-31", "BOOLEAN": "true"}.get(kind, "One")
    bridge.declare(customers=[{"metadata": "f", "field": "F", "type": kind}])
    bridge.customer(metadata={"f": good})
    bridge.sync("customers")
    before = bridge.values("customers", "cus_1")["F"]
    bridge.stripe.update_customer("cus_1", name="Birch", metadata={"f": "one"})
    report = bridge.sync("customers")
    known = bridge.ledger.records("customers", ["cus_1"])["cus_1"]

    assert before is not None
    assert (report.updated, report.rejected, report.noted) == (1, 0, 1)
    assert bridge.values("customers", "cus_1")["F"] == before
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"
    assert known.outcome is Outcome.IMPORTED
    assert "cus_1: custom field 'F' is left out, because its value " in known.reason
    assert ("Upflow has 'One'" in known.reason) == (kind in {"SELECT", "MULTI_SELECT"})
    assert field["options"] == [{"label": "One"}]
    assert bridge.inventory().differs is False
    assert bridge.sync("customers").unchanged == 1


def test_new_labels_make_options_only_if_that_is_allowed(bridge):
    """With the setting, Upflow makes an option of each, and its options need not be in sight."""
    bridge.declare(customers=[{"metadata": "f", "field": "F", "type": "SELECT", "allow_new_options": True}])
    bridge.customer(metadata={"f": "Gold"})
    bridge.sync("customers")

    assert bridge.values("customers", "cus_1") == {"F": {"label": "Gold"}}
    assert [each["options"] for each in bridge.upflow.store.custom_fields.values()] == [[{"label": "Gold"}]]
