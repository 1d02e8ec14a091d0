"""Definitions of custom fields: what is missing is created once, and every problem is said together."""

import pytest

from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions, known_definitions
from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.ledger.findings import CREATED_FIELDS
from upflow_provider.records.custom_fields import CustomField, comparable

TIER = {"metadata": "tier", "field": "Tier"}


def define(bridge, name, kind, entity="CUSTOMER"):
    """Let somebody define a field in Upflow."""
    return bridge.client().create_custom_field({"name": name, "entityType": entity, "dataType": kind})


def names(bridge):
    """Return the fields that Upflow has, by name, records and type."""
    fields = bridge.upflow.store.custom_fields.values()
    return sorted((each["name"], each["entityType"], each["dataType"]) for each in fields)


@pytest.mark.parametrize("spelling", ["dataType", "type"])
@pytest.mark.parametrize("path", ["custom_fields", "custom_field"])
def test_what_is_missing_is_created_once(bridge, spelling, path):
    """In the spelling of a field that is there, under whichever path exists; the second time nothing is missing."""
    if spelling == "type":
        define(bridge, "Other", "TEXT")
    bridge.upflow.behaviour.custom_field_spelling = spelling
    bridge.upflow.behaviour.custom_fields_path = path
    fields = {"customers": [TIER, {"metadata": "n", "field": "N", "type": "NUMBER"}], "payments": [TIER]}
    first, second = bridge.declare(**fields), bridge.declare(**fields)

    assert (first.declared, first.created) == (3, ["Tier (customers)", "N (customers)", "Tier (payments)"])
    assert (second.created, second.problems, first.problems) == ([], [], [])
    made = [("N", "CUSTOMER", "NUMBER"), ("Tier", "CUSTOMER", "TEXT"), ("Tier", "PAYMENT", "TEXT")]
    assert [each for each in names(bridge) if each[0] != "Other"] == made
    assert {each.name for each in known_definitions(bridge.ledger.findings)} == {each[0] for each in names(bridge)}


def test_every_problem_is_said_together_and_the_other_fields_are_filled(bridge):
    """A wrong type, a wrong spelling, a field that Upflow refuses, a permission: each with its remedy."""
    define(bridge, "Seats", "TEXT")
    define(bridge, "tier", "TEXT")
    define(bridge, "Level", "SELECT")
    bridge.upflow.behaviour.custom_field_options = "labels"
    refusal = {"collection": "custom_fields", "field": "name", "values": "Refused"}
    bridge.upflow.configure({"behaviour": {"refused_fields": [refusal]}})
    bridge.stripe.forbidden = {"subscriptions"}
    report = bridge.declare(
        customers=[
            {"metadata": "seats", "field": "Seats", "type": "NUMBER"},
            TIER,
            {"metadata": "level", "field": "Level", "type": "SELECT"},
            {"metadata": "x", "field": "Refused"},
            {"metadata": "y", "field": "Good"},
            {"native": "Subscriptions", "field": "Subscriptions"},
        ]
    )
    bridge.customer(metadata={"seats": "5", "y": "yes"})
    done = bridge.sync("customers")

    assert [each.partition(";")[0].partition("(")[0] for each in report.problems] == [
        "custom field 'Refused' of customers: Upflow refuses to create it ",
        "custom field 'Seats' of customers: is declared as NUMBER, but Upflow has the type TEXT",
        "custom field 'Tier' of customers: Upflow has 'tier'",
        "custom field 'Level' of customers: it has no options yet, so that no label is known",
        "native field 'Subscriptions': the Stripe key lacks a permission for it ",
    ]
    with pytest.raises(ConfigurationError) as raised:
        report.check()
    assert all(each in str(raised.value) for each in report.problems)
    assert (done.created, done.rejected) == (1, 0)
    assert bridge.values("customers", "cus_1") == {"Good": "yes"}
    assert "subscriptions" not in bridge.stripe.requests[-1].query
    bridge.stripe.forbidden = set()
    assert "Subscriptions" not in " ".join(
        bridge.declare(customers=[{"native": "Subscriptions", "field": "S"}]).problems
    )


def test_a_dry_run_creates_nothing_and_plans_what_follows(bridge):
    """It says what would be created, and counts the records that the new field would change."""
    bridge.customer(metadata={"tier": "Gold"})
    bridge.sync("customers")
    before = bridge.writes()
    plan = bridge.declare(dry_run=True, customers=[TIER])
    planned = bridge.sync("customers", dry_run=True)

    assert (plan.created, str(plan)) == (
        ["Tier (customers)"],
        "1 custom fields declared; would be created: Tier (customers)",
    )
    assert (planned.updated, names(bridge), bridge.writes()) == (1, [], before)
    bridge.declare(customers=[TIER])
    assert bridge.sync("customers").updated == 1
    assert bridge.values("customers", "cus_1") == {"Tier": "Gold"}


def test_two_tasks_never_create_one_field_twice(bridge):
    """Upflow would take both: one creates, and the other one waits, looks again, and finds that nothing is missing."""
    declared = {"customers": [CustomField("Tier")]}
    first, second = (FieldDefinitions(bridge.client(), bridge.ledger, owner) for owner in ("first", "second"))
    for each in (first, second):
        each.read()
    bridge.upflow.faults.add("reset_after", method="POST")
    with pytest.raises(RetriableError):
        first.complete(declared)  # it dies, as far as others know
    with pytest.raises(RetriableError, match="another task is creating custom fields"):
        second.complete(declared)
    assert first.complete(declared).created == []  # its own retry goes on, and finds what it has created
    assert second.complete(declared).created == []
    assert names(bridge) == [("Tier", "CUSTOMER", "TEXT")]


def test_of_two_fields_of_one_name_the_one_that_was_filled_before_is_filled(bridge):
    """Whichever of them Upflow lists first; a human has to remove the other."""
    bridge.declare(customers=[TIER])
    (known,) = bridge.upflow.store.custom_fields
    define(bridge, "Tier", "TEXT")
    table = bridge.upflow.store.table("custom_fields")
    table[known] = table.pop(known)
    report = bridge.declare(customers=[TIER])
    bridge.customer(metadata={"tier": "Gold"})
    bridge.sync("customers")

    assert list(table)[-1] == known
    assert "several of this name" in report.problems[0]
    assert [(each["id"], each["value"]) for each in bridge.imported("customers", "cus_1")["customFields"]] == [
        (known, "Gold")
    ]


@pytest.mark.parametrize("shown", ["TIER", "Tier (Stripe)", "Tie\u0301r"])
def test_a_field_is_never_created_twice_whatever_upflow_calls_it(bridge, shown):
    """It may show a name in another form, or people may have changed it: the id says that we have created it."""
    bridge.declare(customers=[TIER])
    (made,) = bridge.upflow.store.custom_fields.values()
    made["name"] = shown
    reports = [bridge.declare(customers=[TIER]) for _ in range(2)]
    bridge.customer(metadata={"tier": "Gold"})
    bridge.sync("customers")

    assert [(each.created, each.problems) for each in reports] == [([], [])] * 2
    assert bridge.values("customers", "cus_1") == {shown: "Gold"}
    renamed = bridge.declare(customers=[{"metadata": "tier", "field": shown}])
    assert (renamed.created, renamed.problems) == ([], [])
    bridge.client().delete_custom_field(made["id"])
    assert bridge.declare(customers=[TIER]).created == ["Tier (customers)"]


@pytest.mark.parametrize("name", ["Tier ", " Tier", "Tier\tx", "Line\nbreak", "Cafe\u0301"])
def test_a_name_in_another_form_is_the_same(bridge, name):
    """Whatever a DAG of somebody's own declares; the settings refuse blanks and control characters."""
    declared = {"customers": [CustomField(name)]}
    reports = []
    for _ in range(3):
        definitions = FieldDefinitions(bridge.client(), bridge.ledger, "run")
        definitions.read()
        reports.append(definitions.complete(declared))
        for each in bridge.upflow.store.custom_fields.values():
            each["name"] = comparable(each["name"])
        bridge.ledger.findings.keep(CREATED_FIELDS, "{}")

    assert [len(each.created) for each in reports] == [1, 0, 0]
    assert not any(each.problems for each in reports)


@pytest.mark.parametrize("status", [404, 400])
def test_definitions_that_upflow_does_not_list_are_said_at_once(bridge, status):
    """No retry would help; what was known before is filled on."""
    bridge.declare(customers=[TIER])
    bridge.upflow.faults.add("status", method="GET", path="/custom_field", status=status, times=None)
    with pytest.raises(ConfigurationError, match=f"Upflow does not list custom fields .*{status}.*check the host"):
        bridge.declare(customers=[TIER])
    bridge.customer(metadata={"tier": "Gold"})
    bridge.sync("customers")

    bridge.upflow.faults.clear()
    assert bridge.values("customers", "cus_1") == {"Tier": "Gold"}
