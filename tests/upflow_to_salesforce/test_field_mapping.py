"""Which field of Account holds what of Upflow: settings, and custom fields looked up."""

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

DEFINITIONS = (
    {"id": "f1", "name": "Segment", "externalId": "segment", "entityType": "CUSTOMER", "dataType": "TEXT"},
    {
        "id": "f2",
        "name": "Tier",
        "entityType": "CUSTOMER",
        "dataType": "SELECT",
        "options": [{"label": "Gold"}, {"label": "Silver"}],
    },
    {"id": "f3", "name": "CRM id", "dataType": "TEXT"},
    {"id": "f4", "name": "Segment of an invoice", "entityType": "INVOICE", "dataType": "TEXT"},
    {"id": "f5", "name": "Odd", "entityType": "CUSTOMER", "dataType": "FORMULA"},
    {"id": "f6", "name": "Region", "entityType": "CUSTOMER", "dataType": "TEXT"},
    {"id": "f7", "name": "Region", "entityType": "CUSTOMER", "dataType": "TEXT"},
)


def mapped(match="external_id", definitions=DEFINITIONS, **settings):
    """Return the fields of settings."""
    given = {"match": {"upflow": match, "salesforce": "Key__c"}, **settings}
    return FieldMapping.of(SalesforceExport.model_validate(given), definitions)


def test_fields_and_custom_fields_are_named_alike():
    """By Upflow's name, or ``custom_field:`` and what the settings call it, with what they hold."""
    found = mapped(fields={"outstanding": "A__c"}, custom_fields={"Segment": "B__c", "Tier": "C__c"})

    assert found.names == {"outstanding": "A__c", "custom_field:Segment": "B__c", "custom_field:Tier": "C__c"}
    assert {name: found.kinds[name] for name in found.names} == {
        "outstanding": "amount",
        "custom_field:Segment": "TEXT",
        "custom_field:Tier": "SELECT",
    }
    assert found.options == {"custom_field:Tier": ["Gold", "Silver"]}
    assert {name: each["id"] for name, each in found.definitions.items()} == {"Segment": "f1", "Tier": "f2"}
    assert (found.match, found.match_field) == ("external_id", "Key__c")


def test_without_custom_fields_none_are_looked_up():
    """An organization may have none."""
    found = mapped(definitions=(), fields={"details_url": "A__c"})

    assert (found.names, found.options, found.definitions) == ({"details_url": "A__c"}, {}, {})


@pytest.mark.parametrize("called", ["Segment", "segment", "f1"])
def test_a_custom_field_is_called_by_name_external_id_or_id(called):
    """Whichever the settings hold."""
    found = mapped(match=f"custom_field:{called}", custom_fields={called: "A__c"})

    assert found.names == {f"custom_field:{called}": "A__c"}
    assert found.match == f"custom_field:{called}"
    assert found.definitions[called]["id"] == "f1"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param([{"id": "x", "name": "Segment"}, {"id": "Segment", "name": "y"}], "Segment", id="id-first"),
        pytest.param([{"id": "x", "externalId": "Segment", "name": "y"}], "x", id="then-external-id"),
        pytest.param([], "f1", id="then-name"),
    ],
)
def test_an_id_goes_before_an_external_id_and_that_before_a_name(others, expected):
    """What is unique goes before what may not be."""
    definitions = [*DEFINITIONS, *({"dataType": "TEXT", **each} for each in others)]
    found = mapped(definitions=definitions, custom_fields={"Segment": "A__c"})

    assert found.definitions["Segment"]["id"] == expected


@pytest.mark.parametrize(
    ("called", "says"),
    [
        ("Nowhere", "'Nowhere': no custom field of customers has this name, external id or id in Upflow"),
        ("segment ", "'segment ': no custom field of customers has"),
        ("Segment of an invoice", "no custom field of customers has"),
        ("f4", "no custom field of customers has"),
        ("Region", "'Region': several custom fields have this name"),
        ("Odd", "'Odd': its type in Upflow cannot be exported"),
    ],
)
def test_what_cannot_be_looked_up_is_named(called, says):
    """Missing, of another kind of record, there twice, or of a type nobody knows."""
    with pytest.raises(ConfigurationError, match=says):
        mapped(custom_fields={called: "A__c"})


def test_all_problems_are_named_at_once():
    """Of fields and of the key."""
    with pytest.raises(ConfigurationError) as raised:
        mapped(match="custom_field:Key", custom_fields={"Nowhere": "A__c", "Region": "B__c", "Odd": "C__c"})

    assert str(raised.value) == (
        "salesforce settings: 'Nowhere': no custom field of customers has this name, external id or id in Upflow; "
        "'Region': several custom fields have this name, external id or id in Upflow; "
        "'Key': no custom field of customers has this name, external id or id in Upflow; "
        "'Odd': its type in Upflow cannot be exported"
    )


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("id", "cust-1"),
        ("external_id", "ext-1"),
        ("accounting_ref", "ref-1"),
        ("custom_field:CRM id", "crm-1"),
        ("custom_field:Tier", "Gold"),
        ("custom_field:Segment", None),
    ],
)
def test_the_key_of_a_customer(match, expected):
    """The property or custom field of the settings; of a select its label."""
    customer = {
        "id": "cust-1",
        "externalId": "ext-1",
        "accountingRef": "ref-1",
        "customFields": [{"id": "f3", "value": "crm-1"}, {"id": "f2", "value": {"id": "o1", "label": "Gold"}}],
    }

    assert mapped(match=match).key_of(customer) == expected


@pytest.mark.parametrize("match", ["external_id", "accounting_ref", "custom_field:CRM id", "custom_field:Tier"])
def test_a_customer_without_a_key(match):
    """It has none; that is no error."""
    assert mapped(match=match).key_of({"id": "cust-1", "externalId": None}) is None
