"""If Salesforce owns the contacts, those of Stripe come along with new customers only."""


def test_a_contact_that_salesforce_has_replaced_does_not_come_back(bridge):
    """Neither with a change of the customer, nor of its address."""
    bridge.contacts_once = True
    customer = bridge.customer(email="ann@stripe.example")
    bridge.sync("customers")
    assert [each["email"] for each in bridge.upflow.answer("customers", customer["id"])["contacts"]] == [
        "ann@stripe.example"
    ]
    bridge.upflow.people.delete_contact(customer["id"], f"{customer['id']}:email")

    bridge.stripe.update_customer(customer["id"], email="bob@stripe.example", name="Birch")
    bridge.sync("customers")

    shown = bridge.upflow.answer("customers", customer["id"])
    assert (shown["name"], shown["contacts"]) == ("Birch", [])
