"""Accounts described, queried and updated, against the fake, over real HTTP."""

from decimal import Decimal

import pytest

from tests.clients.salesforce.accounts import accounts
from tests.clients.salesforce.updates import notes, sent, updated
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.updates import COLLECTION_SIZE_MAX, Update, UpdateOutcome
from upflow_provider.errors import ReadOnlyError, RefusedError


def test_fields_are_described_as_the_user_sees_them(client, salesforce):
    """Hidden ones are not there."""
    salesforce.hidden.add("Note__c")
    names = {each["name"] for each in client.describe()["fields"]}

    assert {"Id", "Name", "Outstanding__c", "Vip__c"} <= names
    assert "Note__c" not in names


def test_numbers_of_a_query_are_exact(client, salesforce):
    """A float would lose cents: none comes out of the client."""
    salesforce.add_account(Outstanding__c=Decimal("1234567890.12"), Score__c=Decimal("0.10"), Vip__c=True)
    [[account]] = client.query("SELECT Id, Outstanding__c, Score__c, Vip__c, Note__c FROM Account")
    del account["attributes"], account["Id"]

    assert account == {
        "Outstanding__c": Decimal("1234567890.12"),
        "Score__c": Decimal("0.10"),
        "Vip__c": True,
        "Note__c": None,
    }
    assert not any(isinstance(value, float) for value in account.values())


def test_a_page_is_yielded_before_the_next_is_asked_for(client, salesforce):
    """The caller works while it has one page only."""
    salesforce.page_size = 2
    ids = accounts(salesforce, 5)
    pages = client.query("SELECT Id FROM Account")
    seen = []
    for number in (1, 2, 3):
        seen += [each["Id"] for each in next(pages)]
        assert salesforce.calls["query"] == number

    assert next(pages, None) is None
    assert seen == ids
    paths = [each.path for each in salesforce.requests.matching("GET", "/query")]
    assert paths[0] == "/services/data/v59.0/query"
    assert paths[1].startswith("/services/data/v59.0/query/")
    assert paths[1] != paths[2]


def test_a_query_that_finds_nothing(client):
    """Is one empty page."""
    assert [list(page) for page in client.query("SELECT Id FROM Account")] == [[]]


def test_a_page_that_was_cut_short_is_asked_for_again(client, salesforce):
    """No Account is lost or told twice."""
    salesforce.page_size = 2
    ids = accounts(salesforce, 6)
    salesforce.faults.add("truncated", path="/query", after=1)
    salesforce.faults.add("reset_after", path="/query", after=2)

    assert [each["Id"] for page in client.query("SELECT Id FROM Account") for each in page] == ids


def test_a_wrong_query_is_refused(client, salesforce):
    """At once, with the name of the field."""
    with pytest.raises(RefusedError, match=r"^GET /query: 400: INVALID_FIELD: .*Nowhere__c"):
        list(client.query("SELECT Nowhere__c FROM Account"))

    assert salesforce.calls["query"] == 1


@pytest.mark.parametrize(("condition", "expected"), [("", 3), ("Note__c != null", 1), ("Note__c = 'x'", 0)])
def test_accounts_are_counted(client, salesforce, condition, expected):
    """All, or those that meet a condition; deleted ones never."""
    accounts(salesforce, 2)
    salesforce.add_account(Note__c="y")
    salesforce.delete_account(salesforce.add_account(Note__c="y"))

    assert client.count(condition) == expected


@pytest.mark.parametrize(
    ("number", "sizes"),
    [
        (0, []),
        (1, [1]),
        (COLLECTION_SIZE_MAX, [200]),
        (COLLECTION_SIZE_MAX + 1, [200, 1]),
        (2 * COLLECTION_SIZE_MAX + 5, [200, 200, 5]),
    ],
)
def test_updates_go_two_hundred_a_request(client, salesforce, number, sizes):
    """In the order in which they are given, and so do the outcomes."""
    ids = accounts(salesforce, number)[::-1]
    outcomes = updated(client, notes(ids))

    assert [len(each) for each in sent(salesforce)] == sizes
    assert [each for request in sent(salesforce) for each in request] == ids
    assert [each for request in outcomes for each in request] == [UpdateOutcome(each) for each in ids]
    assert all(salesforce.account(each)["Note__c"] == "New" for each in ids)
    assert client.writes == len(sizes)


def test_the_next_request_is_sent_when_the_caller_asks_for_it(client, salesforce):
    """What became of the first can be written down before."""
    outcomes = client.update(notes(accounts(salesforce, 401)))
    for number in (1, 2, 3):
        next(outcomes)
        assert len(sent(salesforce)) == number


def test_a_request_names_type_id_and_values_and_updates_only(client, salesforce):
    """Null clears; each record stands for itself."""
    account = salesforce.add_account(Note__c="Old", Outstanding__c=5)
    updated(client, [Update(account, {"Note__c": None, "Outstanding__c": 12.5, "Vip__c": False})])
    [arrived] = salesforce.requests.matching("PATCH")

    assert arrived.path == "/services/data/v59.0/composite/sobjects"
    assert arrived.json == {
        "allOrNone": False,
        "records": [
            {
                "attributes": {"type": "Account"},
                "id": account,
                "Note__c": None,
                "Outstanding__c": 12.5,
                "Vip__c": False,
            }
        ],
    }
    assert salesforce.account(account)["Note__c"] is None
    assert salesforce.account(account)["Outstanding__c"] == Decimal("12.5")
    assert salesforce.inserts == []


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_during", "truncated"])
def test_an_update_whose_answer_was_lost_ends_the_same(client, salesforce, kind):
    """It is sent again, as it was."""
    ids = accounts(salesforce, 3)
    salesforce.faults.add(kind, method="PATCH")

    assert updated(client, notes(ids)) == [[UpdateOutcome(each) for each in ids]]
    assert sent(salesforce) == [ids, ids]
    assert {salesforce.account(each)["Note__c"] for each in ids} == {"New"}


def test_a_client_that_only_reads_reads(salesforce, salesforce_http):
    """And refuses to write before anything is sent."""
    client = SalesforceClient(salesforce_http(read_only=True))
    with pytest.raises(ReadOnlyError):
        updated(client, notes(accounts(salesforce, 1)))

    assert salesforce.writes == 0
    assert len(salesforce.requests) == 0
    assert client.count("") == 1
