"""The fields of Account that the tests of the export write, and what goes into them."""

from upflow_provider.testing.salesforce.org.fields import (
    checkbox_field,
    currency_field,
    date_field,
    long_text_field,
    multipicklist_field,
    number_field,
    picklist_field,
    text_field,
    url_field,
)

FIELDS = (
    text_field("Billing_Id__c", 40, externalId=True, unique=False),
    currency_field("Outstanding__c"),
    currency_field("Overdue__c"),
    currency_field("Due__c"),
    number_field("Overdue_Count__c"),
    number_field("Due_Count__c"),
    url_field("Upflow_Page__c"),
    long_text_field("Portal__c"),
    text_field("Segment__c"),
    picklist_field("Tier__c", ["Gold", "Silver"]),
    multipicklist_field("Regions__c", ["North", "South", "West"]),
    date_field("Since__c"),
    checkbox_field("Vip__c"),
    number_field("Score__c", scale=1),
)
MAPPED = {
    "outstanding": "Outstanding__c",
    "overdue": "Overdue__c",
    "due": "Due__c",
    "overdue_count": "Overdue_Count__c",
    "due_count": "Due_Count__c",
    "details_url": "Upflow_Page__c",
}
CUSTOM = {
    "Segment": ("TEXT", "Segment__c"),
    "Tier": ("SELECT", "Tier__c"),
    "Regions": ("MULTI_SELECT", "Regions__c"),
    "Since": ("DATE", "Since__c"),
    "VIP": ("BOOLEAN", "Vip__c"),
    "Score": ("NUMBER", "Score__c"),
}
