"""Customers, and the links of theirs that Upflow has made and Accounts hold."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 3, 37, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def customers(scene, number):
    """Make customers; return their Accounts."""
    return [scene.customer(f"cus_{each}") for each in range(number)]


def minted(scene):
    """Return the links that Upflow has made, in order."""
    return list(scene.upflow.store.portal_links)


def link(scene, account_id):
    """Return what an Account holds."""
    return scene.held(account_id, "Portal__c")[0]


def expiry(scene, account_id):
    """Return when the link that an Account holds expires, as Upflow knows."""
    return {each["url"]: each["expiresAt"] for each in minted(scene)}[link(scene, account_id)]


def remembered(scene):
    """Return when links expire, by the Account that is known to hold them."""
    return {account_id: known.expires_at for account_id, known in scene.ledger.accounts.links().items()}


def mints(scene):
    """Return the customers that links were asked for, in order."""
    arrived = scene.upflow.requests.matching("POST", "/portal")
    return [each.customer for each in arrived]
