"""`metadata: all` makes a field of each key that a dry run has named, up to a cap, and never another one."""

import logging

import pytest

from upflow_provider.ledger.findings import metadata_keys
from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields
from upflow_provider.stripe_to_upflow.custom_fields.every_key import (
    BEYOND_CAP,
    NAMED_TWICE,
    PERSONAL,
    UNCLEAN,
    UNFILLED,
)
from upflow_provider.stripe_to_upflow.custom_fields.metadata_keys import shown_key
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings

EVERY = {"metadata": "all", "max_fields": 3}
TIER = {"metadata": "tier", "field": "Tier"}


def run(bridge, *settings, dry_run=False):
    """Do the task for custom fields and that of the customers, as a run does; return the report of the first."""
    report = bridge.declare(customers=settings, dry_run=dry_run)
    declared = DeclaredFields(CustomFieldSettings(customers=settings), bridge.ledger.findings)
    keys = declared.metadata_keys("customers", is_dry_run=dry_run)
    bridge.sync("customers", dry_run=dry_run, watched=keys.watched, checkpoint=lambda *_: keys.keep())
    return report


def fields(bridge):
    """Return the names of the fields that Upflow has."""
    return sorted(each["name"] for each in bridge.upflow.store.custom_fields.values())


def test_a_key_becomes_a_field_after_a_dry_run_has_named_it(bridge, caplog):
    """Other runs note it once, with the remedy; the cap leaves those that are fields already."""
    bridge.customer(metadata={"b": "1", "c": "2", "tier": "Gold"})
    with caplog.at_level(logging.INFO):
        nothing = run(bridge, EVERY, TIER)
        run(bridge, EVERY, TIER)
        noted = [each.getMessage() for each in caplog.records if "without a field" in each.getMessage()]
        run(bridge, EVERY, TIER, dry_run=True)
        named = [each.getMessage() for each in caplog.records if "makes fields of" in each.getMessage()]
    made = run(bridge, EVERY, TIER)

    assert (nothing.created, nothing.keys) == (["Tier (customers)"], {"customers": []})
    assert len(noted) == 1
    assert noted[0].startswith("metadata of customers has keys without a field in Upflow: 'b', 'c'; do a dry run")
    assert named[-1].endswith("makes fields of these keys, or says why not: 'b', 'c'")
    assert (made.created, made.keys) == (["b (customers)", "c (customers)"], {"customers": ["'b'", "'c'"]})
    assert bridge.values("customers", "cus_1") == {"Tier": "Gold", "b": "1", "c": "2"}
    bridge.stripe.update_customer("cus_1", metadata={"a": "0", "d": "3", "tier": "Tin"})
    run(bridge, EVERY, TIER, dry_run=True)
    capped = run(bridge, EVERY, TIER)
    assert fields(bridge) == ["Tier", "a", "b", "c"]
    assert capped.problems == []
    assert capped.notes == [f"metadata of customers: no field is made of 'd': {BEYOND_CAP}"]
    assert bridge.values("customers", "cus_1") == {"Tier": "Tin", "a": "0", "b": None, "c": None}


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("order id", "'order id'"),
        ("Straße", "'Straße'"),
        ("line\nbreak", r"'line\nbreak'"),
        ("a@example.com", "id-f0b0d0f9e8"),
        ("k" * 41, "id-"),
        ("id-0123456789", "id-0123456789"),
    ],
)
def test_how_a_key_is_shown(key, shown):
    """As it is, because it becomes a field's name; but an app may write an address as a key."""
    assert shown_key(key)[:3] == shown[:3]
    assert shown_key(key) == shown or shown.startswith("id-")
    assert "@" not in shown_key(key)
    assert shown_key(shown_key(key)) == shown_key(key) or not shown.startswith("id-")


def test_keys_that_cannot_be_fields_are_named_and_leave_the_room_to_others(bridge, caplog):
    """In each run alike, without failing: nobody has declared them. None of them is created, or in the ledger."""
    for name, kind in (("Seats", "NUMBER"), ("Level", "TEXT")):
        bridge.client().create_custom_field({"name": name, "entityType": "CUSTOMER", "dataType": kind})
    keys = ("Seats", "level", "Tier", "a@b.example", " lead", "tab\tx", "Decl", "b", "B", "Straße", "secret", "zz")
    bridge.customer(metadata=dict.fromkeys((*keys, "declared"), "1"))
    every = {"metadata": "all", "max_fields": 3, "except": ["secret"]}
    declared = {"metadata": "declared", "field": "Decl"}
    with caplog.at_level(logging.INFO):
        run(bridge, every, declared, dry_run=True)
        reports = [run(bridge, every, declared) for _ in range(3)]

    assert reports[0].created == ["Decl (customers)", "B (customers)", "Straße (customers)", "Tier (customers)"]
    assert [(each.created, each.problems) for each in reports[1:]] == [([], [])] * 2
    reports[0].check()
    for report in reports:
        assert sorted(report.notes) == sorted(
            f"metadata of customers: no field is made of {keys}: {reason}"
            for keys, reason in (
                (r"' lead', 'tab\tx'", UNCLEAN),
                ("'Decl', 'b', 'level'", NAMED_TWICE),
                ("'Seats'", UNFILLED),
                (shown_key("a@b.example"), PERSONAL),
                ("'zz'", BEYOND_CAP),
            )
        )
    assert fields(bridge) == ["B", "Decl", "Level", "Seats", "Straße", "Tier"]
    assert bridge.values("customers", "cus_1") == dict.fromkeys(("B", "Decl", "Straße", "Tier"), "1")
    known = bridge.ledger.findings.get(metadata_keys("customers"))
    assert "a@b.example" not in f"{known}{caplog.text}"
    assert "secret" not in f"{known}{caplog.text}"


def test_a_key_whose_field_upflow_refuses_fails_nothing(bridge):
    """The note has the remedy; a field that is declared is a problem."""
    bridge.customer(metadata={"odd": "1", "good": "2"})
    refusal = {"collection": "custom_fields", "field": "name", "values": "odd"}
    bridge.upflow.configure({"behaviour": {"refused_fields": [refusal]}})
    run(bridge, EVERY, dry_run=True)
    report = run(bridge, EVERY)

    assert (report.created, report.problems) == (["good (customers)"], [])
    assert report.notes[0].startswith("custom field 'odd' of customers: Upflow refuses to create it")
