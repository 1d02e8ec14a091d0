"""Updates that fail together: a failure of the transaction is not the record's, and what passes is waited for."""

import math

import pytest

from tests.clients.salesforce.accounts import accounts
from tests.clients.salesforce.updates import notes, sent, updated
from upflow_provider.clients.retry import MAX_ATTEMPTS
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.updates import UPDATE_ATTEMPTS_MAX, UpdateOutcome
from upflow_provider.testing.salesforce.org.automation import APEX, LOCKED_INSIDE, NULL_POINTER, TOO_MANY_QUERIES

FLOW = "CANNOT_EXECUTE_FLOW_TRIGGER"
RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
LIMITS = [
    pytest.param(APEX, TOO_MANY_QUERIES, id="queries"),
    pytest.param(APEX, "T: System.LimitException: Apex CPU time limit exceeded", id="cpu"),
    pytest.param(APEX, "T: System.LimitException: Apex heap size too large: 6391054", id="heap"),
    pytest.param(FLOW, "We can't save this record: Too many DML statements: 151", id="flow"),
    pytest.param(RULE, "caught and added by addError: System.LimitException: Too many query rows: 50001", id="caught"),
    pytest.param("UNKNOWN_ODDITY", "CPU time limit exceeded", id="unknown-code"),
    pytest.param("LIMIT_EXCEEDED", "", id="code"),
]


def outcomes(client, ids):
    """Update all, and return the outcomes in one list."""
    return [each for request in updated(client, notes(ids)) for each in request]


def refused(client, ids):
    """Update all, and return the codes of those that are refused, by Id."""
    return {each.account_id: each.refusal.code for each in outcomes(client, ids) if each.refusal}


@pytest.mark.parametrize(("code", "message"), LIMITS)
def test_a_limit_that_many_records_break_together_is_kept_by_fewer(client, salesforce, clock, code, message):
    """The request is halved until it passes: every record is written, and none is sent by itself."""
    salesforce.automation.limit(50, message, code)
    ids = accounts(salesforce, 120)

    assert outcomes(client, ids) == [UpdateOutcome(each) for each in ids]
    assert [len(each) for each in sent(salesforce)] == [120, 60, 30, 30, 60, 30, 30]
    assert {salesforce.account(each)["Note__c"] for each in ids} == {"New"}
    assert clock.sleeps == []


def test_how_many_records_the_org_bears_is_remembered(client, salesforce):
    """The rest of the run does not find it out again."""
    salesforce.automation.limit(50)
    ids = accounts(salesforce, 520)
    assert outcomes(client, ids) == [UpdateOutcome(each) for each in ids]

    sizes = [len(each) for each in sent(salesforce)]
    assert sizes[:7] == [200, 100, 50, 50, 100, 50, 50]
    assert sizes[7:] == [50] * 6 + [20]


def test_a_record_that_breaks_a_limit_alone_does_not_slow_the_others(client, salesforce):
    """It is refused; requests stay as large as the others bear."""
    ids = accounts(salesforce, 300)
    salesforce.automation.poison(ids[3], TOO_MANY_QUERIES)

    assert refused(client, ids) == {ids[3]: APEX}
    assert len(sent(salesforce)[-1]) == 100


@pytest.mark.parametrize("code", [APEX, FLOW])
@pytest.mark.parametrize("number", [2, 7, 200])
def test_one_record_that_makes_a_trigger_fail_does_not_refuse_the_others(client, salesforce, code, number):
    """Salesforce refuses all with the same words; halves find out which it is, in few requests."""
    ids = accounts(salesforce, number)
    bad = ids[number // 2]
    salesforce.automation.poison(bad, NULL_POINTER, code)

    assert refused(client, ids) == {bad: code}
    assert len(sent(salesforce)) <= 1 + 2 * math.ceil(math.log2(number))
    assert sorted(each for each, _ in salesforce.updates) == sorted(set(ids) - {bad})


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_trigger_that_refuses_some_records_by_itself_is_believed(client, salesforce, number):
    """One other was written, so that these were refused for themselves: nothing is sent again."""
    ids = accounts(salesforce, 5)
    for each in ids[:number]:
        salesforce.trouble.refuse_row(each, APEX, NULL_POINTER)

    assert refused(client, ids) == dict.fromkeys(ids[:number], APEX)
    assert len(sent(salesforce)) == 1


def test_a_trigger_that_always_fails_does_not_take_all_requests_of_the_day(client, salesforce, monkeypatch):
    """After so many splits, a request that fails is refused as it is, and the next one is still tried."""
    monkeypatch.setattr(client._updates, "_splits_left", 5)
    salesforce.automation.limit(0, NULL_POINTER)
    ids = accounts(salesforce, 600)

    assert refused(client, ids) == dict.fromkeys(ids, APEX)
    assert len(sent(salesforce)) == 3 + 2 * 5


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param(APEX, LOCKED_INSIDE, id="trigger"),
        pytest.param(RULE, LOCKED_INSIDE, id="added-by-trigger"),
        pytest.param(APEX, "unable to obtain exclusive access to this record", id="words"),
        pytest.param(APEX, f"{'x ' * 3000}; first error: SERVER_UNAVAILABLE", id="far-behind"),
        pytest.param("QUERY_TIMEOUT", "", id="code"),
        pytest.param("UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 123", id="internal"),
    ],
)
def test_what_passes_is_waited_for_wherever_it_is_said(client, salesforce, clock, code, message):
    """The code may be in the text of another error only."""
    ids = accounts(salesforce, 3)
    salesforce.trouble.refuse_row(ids[1], code, message, times=2)

    assert refused(client, ids) == {}
    assert sent(salesforce) == [ids, [ids[1]], [ids[1]]]
    assert clock.sleeps == [2.0, 4.0]


@pytest.mark.parametrize("times", [1, 2, None])
def test_an_error_that_nobody_knows_is_tried_once_more(client, salesforce, clock, times):
    """It may pass; if it does not, it is refused."""
    ids = accounts(salesforce, 2)
    salesforce.trouble.refuse_row(ids[0], "NEW_ODDITY_OF_SALESFORCE", "Oops", times=times)

    assert refused(client, ids) == ({} if times == 1 else {ids[0]: "NEW_ODDITY_OF_SALESFORCE"})
    assert sent(salesforce) == [ids, [ids[0]]]
    assert clock.sleeps == [2.0]


def test_a_request_that_takes_salesforce_too_long_is_made_smaller(client, salesforce):
    """Not only repeated."""
    ids = accounts(salesforce, 4)
    message = "Your request was running for too long, and has been stopped."
    salesforce.trouble.refuse_requests(503, "REQUEST_RUNNING_TOO_LONG", message, path="composite", times=MAX_ATTEMPTS)

    assert refused(client, ids) == {}
    assert [len(each) for each in sent(salesforce)] == [4] * MAX_ATTEMPTS + [2, 2]


def test_locks_and_limits_together(client, salesforce):
    """A locked record of a halved request is sent again by itself."""
    salesforce.automation.limit(4)
    ids = accounts(salesforce, 12)
    salesforce.trouble.lock(ids[5], times=UPDATE_ATTEMPTS_MAX - 1)

    assert refused(client, ids) == {}


@pytest.mark.parametrize(("size", "sizes"), [(1, [1, 1, 1]), (2, [2, 1]), (200, [3])])
def test_a_setting_says_how_many_go_at_once(salesforce, salesforce_http, size, sizes):
    """At most."""
    ids = accounts(salesforce, 3)
    client = SalesforceClient(salesforce_http(), collection_size=size)

    assert refused(client, ids) == {}
    assert [len(each) for each in sent(salesforce)] == sizes


@pytest.mark.parametrize("allow", [False, True])
def test_alerts_of_duplicate_rules_pass_if_the_setting_says_so(salesforce, salesforce_http, allow):
    """The error names the setting."""
    ids = accounts(salesforce, 3)
    salesforce.automation.alert(ids[1])
    client = SalesforceClient(salesforce_http(allow_duplicates=allow))
    found = {each.account_id: each.refusal for each in outcomes(client, ids) if each.refusal}

    assert found.keys() == (set() if allow else {ids[1]})
    assert all("allow_duplicates" in each.reason for each in found.values())


def test_a_duplicate_rule_that_blocks_refuses_all_the_same(salesforce, salesforce_http):
    """No header overrules it."""
    ids = accounts(salesforce, 1)
    salesforce.trouble.refuse_row(ids[0], "DUPLICATES_DETECTED", "Use one of these records?")

    assert refused(SalesforceClient(salesforce_http(allow_duplicates=True)), ids) == {ids[0]: "DUPLICATES_DETECTED"}
