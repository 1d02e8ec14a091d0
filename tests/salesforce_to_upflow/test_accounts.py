"""Account owners become account managers, and fields of Account become custom fields."""

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.testing.salesforce.org.fields import (
    checkbox_field,
    currency_field,
    date_field,
    multipicklist_field,
    picklist_field,
    text_field,
)


def user_of(world):
    """Return the address and the id of a user of Upflow's."""
    return next((each["email"], each["id"]) for each in world.upflow.store.organization.users.values())


def test_the_owner_becomes_the_account_manager(world):
    """Addresses are compared in lower case; the next run writes nothing."""
    email, upflow_id = user_of(world)
    world.configure(account_owner=True)
    world.customer(OwnerId=world.user(email.upper()))
    world.run()
    assert world.shown()["accountManagerId"] == upflow_id

    world.run()
    assert world.writes() == []


def test_owners_whom_upflow_lacks_are_listed_once(world):
    """In the vendor's words, by the Id in Salesforce; the customers stay as they are."""
    world.configure(account_owner=True)
    owner = world.user("nobody@example.com")
    world.customer(OwnerId=owner)
    world.customer("cus_2", OwnerId=owner)

    report = world.run()

    assert list(report.owners) == [owner]
    assert report.owners[owner].startswith("Account manager not found; check the email.")
    assert world.writes() == []


def test_inactive_owners_are_not_assigned(world):
    """They are listed, too."""
    world.configure(account_owner=True)
    world.customer(OwnerId=world.user(user_of(world)[0], IsActive=False))

    report = world.run()

    assert "no active user" in next(iter(report.owners.values()))
    assert world.writes() == []


FIELDS = (
    (text_field("Code__c"), "TEXT", "A-1", "A-1"),
    (currency_field("Limit__c"), "NUMBER", 1250.5, 1250.5),
    (date_field("Since__c"), "DATE", "2026-02-01", "2026-02-01"),
    (checkbox_field("Key__c"), "BOOLEAN", True, True),
    (picklist_field("Tier__c", ("Gold", "Silver")), "SELECT", "Gold", {"label": "Gold"}),
    (multipicklist_field("Areas__c", ("N", "S")), "MULTI_SELECT", "N;S", [{"label": "N"}, {"label": "S"}]),
)


@pytest.mark.parametrize(("field", "kind", "value", "expected"), FIELDS, ids=[each[1] for each in FIELDS])
def test_custom_fields_of_all_kinds(world, field, kind, value, expected):
    """Definitions are created where they are missing; a value that is cleared is cleared."""
    world.salesforce.add_field(field)
    imported = {"field": field["name"], "upflow": "Own", "type": kind, "allow_new_options": True}
    world.configure(custom_fields=[imported])
    account = world.customer(**{field["name"]: value})
    world.run()
    assert world.values() == {"Own": expected}

    world.run()
    assert world.writes() == []
    if kind != "BOOLEAN":
        world.salesforce.edit_account(account, **{field["name"]: None})
        world.run()
        assert world.values()["Own"] is None


def test_an_instant_becomes_a_day_of_the_time_zone(world):
    """That of the organization."""
    world.configure(custom_fields=[{"field": "CreatedDate", "upflow": "Customer since", "type": "DATE"}])
    world.clock.at = world.clock.at.replace(hour=23, minute=30)
    world.customer()
    world.run()

    assert world.values() == {"Customer since": "2026-03-03"}


def test_values_that_do_not_fit_are_left_out_and_noted(world):
    """With the rule, and without the value."""
    world.salesforce.add_field(text_field("Tier__c"))
    world.field("Tier", "SELECT", "Gold")
    world.configure(custom_fields=[{"field": "Tier__c", "upflow": "Tier", "type": "SELECT"}])
    world.customer(Tier__c="Platinum")

    report = world.run()

    assert report.unfit == {"cus_1": "Tier__c: is not among the options of the field"}
    assert world.writes() == []


def test_preflight_names_every_problem_at_once(world):
    """Missing fields, hidden ones, types that do not fit, and objects without access."""
    world.salesforce.add_field(checkbox_field("Key__c"))
    world.configure(
        contacts={"where": {"field": "Bills__c"}, "related": True},
        account_owner=True,
        custom_fields=[{"field": "Key__c", "upflow": "Key"}, {"field": "Tire__c", "upflow": "Tier"}],
    )
    world.org.unseen |= {"Contact.Phone", "AccountContactRelation", "User.Email"}
    world.customer()

    with pytest.raises(ConfigurationError) as error:
        world.run()

    for part in (
        "Account.Tire__c",
        "Account.Key__c: has the type Checkbox, which needs type BOOLEAN, not TEXT",
        "Contact.Phone",
        "Contact.Bills__c",
        "AccountContactRelation: the connected user does not see this object",
        "User.Email",
    ):
        assert part in str(error.value)
    assert world.writes() == []


@pytest.mark.parametrize("match", ["external_id", "id", "accounting_ref", "custom_field:Key"])
def test_accounts_are_found_as_by_the_export(world, match):
    """By any identifier that the export takes."""
    world.field("Key", "TEXT")
    account = world.customer()
    client = world.client()
    own = client.get("customers", "external:cus_1")["id"]
    key = next(iter(client.list_custom_fields()))["id"]
    changes = {"accountingRef": "ACC-1", "customFields": [{"id": key, "value": "K-1"}]}
    client.update_customer("external:cus_1", changes)
    held = {"external_id": "cus_1", "id": own, "accounting_ref": "ACC-1", "custom_field:Key": "K-1"}[match]
    world.salesforce.edit_account(account, Billing_Id__c=held)
    world.contact(account, "ann@example.com")
    world.configure(match={"upflow": match, "salesforce": "Billing_Id__c"}, contacts={})

    assert world.run().matched == 1
    assert "ann@example.com" in world.contacts()


def test_two_accounts_with_one_key_decide_nothing(world):
    """The customer is counted, and stays as it is."""
    world.contact(world.customer(), "ann@example.com")
    world.salesforce.add_account(Name="Double", Billing_Id__c="cus_1")

    report = world.run()

    assert report.unmatched == {"several Accounts have its key": 1}
    assert world.writes() == []
