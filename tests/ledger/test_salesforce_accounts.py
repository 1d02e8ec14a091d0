"""What is kept of Accounts: refusals, portal links, figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.ledger import Ledger
from upflow_provider.ledger.salesforce_accounts import AccountRefusal, MatchedAccount, PortalLink

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
MATCHED = MatchedAccount(
    "cust-1", "https://app.upflow.io/customers/cust-1", "https://acme.my.salesforce.com/001000000000001AAA"
)
RULE = AccountRefusal(
    "001000000000001AAA", MATCHED, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "No.", ("Overdue__c", "Due__c"), MONDAY
)
LINK = PortalLink("001000000000001AAA", "cust-1", MONDAY + timedelta(days=60))


@pytest.fixture
def accounts(ledger):
    """Return the Accounts of an empty ledger."""
    return ledger.accounts


@pytest.fixture
def elsewhere(engine, ledger):
    """Return the Accounts of another organization in the same database."""
    assert ledger
    return Ledger(engine, "elsewhere").accounts


def test_a_refusal_is_kept_as_it_was(accounts):
    """Code, reason, fields, both ids, and links to both."""
    accounts.refuse("export", [RULE])

    assert accounts.refused("export") == {RULE.account_id: RULE}


def test_a_refusal_that_is_repeated_counts_and_keeps_its_first_time(accounts):
    """The reason is the newest; since when is the first."""
    accounts.refuse("export", [RULE])
    accounts.refuse("export", [replace(RULE, code="STRING_TOO_LONG", fields=(), since=MONDAY + timedelta(days=1))])

    (kept,) = accounts.refused("export").values()
    assert kept == replace(RULE, code="STRING_TOO_LONG", fields=(), attempts=2)


def test_an_account_that_is_accepted_leaves_no_trace(accounts):
    """Others stay."""
    other = replace(RULE, account_id="001000000000002AAA")
    accounts.refuse("export", [RULE, other])
    accounts.accept("export", [RULE.account_id])

    assert list(accounts.refused("export")) == [other.account_id]


def test_an_account_named_twice_at_once_is_refused_once(accounts):
    """The last reason counts."""
    accounts.refuse("export", [RULE, replace(RULE, code="STRING_TOO_LONG")])

    assert [each.code for each in accounts.refused("export").values()] == ["STRING_TOO_LONG"]


def test_refusals_of_values_and_of_links_are_told_apart(accounts):
    """One may be accepted while the other stands."""
    accounts.refuse("export", [RULE])
    accounts.refuse("portal_links", [RULE])
    accounts.accept("export", [RULE.account_id])

    assert accounts.refused("export") == {}
    assert list(accounts.refused("portal_links")) == [RULE.account_id]


def test_many_refusals_in_one_go(accounts):
    """More than a statement takes, the longest-standing first."""
    many = [
        replace(RULE, account_id=f"001{number:012}AAA", since=MONDAY - timedelta(days=number)) for number in range(250)
    ]
    accounts.refuse("export", many)
    assert list(accounts.refused("export").values()) == many[::-1]

    accounts.accept("export", (each.account_id for each in many))
    assert accounts.refused("export") == {}


def test_a_link_is_known_until_when(accounts):
    """A newer one replaces it, whoever's portal it opens."""
    accounts.confirm([LINK])
    assert accounts.links() == {LINK.account_id: LINK}

    newer = PortalLink(LINK.account_id, "cust-2", LINK.expires_at + timedelta(days=30))
    accounts.confirm([newer])
    assert accounts.links() == {LINK.account_id: newer}


def test_figures_are_replaced_as_a_whole(accounts):
    """A customer without a value today has none; other figures stay."""
    accounts.keep_figures("rating", {"cust-1": "A", "cust-2": "D"})
    accounts.keep_figures("average_payment_delay", {"cust-1": "-3.5"})
    accounts.keep_figures("rating", {"cust-1": "B"})

    assert accounts.figures("rating") == {"cust-1": "B"}
    assert accounts.figures("average_payment_delay") == {"cust-1": "-3.5"}
    accounts.keep_figures("rating", {})
    assert accounts.figures("rating") == {}


def test_organizations_do_not_see_each_other(accounts, elsewhere):
    """One ledger may serve several that write to the same Salesforce."""
    accounts.refuse("export", [RULE])
    accounts.confirm([LINK])
    accounts.keep_figures("rating", {"cust-1": "A"})
    assert (elsewhere.refused("export"), elsewhere.links(), elsewhere.figures("rating")) == ({}, {}, {})

    elsewhere.accept("export", [RULE.account_id])
    elsewhere.keep_figures("rating", {})
    assert (list(accounts.refused("export")), accounts.figures("rating")) == ([RULE.account_id], {"cust-1": "A"})
