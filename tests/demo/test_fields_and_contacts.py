"""The custom fields and contacts of the demonstration."""

import pytest

from demo.arrivals.fields_and_contacts import show_contacts, show_fields
from demo.errors import DemoError
from demo.vendors import Stripe, Upflow
from tests.demo.test_pdfs import Screen


@pytest.fixture
def vendors(bridge):
    """Give the test a customer and an invoice in both systems, without what the demonstration adds."""
    bridge.customer(metadata={"additional_emails_cc": "copies@example.com"})
    bridge.invoice(metadata={"order": "7"})
    bridge.client().create_custom_field({"name": "Order", "dataType": "TEXT", "entityType": "INVOICE"})
    bridge.sync_all()
    stripe = Stripe(bridge.stripe.url, bridge.stripe.api_key)
    return stripe, Upflow(bridge.upflow.url, bridge.upflow.api_key, bridge.upflow.api_secret)


def test_fields_that_arrived_are_counted_and_a_wrong_one_is_an_error(bridge, vendors):
    """Each invoice shows the order that its metadata has in Stripe."""
    screen, [order] = Screen(), bridge.upflow.store.custom_fields.values()
    with pytest.raises(DemoError, match="1 invoices show another order"):
        show_fields(screen, *vendors)
    value = {"id": order["id"], "externalId": None, "value": "7"}
    bridge.upflow.people.edit("invoices", "in_1", customFields=[value])
    show_fields(screen, *vendors)

    assert screen.lines == ["The custom field Order has arrived with all 1 invoices, from their metadata in Stripe"]


def test_contacts_that_arrived_are_counted_and_a_missing_one_is_an_error(bridge, vendors):
    """Each customer with an address for copies has a contact for it."""
    screen = Screen()
    with pytest.raises(DemoError, match="1 customers lack"):
        show_contacts(screen, *vendors)
    bridge.client().create_contact("external:cus_1", {"externalId": "copies", "email": "copies@example.com"})
    show_contacts(screen, *vendors)

    assert screen.lines == ["The additional contacts of 1 customers have arrived, beside their main contacts"]
