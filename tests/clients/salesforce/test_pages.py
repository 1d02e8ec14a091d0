"""Queries that do not come to their end at once: they begin again, tell no record twice, and conclude nothing."""

import pytest

from tests.clients.salesforce.accounts import accounts
from upflow_provider.clients.salesforce.client import FIELD_MEMBERS, SalesforceClient
from upflow_provider.clients.salesforce.pages import BEGINNINGS_MAX
from upflow_provider.errors import ConfigurationError, ProtocolError, RetriableError

SOQL = "SELECT Id, Name FROM Account"
LATER_PAGE = r"\.0/query/"
ANY_PAGE = r"\.0/query"


@pytest.fixture
def ids(salesforce):
    """Make seven Accounts, of which a query tells two at a time."""
    salesforce.page_size = 2
    return accounts(salesforce, 7)


def found(client):
    """Return the Ids that a query finds."""
    return [each["Id"] for page in client.query(SOQL) for each in page]


def first(salesforce):
    """Return how many times a query was begun."""
    return len(salesforce.requests.matching("GET", r"/query$"))


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize(
    ("status", "code"), [(400, "INVALID_QUERY_LOCATOR"), (404, "NOT_FOUND"), (400, "INVALID_QUERY_CURSOR_OF_2030")]
)
def test_a_locator_that_is_no_longer_valid_begins_the_query_again(client, salesforce, ids, status, code, after):
    """Whatever Salesforce calls it, and on whichever page: every record is told once."""
    salesforce.trouble.refuse_requests(status, code, "gone", path=LATER_PAGE, after=after)

    assert sorted(found(client)) == sorted(ids)
    assert first(salesforce) == 2


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_session_that_ends_between_pages_begins_the_query_again(client, salesforce, ids, after):
    """The locator ends with it: a new login is not enough."""
    message = "Session expired or invalid"
    salesforce.trouble.refuse_requests(401, "INVALID_SESSION_ID", message, path=LATER_PAGE, after=after)

    assert found(client) == ids
    assert salesforce.calls["token"] == 2
    assert first(salesforce) == 2


def test_a_locator_that_never_lives_is_an_error(client, salesforce, ids):
    """It may live in an hour."""
    salesforce.trouble.refuse_requests(400, "INVALID_QUERY_LOCATOR", "gone", path=LATER_PAGE, times=None)
    with pytest.raises(RetriableError, match=rf"LOCATOR: gone \(the query was started {BEGINNINGS_MAX} times"):
        found(client)

    assert first(salesforce) == BEGINNINGS_MAX


def test_accounts_that_come_and_go_between_two_beginnings(client, salesforce, ids):
    """A new one is told; one that was told is not told again, though it has moved."""
    pages = client.query(SOQL)
    told = [each["Id"] for each in next(pages)]
    salesforce.delete_account(ids[6])
    new = salesforce.add_account(Name="New")
    salesforce.trouble.refuse_requests(400, "INVALID_QUERY_LOCATOR", "gone", path=LATER_PAGE)
    told += [each["Id"] for page in pages for each in page]

    assert sorted(told) == sorted({*ids, new} - {ids[6]})


def shorter(page):
    """Leave out a record."""
    return {**page, "records": page["records"][1:]}


@pytest.mark.parametrize("times", [1, 2])
def test_a_list_that_is_shorter_than_it_says_is_asked_for_again(client, salesforce, ids, times):
    """Until it is whole."""
    salesforce.odd_answers.change(ANY_PAGE, shorter, times=times)

    assert sorted(found(client)) == sorted(ids)


def test_a_list_that_is_always_short_concludes_nothing(client, salesforce, ids):
    """No Account is gone because a list lacks it."""
    salesforce.odd_answers.change(r"\.0/query\?", shorter, times=None)
    with pytest.raises(RetriableError, match=r"^GET /query: got 6 of 7 records"):
        found(client)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(lambda page: {**page, "records": None}, "no valid records", id="null"),
        pytest.param(lambda page: {**page, "records": {}}, "no valid records", id="no-list"),
        pytest.param(lambda page: {**page, "records": [None]}, "records that are not objects", id="no-objects"),
        pytest.param(lambda page: {**page, "records": [{"Name": "A"}]}, "not objects with an Id", id="no-id"),
        pytest.param(lambda page: {**page, "records": [{"Id": 7}]}, "not objects with an Id", id="no-text"),
        pytest.param(lambda page: {**page, "done": None}, "no valid done", id="not-said"),
        pytest.param(lambda page: {**page, "done": "false"}, "no valid done", id="text"),
        pytest.param(lambda page: {**page, "done": False, "nextRecordsUrl": None}, "no valid nextR", id="no-next"),
        pytest.param(lambda page: {**page, "done": False, "nextRecordsUrl": 2}, "no valid nextR", id="number"),
        pytest.param(
            lambda page: {**page, "done": False, "nextRecordsUrl": "https://x.example/"},
            "not one of Salesforce.s API",
            id="url",
        ),
        pytest.param(lambda page: [page], "not a JSON object", id="list"),
        pytest.param(lambda _: {"error": "invalid_session", "error_description": "x"}, "no valid records", id="login"),
    ],
)
def test_an_answer_that_is_none_to_a_query_is_an_error_in_words(client, salesforce, ids, change, says):
    """Not a KeyError; and nobody is asked again and again."""
    salesforce.odd_answers.change(ANY_PAGE, change, times=None)
    with pytest.raises(ProtocolError, match=rf"^GET /query: .*{says}"):
        found(client)

    assert salesforce.calls["query"] == 1


@pytest.mark.parametrize("total", [None, "seven", True, [7]])
def test_a_count_that_is_none_is_an_error_in_words(client, salesforce, total):
    """It is not taken for zero, or for one."""
    salesforce.odd_answers.change(ANY_PAGE, lambda page: {**page, "totalSize": total})
    with pytest.raises(ProtocolError, match=r"^GET /query: the answer has no valid totalSize"):
        client.count("")


def test_a_count_is_asked_for_once(client, salesforce, clock):
    """It only chooses how to read: nobody waits for it."""
    salesforce.trouble.refuse_requests(400, "QUERY_TIMEOUT", "too long", path="query", times=None)
    with pytest.raises(RetriableError, match="QUERY_TIMEOUT"):
        client.count("")

    assert clock.sleeps == []


@pytest.mark.parametrize("name", [*FIELD_MEMBERS])
@pytest.mark.parametrize("odd", [None, 1.5])
def test_a_description_that_lacks_something_is_an_error_in_words(client, salesforce, name, odd):
    """Of any field."""

    def change(described):
        described["fields"][-1][name] = odd
        return described

    salesforce.odd_answers.change("describe", change)
    with pytest.raises(ProtocolError, match=r"^GET /sobjects/Account/describe: the description of a field"):
        client.describe()


@pytest.mark.parametrize("body", [{}, {"fields": None}, {"fields": [None], "updateable": True}, {"updateable": 1}])
def test_a_description_that_is_none_is_an_error_in_words(client, salesforce, body):
    """As a whole."""
    salesforce.odd_answers.change("describe", lambda _: body)
    with pytest.raises(ProtocolError, match=r"^GET /sobjects/Account/describe: (the answer|the description) "):
        client.describe()


def test_a_version_that_does_not_exist_is_named(salesforce_login, salesforce_http):
    """The setting, and what it is."""
    client = SalesforceClient(salesforce_http(lambda: salesforce_login("99.0")))
    with pytest.raises(ConfigurationError, match=r"404: NOT_FOUND: .*; check the version 99\.0 in"):
        client.describe()


def test_a_page_that_names_itself_as_the_next_one_is_an_error(client, salesforce, ids):
    """The query would never end."""
    paths = []

    def again(page):
        paths.append(page.get("nextRecordsUrl"))
        return {**page, "done": False, "nextRecordsUrl": paths[0]}

    salesforce.odd_answers.change(ANY_PAGE, again, times=None)
    with pytest.raises(ProtocolError, match=r"names the same next page again, so that there is no end"):
        found(client)
