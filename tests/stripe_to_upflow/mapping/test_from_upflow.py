"""What Upflow lists of credit notes, payments and refunds gives back what was imported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.stripe_to_upflow.mapping import credit_notes, payments

NOTE = {
    "externalId": "cn_1",
    "customId": "CN-1",
    "customer": {"externalId": "cus_1"},
    "currency": "EUR",
    "grossAmount": 1200,
    "netAmount": 1000,
    "issuedAt": "2026-01-31",
}
PAYMENT = {
    "externalId": "pi_1",
    "currency": "EUR",
    "amount": 1200,
    "validatedAt": "2026-01-31",
    "instrument": "CARD",
    "customer": {"externalId": "cus_1"},
}
CASES = [(credit_notes.from_upflow, NOTE), (payments.from_upflow, PAYMENT)]
every_kind = pytest.mark.parametrize(("from_upflow", "payload"), CASES, ids=["credit note", "payment"])


def echo(payload):
    """Return a document as Upflow lists it: date-times, a summary of the customer, and more."""
    days = {name: f"{payload[name]}T00:00:00.000Z" for name in ("issuedAt", "validatedAt") if name in payload}
    return {
        "id": "u1",
        "name": None,
        "amountLinked": 0,
        **payload,
        **days,
        "customer": {"id": "u2", "companyName": "A"},
    }


@given(amount=st.integers(), currency=st.sampled_from(["EUR", "JPY"]), case=st.sampled_from(CASES))
def test_from_upflow_undoes_the_import(amount, currency, case):
    """An inventory therefore knows the digest of what was sent."""
    from_upflow, payload = case
    amounts = {name: amount for name in payload if "mount" in name}
    changed = {**payload, **amounts, "currency": currency}

    assert from_upflow(echo(changed), "cus_1") == changed


def test_a_negative_invoice_has_its_name():
    """It is a credit note in Upflow; Stripe's own credit notes have none."""
    named = {**NOTE, "name": "Negative invoice in Stripe"}

    assert credit_notes.from_upflow(echo(named), "cus_1") == named


@every_kind
def test_from_upflow_without_what_it_needs(from_upflow, payload):
    """A document that is not listed in full has no known content, nor has one of an unknown customer."""
    entity = echo(payload)

    assert from_upflow(entity, None) is None
    for name in payload.keys() - {"customer"}:
        assert from_upflow(entity | {name: None}, "cus_1") is None
        assert from_upflow({key: entity[key] for key in entity if key != name}, "cus_1") is None
