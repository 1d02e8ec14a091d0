"""Contacts that Upflow makes of custom fields."""

import pytest

from tests.testing.upflow.plain import emails
from upflow_provider.testing.upflow.records.refusal import RefusedError


@pytest.fixture
def fields(api):
    """Define two fields, list them under contact management, and return a function that writes them."""
    made = [
        api.done("POST", "/custom_fields", {"name": name, "entityType": "CUSTOMER", "dataType": "TEXT"})["id"]
        for name in ("to", "cc")
    ]
    api.customer(contacts=[{"externalId": "c_1", "email": "m@example.com"}])
    api.fake.people.manage_contacts("to", "cc")

    def write(*values):
        return api.customer(customFields=[{"id": made[n], "value": value} for n, value in enumerate(values)])

    return write


def test_contacts_follow_the_addresses(api, fields):
    """One of each address between commas; only what is an address, and in two fields it makes two contacts."""
    first = fields("a@example.com, b@example.com;c@example.com", "a@example.com")
    listed = api.done("GET", "/customers/external:cus_1/contacts")["items"]
    second = fields(None, "d@example.com,nobody")

    assert emails(first) == ["a@example.com", "a@example.com", "m@example.com"]
    assert [each["externalId"] for each in listed] == ["c_1", None, None]
    assert emails(second) == ["d@example.com", "m@example.com"]
    assert {each["origin"] for each in api.fake.snapshot()["customers"]["cus_1"]["contacts"]} == {"API", "CUSTOM_FIELD"}


def test_contacts_go_with_their_field(api, fields):
    """Where it is listed no longer, or deleted; only TEXT fields of customers can be listed."""
    fields("a@example.com", "b@example.com")
    api.fake.people.manage_contacts("cc")
    without = emails(api.done("GET", "/customers/external:cus_1"))
    [cc] = [each["id"] for each in api.done("GET", "/custom_fields")["items"] if each["name"] == "cc"]
    api("DELETE", f"/custom_fields/{cc}")

    assert without == ["b@example.com", "m@example.com"]
    assert emails(api.done("GET", "/customers/external:cus_1")) == ["m@example.com"]
    with pytest.raises(RefusedError, match="no custom field of customers"):
        api.fake.people.manage_contacts("nowhere")


@pytest.mark.parametrize("switch", ["kept", "removed"])
def test_a_full_list_beside_them(api, fields, switch):
    """Whether the list of an import removes them is a switch."""
    api.fake.behaviour.field_contacts = switch
    before = fields("a@example.com")["contacts"][-1]["id"]
    after = api.customer(contacts=[{"email": "m@example.com"}])["contacts"]

    assert [each["email"] for each in after] == ["m@example.com", "a@example.com"]
    assert (after[-1]["id"] == before) == (switch == "kept")
