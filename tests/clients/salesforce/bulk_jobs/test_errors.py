"""Jobs of the Bulk API that do not go as they should: what is repeated, what is given up, what stays behind."""

import logging
import math

import pytest

from tests.clients.salesforce.accounts import RULE, accounts
from tests.clients.salesforce.bulk_jobs.updates import left_behind, notes, updated
from upflow_provider.clients.salesforce.bulk_jobs import DEADLINE_S, FIRST_POLL_S, MAX_POLL_S
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.clients.salesforce.updates import UpdateOutcome
from upflow_provider.errors import AuthenticationError, QuotaError, RefusedError, RetriableError

SOQL = "SELECT Id, Note__c FROM Account"


@pytest.mark.parametrize("kind", ["query", "ingest"])
def test_a_job_that_does_not_end_is_given_up(jobs, salesforce, clock, kind):
    """After six hours, in some thousand looks."""
    salesforce.looks = math.inf
    run = {"query": lambda: list(jobs.query(SOQL)), "ingest": lambda: updated(jobs, notes(accounts(salesforce, 1)))}
    with pytest.raises(RetriableError, match=rf"^/jobs/{kind}/750\w+: still InProgress after 6 hours$"):
        run[kind]()

    assert DEADLINE_S <= clock.now <= DEADLINE_S + 2 * MAX_POLL_S
    assert len(salesforce.requests) < DEADLINE_S / MAX_POLL_S * 1.1


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_during", "truncated", "status"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"method": "POST"}, id="create"),
        pytest.param({"method": "PUT"}, id="upload"),
        pytest.param({"method": "PATCH"}, id="close"),
        pytest.param({"path": r"/jobs/ingest/\w+$", "method": "GET"}, id="look"),
        pytest.param({"path": "successfulResults"}, id="confirmed"),
        pytest.param({"path": "failedResults"}, id="refused"),
        pytest.param({"method": "DELETE"}, id="delete"),
    ],
)
def test_an_update_whose_answers_were_lost_ends_the_same(jobs, salesforce, kind, fault):
    """Wherever it was: each Account is written once, and all outcomes are known."""
    ids = accounts(salesforce, 5)
    salesforce.trouble.validation_rule(ids[1], "Not while on hold", "Note__c")
    path = f"/services/data.*{fault.get('path', '')}"
    salesforce.faults.add(kind, method=fault.get("method"), path=path)
    outcomes = [each for job in updated(jobs, notes(ids)) for each in job]

    refusal = Refusal(RULE, "Not while on hold", ("Note__c",))
    assert outcomes == [UpdateOutcome(each, refusal if each == ids[1] else None) for each in ids]
    assert [each for each, _ in salesforce.updates] == [each for each in ids if each != ids[1]]


def test_a_lost_upload_is_repeated_in_another_job(jobs, salesforce, clock):
    """Salesforce takes one file a job, and refuses to close one that was sent two."""
    ids = accounts(salesforce, 2)
    salesforce.faults.add("reset_after", method="PUT", times=2)
    updated(jobs, notes(ids))

    paths = [each.path for each in salesforce.requests.matching("PUT")]
    assert len(paths) == len(set(paths)) == 3
    assert left_behind(jobs) == ["Open", "Open"]
    assert clock.sleeps[:2] == [1.0, 2.0]


def test_an_upload_that_never_gets_through_is_given_up(jobs, salesforce, clock):
    """After as many attempts as any request has, not that many times as many."""
    salesforce.faults.add("status", method="PUT", status=503, times=None)
    with pytest.raises(RetriableError, match=r"^PUT /jobs/ingest/750\w+/batches: 503: .*attempts: 6"):
        updated(jobs, notes(accounts(salesforce, 1)))

    assert salesforce.calls["ingest_job"] == 12
    assert clock.sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize(
    ("method", "status", "error"),
    [
        ("POST", 400, RefusedError),
        ("PUT", 413, RefusedError),
        ("PATCH", 400, RefusedError),
        ("POST", 503, RetriableError),
    ],
)
def test_a_job_that_cannot_be_begun_is_an_error(jobs, salesforce, method, status, error):
    """Nothing was written."""
    salesforce.faults.add("status", method=method, path="ingest", status=status, times=None)
    with pytest.raises(error, match=f"^{method} /jobs/ingest.*: {status}"):
        updated(jobs, notes(accounts(salesforce, 1)))

    assert salesforce.updates == []


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_a_job_that_cannot_be_deleted_stays(jobs, salesforce, clock, caplog, status):
    """What became of the Accounts, or what was read, counts; Salesforce deletes the job some day."""
    [account] = accounts(salesforce, 1)
    salesforce.faults.add("status", method="DELETE", status=status, times=None)
    with caplog.at_level(logging.INFO):
        assert updated(jobs, notes([account])) == [[UpdateOutcome(account)]]
        assert [list(page) for page in jobs.query(SOQL)] == [[{"Id": account, "Note__c": "New"}]]

    assert len(salesforce.requests.matching("DELETE")) == 2
    assert "the job remains until Salesforce deletes it: DELETE /jobs/ingest/750" in caplog.text
    assert max(clock.sleeps) <= FIRST_POLL_S


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(401, "INVALID_SESSION_ID", AuthenticationError), (403, "REQUEST_LIMIT_EXCEEDED", QuotaError)],
)
@pytest.mark.parametrize("after", range(6))
def test_what_is_wrong_with_all_requests_ends_the_job(jobs, salesforce, status, code, error, after):
    """Wherever it begins; after the results are there it is no matter any more. Nobody logs in again and again."""
    ids = accounts(salesforce, 2)
    salesforce.trouble.refuse_requests(status, code, "Reason", times=None, after=after)
    with pytest.raises(error, match=code):
        updated(jobs, notes(ids))

    assert salesforce.calls["token"] <= 2
    assert len(salesforce.requests) <= 2 + after + 2


def test_a_session_that_runs_out_while_a_job_runs_is_renewed(jobs, salesforce):
    """A long job outlives it."""
    ids = accounts(salesforce, 2)
    salesforce.trouble.expire_session(1, after=4)

    assert updated(jobs, notes(ids)) == [[UpdateOutcome(each) for each in ids]]
    assert salesforce.calls["token"] == 2
