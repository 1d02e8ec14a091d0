"""A refusal that names one custom field costs that field only."""

import pytest

from upflow_provider.delivery.custom_fields.refused_fields import without_refused_fields
from upflow_provider.records.mapped import Mapped
from upflow_provider.testing.upflow.behaviour import FieldRefusal

FIELD = "0b5e5f4e-9a3c-4c55-8d6e-2f4c8f1d7a10"
CUSTOMER = Mapped(
    {
        "externalId": "cus_1",
        "customFields": [
            {"id": FIELD, "value": "a"},
            {"externalId": "tier", "value": "b"},
            {"id": "f3", "value": None},
        ],
    },
    "cus_1",
)


@pytest.mark.parametrize(
    ("refusal", "left"),
    [
        ("400: customFields.0.value: is invalid", [1, 2]),
        ("custom_fields[1]: …", [0, 2]),
        ("customFields.0 and customFields.1 are invalid", [2]),
        (f"custom field {FIELD} does not take this value", [1, 2]),
        ("customFields.2.value: must not be null", [0, 1, 2]),
        ("customFields: unknown field", [0, 1, 2]),
        ("vatNumber: is invalid", [0, 1, 2]),
    ],
)
def test_the_field_that_a_refusal_names(refusal, left):
    """By its place or its id; an empty value is another matter."""
    found = without_refused_fields(CUSTOMER, refusal)

    assert found.payload["customFields"] == [CUSTOMER.payload["customFields"][number] for number in left]
    assert len(found.notes) == 3 - len(left)


def test_the_other_fields_of_the_record_arrive(bridge):
    """Upflow keeps the value that it has of the refused one; a second load sends nothing."""
    bridge.upflow.behaviour.refused_fields = (
        FieldRefusal(collection="customers", field="customFields.value", values="^bad"),
        FieldRefusal(collection="customers", field="vatNumber", values="FR"),
    )
    fields = [{"metadata": each, "field": each.title()} for each in ("tier", "seats", "level")]
    bridge.declare(customers=fields)
    bridge.customer(metadata={"tier": "ok", "seats": "1", "level": "x"})
    bridge.sync("customers")
    metadata = {"tier": "bad", "seats": "2", "level": "bad"}
    bridge.stripe.update_customer("cus_1", name="Birch", metadata=metadata)
    bridge.stripe.update_customer("cus_1", tax_ids=[("eu_vat", "FR1")])
    bridge.sync("customers")

    assert bridge.values("customers", "cus_1") == {"Tier": "ok", "Seats": "2", "Level": "x"}
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"
    reason = bridge.ledger.records("customers", ["cus_1"])["cus_1"].reason
    assert reason.count("is left out, because Upflow refuses it") >= 2
    assert bridge.sync("customers").unchanged == 1
