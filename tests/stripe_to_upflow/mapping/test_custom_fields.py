"""Custom fields from Stripe: every declared field is mentioned, no other one is, and no value keeps a record out."""

from dataclasses import replace

import pytest

from tests.stripe_to_upflow.mapping.customers.full_customers import FULL
from upflow_provider.records.accessories import is_incomplete
from upflow_provider.records.custom_fields import CustomField, DefinedField, Definition
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.stripe_to_upflow.mapping.custom_fields import MappedField, metadata_of, with_values
from upflow_provider.stripe_to_upflow.mapping.native_fields import native_fields
from upflow_provider.stripe_to_upflow.mapping.options import UTC, Options
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

CUSTOMERS = STREAMS["customers"]
LEFT_OUT = "cus_Full000000001: custom field '{}' is left out, because its value"


def field(name, source, kind="TEXT"):
    """Return a field that Upflow has under an id made of its name."""
    return MappedField(DefinedField(CustomField(name, kind), Definition(name, "CUSTOMER", kind, f"id {name}")), source)


def mapped(fields, **changes):
    """Map a customer with custom fields."""
    return CUSTOMERS.map_record({**FULL, **changes}, Options(custom_fields={"customers": fields}))


def test_every_declared_field_is_in_the_payload_with_null_for_no_value():
    """A key that is gone clears its field; what is not declared is not mentioned; the rest of the payload stays."""
    fields = (field("Tier", "tier"), field("Seats", "seats", "NUMBER"), field("Gone", "gone"))
    done = mapped(fields, metadata={"tier": "Gold", "seats": "5", "other": "x"})

    assert done.payload["customFields"] == [
        {"id": "id Tier", "value": "Gold"},
        {"id": "id Seats", "value": 5},
        {"id": "id Gone", "value": None},
    ]
    plain = CUSTOMERS.map_record(FULL, Options())
    assert {**done.payload, "customFields": None} == {**plain.payload, "customFields": None}
    assert "customFields" not in plain.payload


@pytest.mark.parametrize("metadata", [None, [], "x", {"seats": None}, {"seats": {"a": "5"}}])
def test_metadata_of_another_form_counts_as_none(metadata):
    """Whatever Stripe sends."""
    assert mapped((field("Seats", "seats"),), metadata=metadata).payload["customFields"][0]["value"] is None


def test_a_value_that_does_not_fit_is_left_out_and_noted():
    """By field and rule, without the value; the other fields go on, and an inventory does not take it for an edit."""
    fields = (
        field("Seats", "seats", "NUMBER"),
        field("Sources", native_fields("customers")["Sources"]),
        field("T", "t"),
    )
    done = mapped(fields, metadata={"seats": "many"})

    assert done.payload["customFields"] == [{"id": "id T", "value": None}]
    assert done.notes == (
        f"{LEFT_OUT.format('Seats')} must be a number with a dot before decimals, such as 1.5",
        f"{LEFT_OUT.format('Sources')} is not shown by Stripe",
    )
    assert is_incomplete("; ".join(done.notes))


def test_a_deleted_customer_and_a_negative_invoice_have_no_fields():
    """One is skipped; the other is a credit note in Upflow, which cannot have the fields of invoices."""
    fields = (field("T", "t"),)
    document = {"id": "in_1", "metadata": {"t": "x"}}
    invoice = Mapped({"externalId": "in_1"}, "cus_1")
    deleted = CUSTOMERS.map_record({"id": "cus_1", "deleted": True}, Options(custom_fields={"customers": fields}))

    assert isinstance(deleted, Skip)
    assert with_values(invoice, document, fields, UTC).payload["customFields"] == [{"id": "id T", "value": "x"}]
    negative = replace(invoice, collection="credit_notes")
    assert with_values(negative, document, fields, UTC) == negative


@pytest.mark.parametrize(
    ("payment", "metadata"),
    [
        (
            {"object": "payment_intent", "metadata": {"a": "1"}, "latest_charge": {"metadata": {"a": "2", "b": "2"}}},
            {"a": "1", "b": "2"},
        ),
        ({"object": "payment_intent", "metadata": {"a": "1"}, "latest_charge": "ch_1"}, {"a": "1"}),
        ({"object": "payment_intent", "latest_charge": {"metadata": {"b": "2"}}}, {"b": "2"}),
        ({"object": "charge", "metadata": {"b": "2"}}, {"b": "2"}),
        ({"object": "payment_record", "metadata": {"c": "3"}}, {"c": "3"}),
    ],
)
def test_the_metadata_of_a_payment_comes_from_its_intent_then_its_charge_then_its_record(payment, metadata):
    """Key by key, because a charge has a copy that may be older."""
    assert metadata_of({"id": "pi_1", "payment": payment, "applications": []}) == metadata


def test_what_upflow_lists_is_read_back_as_it_was_sent():
    """So that an inventory finds an edit of a declared field, and no edit of another one."""
    fields = (field("Tier", "tier"), field("Gone", "gone"))
    options = Options(custom_fields={"customers": fields})
    payload = mapped(fields, metadata={"tier": "Gold"}).payload
    listed = {
        **payload,
        "id": "u1",
        "contacts": [],
        "customFields": [{"id": "id Tier", "value": "Gold", "source": "API"}],
    }
    read_back = CUSTOMERS.read_back(listed, None, options)["customFields"]

    assert read_back == payload["customFields"]
    others = {**listed, "customFields": [*listed["customFields"], {"id": "by hand", "value": 1}]}
    assert CUSTOMERS.read_back(others, None, options)["customFields"] == read_back
    edited = {**listed, "customFields": [{"id": "id Tier", "value": "Tin"}]}
    assert CUSTOMERS.read_back(edited, None, options)["customFields"] != read_back
    for hidden in ({**listed, "customFields": None}, {key: listed[key] for key in listed if key != "customFields"}):
        assert "customFields" not in CUSTOMERS.read_back(hidden, None, options)
    unshown = Options(custom_fields={"customers": fields}, unshown_fields={"customers"})
    assert "customFields" not in CUSTOMERS.read_back(listed, None, unshown)
