"""The fields of tables are those of the client's payloads."""

import typing

import pytest

from upflow_provider.records import payloads
from upflow_provider.records.payloads import COLLECTIONS
from upflow_provider.tables_to_upflow.mapping.entities import ENTITIES

PAYLOADS = {
    "customers": payloads.CustomerPayload,
    "invoices": payloads.InvoicePayload,
    "credit_notes": payloads.CreditNotePayload,
    "payments": payloads.PaymentPayload,
    "refunds": payloads.RefundPayload,
}
IN_TABLES = {"accountManagerId": "accountManager", "dunningPlanId": "workflow"}
"""Fields that tables call by the name of what they refer to, instead of by its id."""
NOT_IN_TABLES = {"customers": {"paymentMethods"}, "invoices": {"state"}}
"""Fields that only make sense for a source that knows Upflow's ids, or its own states."""
FILLED = {"netAmount"}
"""Required fields that are filled from others."""


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_tables_have_the_fields_of_payloads(collection):
    """One definition for client, operators and files; an address is one column for each of its parts."""
    fields = set(typing.get_type_hints(PAYLOADS[collection])) - NOT_IN_TABLES.get(collection, set())
    expected = {IN_TABLES.get(name, name) for name in fields}
    if collection == "customers":
        expected = expected - {"address"} | set(typing.get_type_hints(payloads.AddressPayload))

    assert {each.name for each in ENTITIES[collection]} == expected


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_tables_require_what_payloads_require(collection):
    """And nothing else."""
    required = {each.name for each in ENTITIES[collection] if each.is_required}

    assert required == _required(PAYLOADS[collection]) - FILLED


def _required(payload):
    """Return the required keys of a payload, whose annotations are texts."""
    hints = typing.get_type_hints(payload, include_extras=True)
    optional = {name for name, hint in hints.items() if typing.get_origin(hint) is typing.NotRequired}
    return payload.__required_keys__ - optional
