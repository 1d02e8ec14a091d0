"""Refusals that the ledger keeps until Salesforce confirms the Account."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.upflow_to_salesforce.account_writer.changes import RULE
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.ledger.salesforce_accounts import MatchedAccount
from upflow_provider.upflow_to_salesforce.account_writer import WriteResult, keep_refusals

AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def kept(sqlite_url):
    """Give the test what the ledger keeps of Accounts."""
    engine = prepare(sa.create_engine(sqlite_url))
    yield Ledger(engine, "default").accounts
    engine.dispose()


def matched_account(account_id):
    """Return the customer of an Account, and links to both."""
    customer_id = f"cust-{account_id[-1].lower()}"
    return MatchedAccount(
        customer_id, f"https://upflow.example.com/{customer_id}", f"https://salesforce.example.com/{account_id}"
    )


def test_refusals_are_written_down_until_they_are_confirmed(kept):
    """By kind of write, with customer and Account; since when and how often is counted."""
    why = Refusal(RULE, "Not while on hold", ("Note__c",))
    keep_refusals(kept, "export", WriteResult([], {"001A": why, "001B": Refusal("OTHER")}), matched_account, AT)
    keep_refusals(kept, "portal_links", WriteResult([], {"001A": why}), matched_account, AT)
    keep_refusals(
        kept, "export", WriteResult(["001B", "001C"], {"001A": why}), matched_account, AT + timedelta(hours=1)
    )

    [known] = kept.refused("export").values()
    assert (known.account_id, known.matched, known.code, known.reason) == (
        "001A",
        matched_account("001A"),
        RULE,
        why.reason,
    )
    assert (known.fields, known.since, known.attempts) == (("Note__c",), AT, 2)
    assert kept.refused("portal_links").keys() == {"001A"}

    keep_refusals(kept, "portal_links", WriteResult(["001A"]), matched_account, AT)
    assert kept.refused("portal_links") == {}
    assert kept.refused("export").keys() == {"001A"}
