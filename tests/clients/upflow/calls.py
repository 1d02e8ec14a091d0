"""Requests to Upflow that several tests make."""

from upflow_provider.clients.upflow.client import external

CUSTOMER = {"externalId": "cus_1", "name": "Alder", "contacts": [{"email": "a@example.com", "externalId": "c_1"}]}
UNREACHABLE_URL = "http://127.0.0.1:9/v1"
ONCE_ONLY = {
    "contact": lambda client: client.create_contact(external("cus_1"), {"email": "b@example.com"}),
    "custom_field": lambda client: client.create_custom_field(
        {"name": "Tier", "entityType": "CUSTOMER", "dataType": "TEXT"}
    ),
}
"""Calls that make a second thing when they are repeated."""
