"""Changes of Accounts, and what became of them."""

import csv
import io

import pytest

from upflow_provider.testing.salesforce.org.fields import (
    checkbox_field,
    currency_field,
    date_field,
    multipicklist_field,
    text_field,
)
from upflow_provider.upflow_to_salesforce.differences import AccountChange

FIELDS = (
    text_field("Note__c"),
    currency_field("Outstanding__c"),
    checkbox_field("Vip__c"),
    date_field("Since__c"),
    multipicklist_field("Regions__c", ["North", "South"]),
)
RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
BOTH_WAYS = pytest.mark.parametrize("bulk_from", [1_000, 1], ids=["collections", "bulk"])


def accounts(salesforce, number):
    """Make Accounts; return their Ids."""
    return [salesforce.add_account(Name=f"Account {each}", Note__c="Old", Outstanding__c=5) for each in range(number)]


def notes(ids):
    """Return a change of each Account."""
    return [AccountChange(each, {"Note__c": "New"}) for each in ids]


def written(writer, changes):
    """Write changes; return the Accounts that were confirmed, and what was refused."""
    confirmed, refused = [], {}
    for each in writer.write(changes):
        confirmed += each.confirmed
        assert not refused.keys() & each.refused.keys()
        refused |= each.refused
    return confirmed, refused


def uploads(salesforce):
    """Return the rows of each file that arrived, the header first."""
    arrived = salesforce.requests.matching("PUT", "/batches")
    return [list(csv.reader(io.StringIO(each.body.decode(), newline=""))) for each in arrived]
