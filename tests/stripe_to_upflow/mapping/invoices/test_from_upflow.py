"""What Upflow lists of an invoice gives back what was imported."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.stripe_to_upflow.mapping.invoices.open_invoices import OPEN, records, to_upflow
from upflow_provider.stripe_to_upflow.mapping import invoices


def echo(payload):
    """Return an invoice as Upflow would list it after *payload* was imported."""
    days = {name: f"{payload[name]}T00:00:00.000Z" for name in ("issuedAt", "dueDate")}
    extra = {
        "id": "u1",
        "customerId": "u2",
        "amountOutstanding": 0,
        "state": "DUE",
        "payments": [],
        "name": None,
    }
    return extra | {key: value for key, value in payload.items() if key != "customer"} | days


@given(change=records)
def test_from_upflow_undoes_the_import(change):
    """What Upflow lists after an import gives back the payload, so a rebuilt ledger knows its hash."""
    payload = to_upflow(change).payload

    assert invoices.from_upflow(echo(payload), OPEN["customer"]) == payload


@pytest.mark.parametrize(
    "missing", ["externalId", "customId", "currency", "grossAmount", "netAmount", "issuedAt", "dueDate"]
)
def test_from_upflow_without_what_it_needs(missing):
    """An invoice that is not told in full has no known content."""
    entity = echo(to_upflow({}).payload)
    assert invoices.from_upflow(entity | {missing: None}, OPEN["customer"]) is None
    assert invoices.from_upflow({key: entity[key] for key in entity if key != missing}, OPEN["customer"]) is None


def test_from_upflow_of_an_unknown_customer():
    """Without the customer's external id the payload cannot be told."""
    assert invoices.from_upflow(echo(to_upflow({}).payload), None) is None
