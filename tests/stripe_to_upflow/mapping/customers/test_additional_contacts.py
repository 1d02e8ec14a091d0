"""Addresses in a customer's metadata become additional contacts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stripe_to_upflow.mapping.customers.full_customers import FULL, ID
from tests.stripe_to_upflow.mapping.customers.test_from_upflow import echo
from upflow_provider.records.contacts import ContactSource, contact_id
from upflow_provider.stripe_to_upflow.mapping import customers
from upflow_provider.stripe_to_upflow.mapping.contacts import additional_contacts
from upflow_provider.stripe_to_upflow.mapping.options import Options

TO = ContactSource("to", "Additional emails to", "PAYER")
CC = ContactSource("cc", "Additional emails cc")
CONTACTS = Options(contact_sources=(TO, CC), contacts_way="contacts")
FIELDS = Options(contact_sources=(TO, CC))
MAIN = {"externalId": f"{ID}:email", "email": "m@x.io", "isMain": True}


def mapped(options=CONTACTS, email="m@x.io", **metadata):
    """Map a customer with metadata."""
    return customers.to_upflow(FULL | {"email": email, "phone": None, "metadata": metadata}, options)


def test_contacts_with_names_and_positions():
    """The main contact is first; the ids of the others do not depend on the order of addresses."""
    one, other = mapped(to="Ann Lee <a@x.io>, b@x.io", cc="c@x.io"), mapped(to="b@x.io; Ann Lee <a@x.io>", cc="c@x.io")
    by_email = {each["email"]: each for each in one.payload["contacts"]}

    assert one == other
    assert one.payload["contacts"][0] == MAIN
    assert by_email["a@x.io"] == {
        "externalId": contact_id(ID, "a@x.io"),
        "email": "a@x.io",
        "firstName": "Ann",
        "lastName": "Lee",
        "position": "PAYER",
    }
    assert by_email["c@x.io"] == {"externalId": contact_id(ID, "c@x.io"), "email": "c@x.io"}
    assert sorted(one.dependents) == sorted(f"contacts/{each['externalId']}" for each in one.payload["contacts"])


def test_the_same_address_twice_is_one_contact():
    """In any case, in either key, and as the main contact, which stays the main one."""
    found = mapped(to="A@x.io, a@X.io, M@x.io", cc="a@x.io, c@x.io").payload["contacts"]

    assert [each["email"] for each in found if "position" in each] == ["A@x.io"]
    assert {each["email"] for each in found} == {"m@x.io", "A@x.io", "c@x.io"}


def test_with_fields_upflow_makes_the_contacts():
    """The payload has the main contact only; addresses are separated by commas alone, without names or repetitions."""
    values = additional_contacts(ID, {"to": "Ann <a@x.io>; b@x.io", "cc": "c@x.io\nA@x.io, m@x.io"}, (TO, CC), "m@x.io")

    assert mapped(FIELDS, to="a@x.io").payload["contacts"] == [MAIN]
    assert mapped(FIELDS, to="a@x.io").dependents == mapped(CONTACTS, to="a@x.io").dependents
    assert values.values == {"Additional emails to": "a@x.io,b@x.io", "Additional emails cc": "c@x.io"}


def test_what_is_unsendable_is_noted_with_its_reason():
    """By its number, and never by what it is; all others are contacts."""
    found = mapped(to="jürgen@x.io, a@x.io, nobody, ö@x.io")

    assert [each["email"] for each in found.payload["contacts"]] == ["m@x.io", "a@x.io"]
    assert found.notes == (
        f"{ID}: metadata.to: of 4 addresses, number 1 and 4 are left out: characters that Upflow does not accept",
        f"{ID}: metadata.to: of 4 addresses, number 3 is left out: not an e-mail address",
    )


@pytest.mark.parametrize("metadata", [{}, {"to": ""}, {"to": 5}, {"other": "a@x.io"}])
def test_without_further_addresses(metadata):
    """Only the main contact is left; without that, contacts are not mentioned."""
    assert mapped(**metadata).payload["contacts"] == [MAIN]
    assert "contacts" not in mapped(email=None, **metadata).payload


def test_additional_contacts_without_a_main_one():
    """A customer may have no address of its own."""
    assert [each["email"] for each in mapped(email=None, cc="a@x.io").payload["contacts"]] == ["a@x.io"]


addresses = st.sampled_from(["a@x.io", "B@x.io", "Ann Lee <c@x.io>", "jürgen@x.io", "m@x.io"])


@given(st.lists(addresses, max_size=5), st.lists(addresses, max_size=5))
def test_what_upflow_lists_gives_back_what_was_imported(to, cc):
    """So a rebuilt ledger knows the hash, and an edit in Upflow is found."""
    payload = mapped(to=", ".join(to), cc=";".join(cc)).payload

    assert customers.from_upflow(echo(payload)) == payload
