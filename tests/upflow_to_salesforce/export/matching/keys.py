"""Customers and Accounts with keys."""

from upflow_provider.testing.salesforce.org.fields import text_field

TEXT = text_field("Key__c", 80, externalId=True)


def owing(scene, external_id, **given):
    """Make a customer who owes 1.00, with any properties and custom fields."""
    scene.person(external_id, **given)
    scene.invoice(external_id, 100)


def account(scene, key):
    """Make an Account with a key."""
    return scene.salesforce.add_account(Name="Acme", Key__c=key)


def by_custom_field(scene, name="CRM id", kind="TEXT", **definition):
    """Give customers a custom field with the key."""
    return scene.client().create_custom_field({"name": name, "entityType": "CUSTOMER", "dataType": kind, **definition})
