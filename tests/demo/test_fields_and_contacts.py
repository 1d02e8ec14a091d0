"""The custom fields and contacts of the demonstration."""

import pytest

from demo.arrivals.fields_and_contacts import FIELD, show_contacts, show_fields
from demo.errors import DemoError
from demo.vendors import Stripe, Upflow
from tests.demo.test_pdfs import Screen


@pytest.fixture
def vendors(bridge):
    """Give the test a customer in both systems, without what the demonstration adds."""
    bridge.customer(email="ann@example.com", metadata={"additional_emails_cc": "copies@example.com"})
    bridge.client().create_custom_field({"name": FIELD, "dataType": "TEXT", "entityType": "CUSTOMER"})
    bridge.sync_all()
    stripe = Stripe(bridge.stripe.url, bridge.stripe.api_key)
    return stripe, Upflow(bridge.upflow.url, bridge.upflow.api_key, bridge.upflow.api_secret)


def test_fields_that_arrived_are_counted_and_a_wrong_one_is_an_error(bridge, vendors):
    """Each customer shows the address that it has in Stripe."""
    screen, [field] = Screen(), bridge.upflow.store.custom_fields.values()
    with pytest.raises(DemoError, match="1 customers show another value"):
        show_fields(screen, *vendors)
    values = [{"id": field["id"], "value": "ann@example.com"}]
    bridge.client().update_customer("external:cus_1", {"customFields": values})
    show_fields(screen, *vendors)

    assert screen.lines == [f"The custom field {FIELD!r} has arrived with all 1 customers"]


def test_contacts_that_arrived_are_counted_and_a_missing_one_is_an_error(bridge, vendors):
    """Each customer with an address for copies has a contact for it."""
    screen = Screen()
    with pytest.raises(DemoError, match="1 customers lack"):
        show_contacts(screen, *vendors)
    bridge.client().create_contact("external:cus_1", {"externalId": "copies", "email": "copies@example.com"})
    show_contacts(screen, *vendors)

    assert screen.lines == ["The additional contacts of 1 customers have arrived, beside their main contacts"]
