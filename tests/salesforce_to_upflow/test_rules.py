"""Which Contacts are taken, which one is the main contact, and which positions they have."""

import json

STRIPE = "cus_1@stripe.example"


def test_where_takes_some_contacts(world):
    """By a checkbox, or by values of a picklist, whose case does not count."""
    account = world.customer()
    world.contact(account, "ann@example.com", Title="Billing")
    world.contact(account, "bob@example.com", Title="Sales")
    world.configure(contacts={"where": {"field": "Title", "values": ["billing"]}})

    report = world.run()

    assert set(world.contacts()) == {STRIPE, "ann@example.com"}
    assert report.left_out == {"is not chosen by contacts.where": 1}


def test_where_takes_roles_of_related_contacts(world):
    """A Contact without such a role there is left out."""
    first, second = world.customer(), world.customer("cus_2")
    ann, bob = world.contact(first, "ann@example.com"), world.contact(first, "bob@example.com")
    world.relate(second, ann, Roles="Billing;Other")
    world.relate(second, bob, Roles="Other")
    world.configure(contacts={"related": True, "where": {"field": "Roles", "values": ["Billing"]}})
    world.run()

    assert set(world.contacts("cus_2")) == {"cus_2@stripe.example", "ann@example.com"}
    assert set(world.contacts()) == {STRIPE}


def test_the_oldest_is_the_main_contact(world):
    """Upflow's own import does so; the next one follows when it is deleted."""
    world.configure(contacts={"owner": "salesforce"})
    account = world.customer()
    ann = world.contact(account, "ann@example.com")
    world.contact(account, "bob@example.com")
    world.run()
    assert world.main() == "ann@example.com"

    world.delete(ann)
    world.run()
    assert world.main() == "bob@example.com"


def test_main_may_be_chosen_by_a_field(world):
    """The oldest of those that have it."""
    main = {"field": "Title", "values": ["Accounts payable"]}
    world.configure(contacts={"owner": "salesforce", "main": main})
    account = world.customer()
    world.contact(account, "ann@example.com")
    world.contact(account, "bob@example.com", Title="Accounts Payable")
    world.contact(account, "eve@example.com", Title="Accounts Payable")
    world.run()

    assert world.main() == "bob@example.com"


def test_somebody_is_the_main_contact_if_stripe_has_none(world):
    """With `merged`, the contact of Salesforce gives way once Stripe has one."""
    account = world.customer()
    world.upflow.people.delete_contact("cus_1", "cus_1:email")
    world.contact(account, "ann@example.com")
    world.run()
    assert world.main() == "ann@example.com"

    late = {"externalId": "cus_1:email", "email": "new@stripe.example", "isMain": True}
    world.client().create_contact("external:cus_1", late)
    world.run(full=True)
    assert (world.main(), world.writes()) == ("new@stripe.example", [])


def test_positions_are_named_by_a_table(world):
    """A value without a name makes no position, and is counted."""
    world.upflow.store.organization.positions |= {"Finance"}
    world.configure(contacts={"positions": {"names": {"CFO": "Finance"}}})
    account = world.customer()
    world.contact(account, "ann@example.com", Title="cfo")
    world.contact(account, "bob@example.com", Title="Gardener")

    report = world.run()

    assert world.contacts()["ann@example.com"]["position"] == "Finance"
    assert not world.contacts()["bob@example.com"].get("position")
    assert report.without_position == 1


def test_a_position_that_upflow_lacks_keeps_no_contact_out(world):
    """It goes without, and is not sent again in each run."""
    world.configure(contacts={"positions": {"names": {"CFO": "No such position"}}})
    world.contact(world.customer(), "ann@example.com", Title="CFO")
    world.run()
    assert "ann@example.com" in world.contacts()

    world.run(full=True)
    assert world.writes() == []


def test_opted_out_and_bounced_by_setting(world):
    """They are kept unless the settings say otherwise."""
    account = world.customer()
    world.contact(account, "ann@example.com", HasOptedOutOfEmail=True)
    world.contact(account, "bob@example.com", IsEmailBounced=True)
    world.run()
    assert {"ann@example.com", "bob@example.com"} < set(world.contacts())

    world.configure(contacts={"opted_out": "skip", "bounced": "skip"})
    report = world.run()
    assert report.full  # because the settings have changed
    assert set(world.contacts()) == {STRIPE}
    assert sum(report.left_out.values()) == 2


def test_unusable_addresses_are_counted(world):
    """None, one that Upflow does not accept, and one that another Contact has."""
    account = world.customer()
    for email in (None, "ann@exa mple.com", "bob@example.com", "BOB@example.com"):
        world.contact(account, email)

    report = world.run()

    assert sorted(report.left_out.values()) == [1, 1, 1]
    assert set(world.contacts()) == {STRIPE, "bob@example.com"}


def test_reports_and_ledger_name_nobody(world):
    """Neither addresses nor names; ids and counts only."""
    world.contact(world.customer(), "ann@example.com", LastName="Personal")
    report = world.run()

    assert "ann@" not in json.dumps(report.as_dict())
    assert "Personal" not in json.dumps(report.as_dict())
    assert "ann@" not in str(world.ledger.records("salesforce:customers", ["cus_1"]))
