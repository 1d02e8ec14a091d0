"""Declared custom fields against those that Upflow defines: found, missing, in the way, and created once."""

import pytest

from upflow_provider.delivery.custom_fields.comparison import creation, defined
from upflow_provider.records.custom_fields import CustomField, DefinedField, Definition

TIER = CustomField("Tier", "SELECT")
LISTED = {"id": "f1", "externalId": None, "name": "Tier", "entityType": "CUSTOMER", "dataType": "SELECT"}


@pytest.mark.parametrize(
    ("field", "change", "problem"),
    [
        (CustomField("Tier", "TEXT"), {}, "is declared as TEXT, but Upflow has the type SELECT"),
        (TIER, {"dataType": None}, "is declared as SELECT, but Upflow does not show its type"),
        (CustomField("tier", "SELECT"), {"options": ["One"]}, "Upflow has 'Tier'; write it like that"),
        (TIER, {}, "Upflow does not show its options, so that no label is known; only allow_new_options"),
        (TIER, {"options": []}, "it has no options yet, so that no label is known"),
        (TIER, {"options": ["One"], "id": None}, "Upflow shows no id of it"),
    ],
)
def test_a_field_that_cannot_be_filled_says_why(field, change, problem):
    """With the remedy; it is neither filled nor created a second time."""
    found = defined("customers", [field], [Definition.of({**LISTED, **change})])

    assert (found.fields, found.missing) == ((), ())
    assert found.problems[0].startswith(f"custom field {field.name!r} of customers: {problem}")


def test_a_field_is_looked_for_among_those_of_its_records():
    """A field of invoices is none of customers; several of one name are a problem, none is missing."""
    invoices = Definition.of({**LISTED, "entityType": "INVOICE", "options": ["One"]})
    twice = [Definition.of({**LISTED, "id": number}) for number in ("f1", "f2")]

    assert defined("customers", [TIER], [invoices]).missing == (TIER,)
    assert defined("invoices", [TIER], [invoices]).fields == (DefinedField(TIER, invoices),)
    assert "several of this name" in defined("customers", [CustomField("Tier")], twice).problems[0]
    both = defined("customers", [CustomField("Tier", "SELECT", allow_new_options=True)], twice)
    assert ([each.definition.id for each in both.fields], len(both.problems)) == (["f1"], 1)


@pytest.mark.parametrize(
    ("existing", "body"),
    [
        ([], {"name": "Tier", "entityType": "INVOICE", "dataType": "SELECT"}),
        (
            [{"label": "A", "entity": "CUSTOMER", "type": "TEXT"}],
            {"label": "Tier", "entity": "INVOICE", "type": "SELECT"},
        ),
    ],
)
def test_a_field_is_created_in_the_spelling_of_an_existing_one(existing, body):
    """In the likeliest one if there is none."""
    assert creation("invoices", TIER, existing) == body
