"""Updates of Accounts, as sObject Collections send them."""

from upflow_provider.clients.salesforce.updates import Update


def notes(ids, text="New"):
    """Return an update of each Account."""
    return [Update(each, {"Note__c": text}) for each in ids]


def updated(client, updates):
    """Return what became of updates, request by request."""
    return [list(outcomes) for outcomes in client.update(updates)]


def sent(salesforce):
    """Return the Ids of each request to write that arrived."""
    arrived = salesforce.requests.matching("PATCH", "/composite/sobjects")
    return [[record["id"] for record in each.json["records"]] for each in arrived]
