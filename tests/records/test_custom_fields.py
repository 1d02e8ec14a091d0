"""Custom fields as Upflow defines them: read in any likely spelling, compared with what is declared, and created."""

import pytest

from upflow_provider.records.custom_field_values import Unfit
from upflow_provider.records.custom_fields import CustomField, DefinedField, Definition

TIER = CustomField("Tier", "SELECT")
LISTED = {"id": "f1", "externalId": None, "name": "Tier", "entityType": "CUSTOMER", "dataType": "SELECT"}


@pytest.mark.parametrize(
    ("listed", "options"),
    [
        (LISTED, None),
        ({**LISTED, "options": [{"label": "One"}, {"id": "o2", "label": "Two"}]}, ("One", "Two")),
        ({"id": "f1", "label": "Tier", "entity": "customer", "type": "select", "values": ["One"]}, ("One",)),
        ({"id": "f1", "label": "Tier", "type": "Select", "choices": [{"value": "One"}, 5]}, ("One",)),
    ],
)
def test_a_definition_is_read_in_any_likely_spelling(listed, options):
    """The properties are not documented; a definition without options in sight has none that are known."""
    definition = Definition.of(listed)

    assert definition == Definition("Tier", "CUSTOMER", "SELECT", "f1", None, options)
    assert Definition.of(definition.as_dict()) == definition


def test_an_unknown_label_is_not_sent_and_the_one_that_was_meant_is_named():
    """Labels are case-sensitive in Upflow, and a new one silently makes an option; unless that is wanted."""
    definition = Definition("Tier", "CUSTOMER", "MULTI_SELECT", "f1", options=("One", "Two"))
    strict = DefinedField(CustomField("Tier", "MULTI_SELECT"), definition)
    lenient = DefinedField(CustomField("Tier", "MULTI_SELECT", allow_new_options=True), definition)

    assert strict.value_of("Two, One") == {"id": "f1", "value": [{"label": "One"}, {"label": "Two"}]}
    assert strict.value_of("one, Two") == Unfit("is not among the options of the field; Upflow has 'One'")
    assert strict.value_of("Bronze") == Unfit("is not among the options of the field")
    assert lenient.value_of("one") == {"id": "f1", "value": [{"label": "one"}]}
    assert strict.value_of(None) == {"id": "f1", "value": None}


@pytest.mark.parametrize(
    ("kind", "listed", "value"),
    [
        ("TEXT", "a", "a"),
        ("TEXT", "", None),
        ("NUMBER", 1.5, 1.5),
        ("NUMBER", "1.50", 1.5),
        ("DATE", "2026-01-31T00:00:00.000Z", "2026-01-31"),
        ("SELECT", {"id": "o1", "label": "One"}, {"label": "One"}),
        ("MULTI_SELECT", [{"label": "b"}, {"label": "a"}], [{"label": "a"}, {"label": "b"}]),
        ("BOOLEAN", "perhaps", "perhaps"),
        ("BOOLEAN", None, None),
    ],
)
def test_a_listed_value_has_the_form_in_which_it_is_sent(kind, listed, value):
    """So that the two can be compared; what cannot have been sent stays as it is, and differs."""
    field = DefinedField(CustomField("F", kind), Definition("F", "CUSTOMER", kind, "f1", "x1"))

    assert field.listed_value([{"id": "f0", "value": 0}, {"externalId": "x1", "value": listed}]) == {
        "id": "f1",
        "value": value,
    }
    assert field.listed_value([]) == {"id": "f1", "value": None}


def test_a_field_without_an_id_goes_by_its_external_id():
    """Either of them names it."""
    field = DefinedField(CustomField("F"), Definition("F", "CUSTOMER", "TEXT", None, "x1"))

    assert field.value_of("a") == {"externalId": "x1", "value": "a"}


def test_a_label_is_the_same_whichever_way_its_accent_is_written():
    """As one character or two; Upflow gets the form that it has, so that no new option is made."""
    definition = Definition("Tier", "CUSTOMER", "MULTI_SELECT", "f1", options=("\u00c9lite", "E\u0301t\u00e9"))
    strict = DefinedField(CustomField("Tier", "MULTI_SELECT"), definition)
    lenient = DefinedField(CustomField("Tier", "MULTI_SELECT", allow_new_options=True), definition)
    sent = {"id": "f1", "value": [{"label": "E\u0301t\u00e9"}, {"label": "\u00c9lite"}]}

    for field in (strict, lenient):
        assert field.value_of("E\u0301lite; \u00c9te\u0301") == sent
        assert field.listed_value([sent]) == sent
    assert strict.value_of("e\u0301lite") == Unfit("is not among the options of the field; Upflow has '\u00c9lite'")
