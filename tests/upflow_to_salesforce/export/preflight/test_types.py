"""Which types of Salesforce's fields take which of Upflow's: any other is told before anything is written."""

import pytest

from tests.upflow_to_salesforce.export.preflight.problems import UNTOLD, problems
from upflow_provider.testing.salesforce.org.fields import (
    checkbox_field,
    currency_field,
    date_field,
    field,
    long_text_field,
    multipicklist_field,
    number_field,
    picklist_field,
    rich_text_field,
    text_area_field,
    text_field,
    url_field,
)
from upflow_provider.upflow_to_salesforce.mapping.fields import ALLOWED_TYPES, KINDS

TYPES = {
    "Currency": currency_field("F__c"),
    "Number": number_field("F__c"),
    "Percent": number_field("F__c", 5, 2, type="percent"),
    "Text": text_field("F__c"),
    "Text Area": text_area_field("F__c"),
    "Text Area (Long)": long_text_field("F__c"),
    "Text Area (Rich)": rich_text_field("F__c"),
    "URL": url_field("F__c"),
    "Email": text_field("F__c", 80, type="email"),
    "Phone": text_field("F__c", 40, type="phone"),
    "Picklist": picklist_field("F__c", ["A"], restricted=False),
    "Multi-picklist": multipicklist_field("F__c", ["A"], restricted=False),
    "Date": date_field("F__c"),
    "Date/Time": field("F__c", "datetime", soapType="xsd:dateTime"),
    "Checkbox": checkbox_field("F__c"),
    "Lookup": field("F__c", "reference", length=18, referenceTo=["User"]),
}


@pytest.mark.parametrize("label", TYPES)
@pytest.mark.parametrize("upflow", [name for name in KINDS if name not in ("portal_url", *UNTOLD)])
def test_a_field_takes_the_types_that_upflow_documents(scene, upflow, label):
    """Any other is refused; the sentence names both fields, the type, and those that do."""
    scene.salesforce.add_field(TYPES[label])
    scene.configure(fields={upflow: "F__c"})

    allowed = ALLOWED_TYPES[KINDS[upflow]]
    if label in allowed:
        assert scene.export().rejected == 0
    else:
        wanted = f"{upflow}: Salesforce field F__c is of type {label}; map a field of type {' or '.join(allowed)}."
        assert problems(scene) == [wanted]


@pytest.mark.parametrize("label", TYPES)
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TEXT", "A"),
        ("SELECT", {"label": "A"}),
        ("MULTI_SELECT", [{"label": "A"}]),
        ("DATE", "2024-02-29"),
        ("BOOLEAN", True),
        ("NUMBER", 1),
    ],
)
def test_a_custom_field_takes_the_types_that_upflow_documents(scene, kind, value, label):
    """By its own type."""
    scene.salesforce.add_field(TYPES[label])
    scene.client().create_custom_field({"name": "Own", "entityType": "CUSTOMER", "dataType": kind})
    scene.person("cus_1", custom={"Own": value})
    scene.configure(fields={}, custom_fields={"Own": "F__c"})

    if label in ALLOWED_TYPES[kind]:
        assert scene.export().updated == 1
    else:
        [told] = problems(scene)
        assert f"F__c is of type {label}; map a field of type {' or '.join(ALLOWED_TYPES[kind])}." in told
