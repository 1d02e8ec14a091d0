"""Accounts described, queried and updated, against the fake, over real HTTP."""

import math
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from upflow_provider.clients.salesforce.answers import PASSING, Refusal
from upflow_provider.clients.salesforce.client import (
    COLLECTION_SIZE_MAX,
    UPDATE_ATTEMPTS_MAX,
    SalesforceClient,
    Update,
    UpdateOutcome,
)
from upflow_provider.clients.salesforce.http import Login
from upflow_provider.errors import (
    AuthenticationError,
    NotFoundError,
    ProtocolError,
    QuotaError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
)
from upflow_provider.testing import serve
from upflow_provider.testing.salesforce.org.fields import checkbox_field, currency_field, number_field, text_field
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError

FIELDS = (
    text_field("Note__c"),
    currency_field("Outstanding__c"),
    number_field("Score__c", scale=2),
    checkbox_field("Vip__c"),
)
RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
BAD_REQUEST = SalesforceRefusalError(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of boolean")


@pytest.fixture
def salesforce(fake_salesforce):
    """Give the fake some fields."""
    for each in FIELDS:
        fake_salesforce.add_field(each)
    return fake_salesforce


@pytest.fixture
def client(salesforce, salesforce_http):
    """Give the test a client of the fake."""
    return SalesforceClient(salesforce_http())


@pytest.fixture
def answering(salesforce_http):
    """Return a function that makes a client of a server which answers everything the same."""
    given = []

    async def answer(_):
        return JSONResponse(given[0])

    with serve(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "PATCH"])])) as server:

        def make(body):
            given.append(body)
            return SalesforceClient(salesforce_http(lambda: Login(server.url, "token", "59.0")))

        yield make


def accounts(salesforce, number):
    """Make Accounts; return their Ids."""
    return [salesforce.add_account(Name=f"Account {each}") for each in range(number)]


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


def test_fields_are_described_as_the_user_sees_them(client, salesforce):
    """Hidden ones are not there."""
    salesforce.hidden.add("Note__c")
    names = {each["name"] for each in client.describe()["fields"]}

    assert {"Id", "Name", "Outstanding__c", "Vip__c"} <= names
    assert "Note__c" not in names


def test_numbers_of_a_query_are_exact(client, salesforce):
    """A float would lose cents: none comes out of the client."""
    salesforce.add_account(Outstanding__c=Decimal("1234567890.12"), Score__c=Decimal("0.10"), Vip__c=True)
    [[account]] = client.query("SELECT Outstanding__c, Score__c, Vip__c, Note__c FROM Account")
    del account["attributes"]

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


@pytest.mark.parametrize("code", sorted(PASSING))
def test_what_passes_is_sent_again_by_itself(client, salesforce, clock, code):
    """After pauses that double; the outcomes keep their order."""
    ids = accounts(salesforce, 5)
    salesforce.trouble.refuse_row(ids[1], code, "later", times=1)
    salesforce.trouble.refuse_row(ids[3], code, "later", times=3)
    [outcomes] = updated(client, notes(ids))

    assert outcomes == [UpdateOutcome(each) for each in ids]
    assert sent(salesforce) == [ids, [ids[1], ids[3]], [ids[3]], [ids[3]]]
    assert clock.sleeps == [2.0, 4.0, 8.0]


def test_what_does_not_pass_in_time_is_refused(client, salesforce, clock):
    """After four attempts; the next request is sent all the same."""
    ids = accounts(salesforce, 201)
    salesforce.trouble.lock(ids[7], times=None)
    first, second = updated(client, notes(ids))

    assert [each.account_id for each in first if each.refusal] == [ids[7]]
    assert first[7].refusal.code == "UNABLE_TO_LOCK_ROW"
    assert second == [UpdateOutcome(ids[200])]
    assert [len(each) for each in sent(salesforce)] == [200, *[1] * (UPDATE_ATTEMPTS_MAX - 1), 1]
    assert len(clock.sleeps) == UPDATE_ATTEMPTS_MAX - 1


def test_what_does_not_pass_is_not_sent_again(client, salesforce, clock):
    """Each refusal has code, words and fields; the other records are written."""
    ids = accounts(salesforce, 4)
    salesforce.trouble.validation_rule(ids[0], "Not while on hold", "Note__c", "Vip__c")
    salesforce.delete_account(ids[2])
    [outcomes] = updated(client, notes(ids))

    assert outcomes == [
        UpdateOutcome(ids[0], Refusal(RULE, "Not while on hold", ("Note__c", "Vip__c"))),
        UpdateOutcome(ids[1]),
        UpdateOutcome(ids[2], Refusal("ENTITY_IS_DELETED", "entity is deleted")),
        UpdateOutcome(ids[3]),
    ]
    assert len(sent(salesforce)) == 1
    assert clock.sleeps == []


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        pytest.param([("UNABLE_TO_LOCK_ROW", "a"), (RULE, "b")], Refusal(RULE, "b"), id="passing-first"),
        pytest.param([(RULE, "b"), ("UNABLE_TO_LOCK_ROW", "a")], Refusal(RULE, "b"), id="passing-last"),
        pytest.param([(RULE, "b"), ("STRING_TOO_LONG", "c")], Refusal(RULE, "b"), id="several"),
        pytest.param([], Refusal("UNKNOWN_ERROR"), id="none"),
        pytest.param(None, Refusal("UNKNOWN_ERROR"), id="untold"),
    ],
)
def test_of_several_errors_the_one_that_stays_counts(answering, clock, errors, expected):
    """A lock is no news beside a rule, and no reason to try again."""
    told = {} if errors is None else {"errors": [{"statusCode": code, "message": text} for code, text in errors]}
    client = answering([{"success": False, **told}])

    assert updated(client, notes(["001"])) == [[UpdateOutcome("001", expected)]]
    assert clock.sleeps == []


@pytest.mark.parametrize("number", [1, 2, 9, COLLECTION_SIZE_MAX])
def test_a_request_that_is_refused_as_a_whole_is_cut_down_to_the_bad_record(client, salesforce, number):
    """It stands alone in the end; all others are written once, in few requests."""
    ids = accounts(salesforce, number)
    bad = ids[number // 3]
    salesforce.trouble.refuse_request_with(bad, BAD_REQUEST, RowRefusalError("NEVER", "seen"))
    [outcomes] = updated(client, notes(ids))

    assert [each.account_id for each in outcomes] == ids
    [refused] = [each for each in outcomes if each.refusal]
    assert refused.account_id == bad
    assert refused.refusal.code == "HTTP_400"
    assert "JSON_PARSER_ERROR: Cannot deserialize instance of boolean" in refused.refusal.reason
    assert sorted(each for each, _ in salesforce.updates) == sorted(set(ids) - {bad})
    assert len(sent(salesforce)) <= 1 + 2 * math.ceil(math.log2(number))


def test_several_bad_records_and_locked_ones_in_one_request(client, salesforce):
    """Each gets what it deserves."""
    ids = accounts(salesforce, 16)
    for each in (ids[2], ids[3], ids[12]):
        salesforce.trouble.refuse_request_with(each, BAD_REQUEST, RowRefusalError("NEVER", "seen"))
    salesforce.trouble.lock(ids[13], times=1)
    salesforce.trouble.validation_rule(ids[14])
    [outcomes] = updated(client, notes(ids))

    codes = {each.account_id: each.refusal.code for each in outcomes if each.refusal}
    assert codes == {ids[2]: "HTTP_400", ids[3]: "HTTP_400", ids[12]: "HTTP_400", ids[14]: RULE}
    assert salesforce.account(ids[13])["Note__c"] == "New"


def test_a_version_without_collections_is_not_cut_in_halves(client, salesforce):
    """No record is to blame for a path that does not exist."""
    salesforce.faults.add("status", path="composite", status=404)
    with pytest.raises(NotFoundError, match=r"^PATCH /composite/sobjects: 404"):
        updated(client, notes(accounts(salesforce, 3)))

    assert len(sent(salesforce)) == 1


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "INVALID_SESSION_ID", AuthenticationError),
        (403, "API_DISABLED_FOR_ORG", AuthenticationError),
        (403, "REQUEST_LIMIT_EXCEEDED", QuotaError),
        (503, "SERVER_UNAVAILABLE", RetriableError),
    ],
)
def test_what_is_wrong_with_all_requests_ends_the_update(client, salesforce, status, code, error):
    """What was done before is known; nothing is cut in halves."""
    ids = accounts(salesforce, 401)
    salesforce.trouble.refuse_requests(status, code, "Reason", path="composite", times=None, after=1)
    outcomes = client.update(notes(ids))

    assert list(next(outcomes)) == [UpdateOutcome(each) for each in ids[:COLLECTION_SIZE_MAX]]
    with pytest.raises(error, match=code):
        next(outcomes)
    assert {len(each) for each in sent(salesforce)} == {COLLECTION_SIZE_MAX}
    assert [each for each, _ in salesforce.updates] == ids[:COLLECTION_SIZE_MAX]


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_during", "truncated"])
def test_an_update_whose_answer_was_lost_ends_the_same(client, salesforce, kind):
    """It is sent again, as it was."""
    ids = accounts(salesforce, 3)
    salesforce.faults.add(kind, method="PATCH")

    assert updated(client, notes(ids)) == [[UpdateOutcome(each) for each in ids]]
    assert sent(salesforce) == [ids, ids]
    assert {salesforce.account(each)["Note__c"] for each in ids} == {"New"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([], id="none"),
        pytest.param([{"success": True}], id="too-few"),
        pytest.param([{"success": True}] * 3, id="too-many"),
        pytest.param({"success": True}, id="no-list"),
        pytest.param([{"success": True}, {}], id="untold"),
        pytest.param([True, True], id="no-objects"),
    ],
)
def test_results_that_do_not_fit_the_records_are_an_error(answering, body):
    """Which record is meant would be a guess."""
    with pytest.raises(ProtocolError, match=r"^PATCH /composite/sobjects: expected 2 results in the order"):
        updated(answering(body), notes(["001", "002"]))


@pytest.mark.parametrize("value", ["Jane Roe", "x" * 300, 123456.78, 10**20, "a 'quoted' <b>"])
def test_a_refusal_repeats_no_value_that_was_sent(client, salesforce, value):
    """Text or number; the name of the field stands for it."""
    account = salesforce.add_account()
    field = "Note__c" if isinstance(value, str) else "Outstanding__c"
    salesforce.trouble.refuse_value(account, "TRIGGER", "{field}: {value} and again {value}!", field=field)
    [[outcome]] = updated(client, [Update(account, {field: value, "Vip__c": True})])

    assert outcome.refusal == Refusal("TRIGGER", f"{field}: <{field}> and again <{field}>!", (field,))


def test_a_request_that_is_refused_as_a_whole_repeats_no_value_either(client, salesforce):
    """Words that are Salesforce's own stay, though the request has them too."""
    account = salesforce.add_account()
    request = SalesforceRefusalError(400, "INVALID_FIELD", "No such column 'Jane Roe' on sobject of type Account")
    salesforce.trouble.refuse_request_with(account, request, RowRefusalError("NEVER", "seen"))
    [[outcome]] = updated(client, notes([account], "Jane Roe"))

    assert outcome.refusal.reason == (
        "PATCH /composite/sobjects: 400: INVALID_FIELD: No such column '<Note__c>' on sobject of type Account"
    )


def test_a_client_that_only_reads_reads(salesforce, salesforce_http):
    """And refuses to write before anything is sent."""
    client = SalesforceClient(salesforce_http(read_only=True))
    with pytest.raises(ReadOnlyError):
        updated(client, notes(accounts(salesforce, 1)))

    assert salesforce.writes == 0
    assert len(salesforce.requests) == 0
    assert client.count("") == 1
