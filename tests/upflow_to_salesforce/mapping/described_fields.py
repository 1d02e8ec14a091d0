"""Fields of Account in all types, as a describe has them and as the mapping sees them."""

from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.testing.salesforce.org import fields as fake


def field(described):
    """Return a field as the mapping sees it."""
    return SalesforceField.of(described)


def several(name, values, *, restricted):
    """Return a multi-picklist as a describe has it."""
    offered = fake.picklist_field(name, values, restricted=restricted)
    return offered | {"type": "multipicklist", "length": 4099, "precision": 4}


DESCRIBED = {
    "currency": fake.currency_field("Due__c", 15, 2),
    "whole": fake.number_field("Count__c", 18, 0),
    "exact": fake.number_field("Score__c", 18, 6),
    "int": fake.field("Employees", "int", digits=8),
    "text": fake.text_field("Rating__c", 255),
    "long": fake.long_text_field("Link__c", 32_768),
    "rich": fake.rich_text_field("Rich__c", 32_768),
    "url": fake.url_field("Page__c"),
    "picklist": fake.picklist_field("Tier__c", ["Gold", "Tin", "Bronze"]),
    "open": fake.picklist_field("Region__c", [], restricted=False),
    "multi": several("Tags__c", ["Gold", "Tin", "Bronze"], restricted=True),
    "multi_open": several("Any__c", [], restricted=False),
    "date": fake.date_field("Since__c"),
    "checkbox": fake.checkbox_field("Vip__c"),
}
FIELDS = {name: field(each) for name, each in DESCRIBED.items()}
