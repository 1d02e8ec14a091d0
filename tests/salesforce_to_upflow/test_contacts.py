"""Contacts come from Salesforce, follow it, and leave those of others alone."""

import pytest

STRIPE = "cus_1@stripe.example"


def test_contacts_are_added_to_those_of_stripe(world):
    """With `merged`, Stripe's contact stays the main one."""
    account = world.customer()
    world.contact(account, "Ann@Example.COM", FirstName="Ann", Phone="+33 1", Title="CFO")

    report = world.run()

    ann = world.contacts()["Ann@example.com"]
    assert (ann["firstName"], ann["lastName"], ann["phone"]) == ("Ann", "Lee", "+33 1")
    assert world.main() == STRIPE
    assert (report.full, report.matched, report.records.updated) == (True, 1, 1)


def test_what_is_unchanged_costs_upflow_no_write(world):
    """Neither in the next run, nor in one that compares everything."""
    world.contact(world.customer(), "ann@example.com")
    world.run()

    assert (world.run().full, world.writes()) == (False, [])
    assert (world.run(full=True).full, world.writes()) == (True, [])


def test_a_change_of_a_contact_follows(world):
    """Only the contact is sent; what is empty in Salesforce is cleared."""
    account = world.customer()
    ann = world.contact(account, "ann@example.com", Phone="+33 1")
    world.contact(account, "bob@example.com")
    world.run()
    world.edit(ann, Email="anna@example.com", Phone=None)

    report = world.run()

    assert not report.full
    assert [method for method, _, _ in world.writes()] == ["PUT"]
    assert set(world.contacts()) == {STRIPE, "anna@example.com", "bob@example.com"}
    assert not world.contacts()["anna@example.com"].get("phone")


def test_a_deleted_contact_is_removed(world):
    """An incremental run finds it by queryAll."""
    account = world.customer()
    ann = world.contact(account, "ann@example.com")
    world.run()
    world.delete(ann)

    assert not world.run().full
    assert set(world.contacts()) == {STRIPE}


def test_a_moved_contact_leaves_one_customer_for_the_other(world):
    """The ledger knows who had it."""
    first, second = world.customer(), world.customer("cus_2")
    ann = world.contact(first, "ann@example.com")
    world.run()
    world.edit(ann, AccountId=second)

    assert not world.run().full
    assert "ann@example.com" not in world.contacts()
    assert "ann@example.com" in world.contacts("cus_2")


def test_a_merged_contact_goes_with_the_winner(world):
    """The loser is deleted in Salesforce, and its contact is removed."""
    account = world.customer()
    ann, bob = world.contact(account, "ann@example.com"), world.contact(account, "bob@example.com")
    world.run()
    world.delete(bob, ann)
    world.edit(ann, Phone="+33 2")

    world.run()

    assert set(world.contacts()) == {STRIPE, "ann@example.com"}
    assert world.contacts()["ann@example.com"]["phone"] == "+33 2"


@pytest.mark.parametrize("owner", ["merged", "salesforce"])
def test_contacts_of_people_survive(world, owner):
    """Those that were added in the app, and those of files."""
    world.configure(contacts={"owner": owner})
    account = world.customer()
    ann = world.contact(account, "ann@example.com")
    world.contact(account, "bob@example.com")
    world.upflow.add_app_contact("cus_1", email="hand@example.com")
    of_file = {"externalId": "cus_1:file_1", "email": "file@example.com"}
    world.client().create_contact("external:cus_1", of_file)
    world.run()
    world.delete(ann)
    world.run()

    assert {"hand@example.com", "file@example.com", "bob@example.com"} <= set(world.contacts())


def test_salesforce_may_own_the_contacts(world):
    """Then those of Stripe are replaced, and the oldest Contact is the main contact."""
    world.configure(contacts={"owner": "salesforce"})
    account = world.customer()
    world.contact(account, "ann@example.com")
    world.contact(account, "bob@example.com")
    world.run()

    assert (set(world.contacts()), world.main()) == ({"ann@example.com", "bob@example.com"}, "ann@example.com")
    world.run(full=True)
    assert world.writes() == []


def test_a_customer_without_contacts_in_salesforce_keeps_those_of_stripe(world):
    """Nobody is left without an address."""
    world.configure(contacts={"owner": "salesforce"})
    world.customer()
    world.run()

    assert set(world.contacts()) == {STRIPE}


def test_no_contacts_come_if_stripe_owns_them(world):
    """Nothing about Contacts is even asked for."""
    world.configure(contacts={"owner": "stripe"}, account_owner=True)
    world.contact(world.customer(OwnerId=world.user("a@example.com")), "ann@example.com")
    world.run()

    assert set(world.contacts()) == {STRIPE}
    assert not any("Contact" in str(each.path) for each in world.salesforce.requests)


def test_a_contact_with_the_address_of_another_one_is_not_doubled(world):
    """Somebody else's contact stands in."""
    world.contact(world.customer(), STRIPE.upper().lower())
    world.run()
    world.run(full=True)

    assert len(world.shown()["contacts"]) == 1
    assert world.writes() == []


def test_related_contacts_by_setting(world):
    """Those of AccountContactRelation count while the relation is current; a double counts once."""
    world.configure(contacts={"related": True})
    first, second = world.customer(), world.customer("cus_2")
    ann = world.contact(first, "ann@example.com")
    world.relate(first, ann, IsDirect=True)
    relation = world.relate(second, ann, Roles="Billing")
    world.relate(second, world.contact(first, "bob@example.com"), EndDate="2026-03-01")
    world.run()
    assert set(world.contacts("cus_2")) == {"cus_2@stripe.example", "ann@example.com"}

    world.org.objects["AccountContactRelation"].edit(relation, IsActive=False)
    assert not world.run().full
    assert set(world.contacts("cus_2")) == {"cus_2@stripe.example"}
    assert "ann@example.com" in world.contacts()


def test_a_change_of_a_related_contact_reaches_all_its_customers(world):
    """It points to the Account that it belongs to; the ledger knows the others."""
    world.configure(contacts={"related": True})
    first, second = world.customer(), world.customer("cus_2")
    ann = world.contact(first, "ann@example.com")
    world.relate(second, ann)
    world.run()
    world.edit(ann, LastName="Young")
    world.run()

    assert [world.contacts(each)["ann@example.com"]["lastName"] for each in ("cus_1", "cus_2")] == ["Young", "Young"]


def test_the_contact_of_a_person_account_is_its_person(world):
    """Salesforce lists it as a Contact of the Account."""
    world.contact(world.customer(), "ann@example.com", IsPersonAccount=True)
    world.run()

    assert "ann@example.com" in world.contacts()


def test_changes_of_one_instant_stay_together(world):
    """As many as a bulk update stamps with one second, over several pages."""
    world.salesforce.page_size = 200
    accounts = [world.customer(f"cus_{number}") for number in range(3)]
    made = [world.contact(accounts[number % 3], f"c{number}@example.com") for number in range(450)]
    world.run()
    for each in made:
        world.edit(each, LastName="Young")

    world.run()

    held = [each for number in range(3) for each in world.contacts(f"cus_{number}").values()]
    assert sum(each.get("lastName") == "Young" for each in held) == 450
