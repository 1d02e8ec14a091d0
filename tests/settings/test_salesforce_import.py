"""The settings of the import from Salesforce: what is wrong is told when DAGs are parsed."""

import pytest
from pydantic import ValidationError

from upflow_provider.salesforce_to_upflow.settings import ContactsImport, SalesforceImport
from upflow_provider.settings import Organization

EXPORT = {"match": {"salesforce": "Key__c"}, "fields": {"outstanding": "Owes__c"}, "custom_fields": {"Tier": "Tier__c"}}
TIER = {"field": "Level__c", "upflow": "Tier"}


def problem(**settings):
    """Return what is wrong with the settings of an organization."""
    with pytest.raises(ValidationError) as error:
        Organization(**settings)
    return str(error.value)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"salesforce_import": {"account_owner": True}}, "match is missing"),
        ({"salesforce_import": {"contacts": {"owner": "stripe"}}, "salesforce": EXPORT}, "imports nothing"),
        (
            {"salesforce_import": {"account_owner": True, "match": {"salesforce": "Id"}}, "salesforce": EXPORT},
            "match differs from salesforce.match",
        ),
        (
            {
                "salesforce_import": {"custom_fields": [TIER]},
                "salesforce": EXPORT,
                "custom_fields": {"customers": [{"metadata": "tier", "field": "tier"}]},
            },
            "'Tier' is filled by custom_fields, too",
        ),
        (
            {
                "salesforce_import": {"custom_fields": [{**TIER, "upflow": "Additional emails to"}]},
                "salesforce": EXPORT,
                "additional_contacts": "fields",
            },
            "'Additional emails to' is filled by additional_contacts, too",
        ),
        (
            {"salesforce_import": {"custom_fields": [{**TIER, "field": "tier__C"}]}, "salesforce": EXPORT},
            "tier__C is written by the export",
        ),
        (
            {
                "salesforce_import": {"contacts": {"owner": "salesforce"}},
                "salesforce": EXPORT,
                "additional_contacts": "contacts",
            },
            "additional_contacts makes contacts from Stripe",
        ),
        (
            {
                "salesforce_import": {
                    "custom_fields": [TIER],
                    "match": {"upflow": "custom_field:Tier", "salesforce": "Key__c"},
                }
            },
            "a key must come from elsewhere",
        ),
        (
            {"salesforce_import": {"custom_fields": [TIER, {**TIER, "upflow": "tier"}]}, "salesforce": EXPORT},
            "is filled twice",
        ),
        (
            {"salesforce_import": {"contacts": {"where": {"field": "Roles", "values": ["A"]}}}, "salesforce": EXPORT},
            "add related: true",
        ),
    ],
)
def test_what_cannot_be_is_refused(settings, part):
    """Each with what to do."""
    assert part in problem(**settings)


def test_connection_and_match_are_those_of_the_export():
    """Unless the import has its own."""
    export = {**EXPORT, "conn_id": "crm"}
    organization = Organization(salesforce=export, salesforce_import={"account_owner": True})
    own = {"account_owner": True, "match": EXPORT["match"], "conn_id": "reader"}

    assert organization.account_import.match == organization.salesforce.match
    assert organization.account_import.conn_id == "crm"
    assert Organization(salesforce_import=own).account_import.conn_id == "reader"
    assert Organization().account_import is None


def test_who_owns_contacts_is_one_setting():
    """If Salesforce does, those of Stripe come along with new customers only."""
    owners = {
        owner: Organization(salesforce=EXPORT, salesforce_import={"account_owner": True, "contacts": {"owner": owner}})
        for owner in ("stripe", "merged", "salesforce")
    }

    assert [each for each, organization in owners.items() if organization.has_contacts_of_salesforce] == ["salesforce"]
    assert SalesforceImport(account_owner=True, contacts=ContactsImport(owner="stripe")).has_contacts is False
