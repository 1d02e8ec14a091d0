"""Conflicts between the import from Salesforce and what else fills Upflow: two sources never fill one field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from upflow_provider.clients.salesforce.account_match import Match
from upflow_provider.records.salesforce.customer_key import CUSTOM_FIELD
from upflow_provider.salesforce_to_upflow.settings import SalesforceImport


def conflicts(
    settings: SalesforceImport,
    *,
    filled: Mapping[str, Collection[str]],
    exported: Collection[str],
    export_match: Match | None,
) -> Iterator[str]:
    """
    Yield what is wrong with the settings of an import, given the other settings of the organization.

    Args:
        settings: The settings of the import.
        filled: Names of custom fields of customers that others fill, by the setting that says so.
        exported: API names of the fields of Account that the export writes.
        export_match: How the export finds Accounts; ``None`` without an export.
    """
    match = settings.match or export_match
    if match is None:
        yield "match is missing; say how the Account of a customer is found, such as match: {salesforce: Billing_Id__c}"
    elif export_match not in {None, match}:
        yield "match differs from salesforce.match; remove it, so that both flows find the same Accounts"
    own = {each.upflow.casefold(): each.upflow for each in settings.custom_fields}
    for setting, names in filled.items():
        if shared := sorted(own[each.casefold()] for each in names if each.casefold() in own):
            yield f"{', '.join(map(repr, shared))} is filled by {setting}, too; remove it from one of them"
    if match and match.upflow.removeprefix(CUSTOM_FIELD).casefold() in own and match.upflow.startswith(CUSTOM_FIELD):
        yield "the custom field of match is filled by custom_fields; a key must come from elsewhere"
    written = {each.casefold() for each in exported}
    if echoes := sorted({each.field for each in settings.custom_fields if each.field.casefold() in written}):
        yield f"{', '.join(echoes)} is written by the export; what Upflow exports must not come back"
    if settings.contacts and settings.contacts.owner == "salesforce" and filled.get("additional_contacts"):
        yield "contacts.owner is salesforce, but additional_contacts makes contacts from Stripe; remove one of them"
