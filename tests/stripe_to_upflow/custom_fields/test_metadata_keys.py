"""`metadata: all` makes a field of each key that a dry run has named, up to a cap, and never another one."""

import logging

import pytest

from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields
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
    assert named[-1].endswith("makes fields of 'b', 'c'")
    assert (made.created, made.keys) == (["b (customers)", "c (customers)"], {"customers": ["'b'", "'c'"]})
    assert bridge.values("customers", "cus_1") == {"Tier": "Gold", "b": "1", "c": "2"}
    bridge.stripe.update_customer("cus_1", metadata={"a": "0", "d": "3", "tier": "Tin"})
    run(bridge, EVERY, TIER, dry_run=True)
    capped = run(bridge, EVERY, TIER)
    assert fields(bridge) == ["Tier", "a", "b", "c"]
    assert capped.problems == [
        "metadata of customers: max_fields leaves no room for 'd'; raise it, or declare the keys you need"
    ]
    assert bridge.values("customers", "cus_1") == {"Tier": "Tin", "a": "0", "b": None, "c": None}


@pytest.mark.parametrize(
    ("key", "shown"), [("order id", "'order id'"), ("a@example.com", "id-08cf10b9ab"), ("", "id-")]
)
def test_a_key_that_may_name_somebody_is_not_shown(key, shown):
    """An app may write an address as a key."""
    assert shown_key(key).startswith(shown[:3])
    assert "@" not in shown_key(key)
