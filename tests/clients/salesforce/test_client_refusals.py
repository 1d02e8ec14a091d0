"""Updates of Accounts that are refused, one record or a whole request, and what is sent again."""

import math

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.clients.salesforce.accounts import RULE, accounts
from tests.clients.salesforce.updates import notes, sent, updated
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.clients.salesforce.refusals import PASSING, Refusal
from upflow_provider.clients.salesforce.updates import COLLECTION_SIZE_MAX, UPDATE_ATTEMPTS_MAX, Update, UpdateOutcome
from upflow_provider.errors import AuthenticationError, NotFoundError, ProtocolError, QuotaError, RetriableError
from upflow_provider.testing import serve
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError

BAD_REQUEST = SalesforceRefusalError(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of boolean")


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
        pytest.param([("UNABLE_TO_LOCK_ROW", "a"), (RULE, "bad")], Refusal(RULE, "bad"), id="passing-first"),
        pytest.param([(RULE, "bad"), ("UNABLE_TO_LOCK_ROW", "a")], Refusal(RULE, "bad"), id="passing-last"),
        pytest.param([(RULE, "bad"), ("STRING_TOO_LONG", "c")], Refusal(RULE, "bad"), id="several"),
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
    """Text or number."""
    account = salesforce.add_account()
    field = "Note__c" if isinstance(value, str) else "Outstanding__c"
    salesforce.trouble.refuse_value(account, "TRIGGER", "{field}: {value} and again {value}!", field=field)
    [[outcome]] = updated(client, [Update(account, {field: value, "Vip__c": True})])

    assert (outcome.refusal.code, outcome.refusal.fields) == ("TRIGGER", (field,))
    assert str(value) not in outcome.refusal.reason
    assert outcome.refusal.reason.startswith(f"{field}: ")
    assert " and again " in outcome.refusal.reason


def test_a_request_that_is_refused_as_a_whole_repeats_no_value_either(client, salesforce):
    """Words that are Salesforce's own stay, though the request has them too."""
    account = salesforce.add_account()
    request = SalesforceRefusalError(400, "INVALID_FIELD", "No such column 'Jane Roe' on sobject of type Account")
    salesforce.trouble.refuse_request_with(account, request, RowRefusalError("NEVER", "seen"))
    [[outcome]] = updated(client, notes([account], "Jane Roe"))

    assert outcome.refusal.reason == (
        "PATCH /composite/sobjects: 400: INVALID_FIELD: No such column '…' on sobject of type Account"
    )
