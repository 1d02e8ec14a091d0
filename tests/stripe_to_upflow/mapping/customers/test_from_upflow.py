"""What Upflow lists of a customer gives back what was imported."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.stripe_to_upflow.mapping.customers.full_customers import FULL, NOWHERE, PARENTS, records
from upflow_provider.stripe_to_upflow.mapping import customers


def echo(payload):
    """Return a customer as Upflow would list it after *payload* was imported."""
    contacts = [{"id": "c1", "firstName": None, "phone": None} | each for each in payload.get("contacts", [])]
    return (
        {"id": "u1", "balance": 0, "customFields": [], "parent": None, "directUrl": "https://example.com"}
        | payload
        | {"contacts": contacts}
    )


@given(change=records)
def test_from_upflow_undoes_the_import(change):
    """What Upflow lists after an import gives back the payload, so a rebuilt ledger knows its hash."""
    payload = customers.to_upflow(FULL | change, PARENTS).payload

    assert customers.from_upflow(echo(payload)) == payload


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"vatNumber": None}, {"vatNumber": ""}, id="null-vat-number"),
        pytest.param({"address": None}, {"address": NOWHERE}, id="null-address"),
        pytest.param({"address": {"city": "Lyon"}}, {"address": NOWHERE | {"city": "Lyon"}}, id="part"),
    ],
)
def test_from_upflow_reads_null_as_empty(change, expected):
    """Upflow may answer null where "" was sent."""
    payload = customers.from_upflow(echo(customers.to_upflow(FULL, PARENTS).payload) | change)

    assert payload | expected == payload


def test_from_upflow_leaves_out_contacts_of_others():
    """Contacts that were added in Upflow are none of ours."""
    entity = echo(customers.to_upflow(FULL, PARENTS).payload)
    entity["contacts"] = [{"id": "c2", "externalId": None, "email": "x@example.com", "isMain": True}]

    assert "contacts" not in customers.from_upflow(entity)


def test_from_upflow_sees_that_our_contact_is_main_no_longer():
    """A contact changed in Upflow is not what was sent, so its hash must not claim so."""
    payload = customers.to_upflow(FULL, PARENTS).payload
    entity = echo(payload)
    entity["contacts"][0]["isMain"] = False

    assert customers.from_upflow(entity) != payload


@pytest.mark.parametrize("change", [{"externalId": None}, {"externalId": ""}, {"name": None}])
def test_from_upflow_without_what_it_needs(change):
    """A customer made in Upflow itself has no payload of ours."""
    assert customers.from_upflow(echo(customers.to_upflow(FULL, PARENTS).payload) | change) is None
