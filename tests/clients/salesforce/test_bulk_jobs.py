"""Accounts read and updated by jobs of the Bulk API, against the fake, over real HTTP."""

import csv
import io
import logging
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.clients.salesforce.bulk_jobs import (
    DEADLINE_S,
    FIRST_POLL_S,
    MAX_POLL_S,
    UNPROCESSED,
    SalesforceJobs,
    _refusal,
)
from upflow_provider.clients.salesforce.client import UpdateOutcome
from upflow_provider.errors import (
    AuthenticationError,
    QuotaError,
    ReadOnlyError,
    RefusedError,
    RetriableError,
)

RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
SOQL = "SELECT Id, Note__c FROM Account"


def accounts(salesforce, number, **values):
    """Make Accounts; return their Ids."""
    return [salesforce.add_account(Name=f"Account {each}", **values) for each in range(number)]


def notes(ids, text="New"):
    """Return new values of each Account, in the order of the fields."""
    return [(each, (text,)) for each in ids]


def updated(jobs, records, fields=("Note__c",)):
    """Return what became of updates, job by job."""
    return [list(outcomes) for outcomes in jobs.update(fields, records)]


def uploads(salesforce):
    """Return the files that arrived."""
    return [each.body for each in salesforce.requests.matching("PUT", "/batches")]


def rows(upload):
    """Return the Ids of a file."""
    return [each["Id"] for each in csv.DictReader(io.StringIO(upload.decode(), newline=""))]


def left_behind(jobs):
    """Return the states of the jobs that are still there."""
    return [each["state"] for each in jobs._http.get("/jobs/ingest")["records"]]


@pytest.mark.parametrize("kind", ["query", "ingest"])
def test_a_job_that_does_not_end_is_given_up(jobs, salesforce, clock, kind):
    """After six hours, in some thousand looks."""
    salesforce.looks = math.inf
    run = {"query": lambda: list(jobs.query(SOQL)), "ingest": lambda: updated(jobs, notes(accounts(salesforce, 1)))}
    with pytest.raises(RetriableError, match=rf"^/jobs/{kind}/750\w+: still InProgress after 6 hours$"):
        run[kind]()

    assert DEADLINE_S <= clock.now <= DEADLINE_S + 2 * MAX_POLL_S
    assert len(salesforce.requests) < DEADLINE_S / MAX_POLL_S * 1.1


def test_an_update_is_a_file_of_ids_and_values(jobs, salesforce):
    """Everything in quotes, UTF-8 without a mark at its beginning, lines that end with LF; nothing is left behind."""
    account = salesforce.add_account(Outstanding__c=5, Note__c="Old")
    [outcomes] = updated(jobs, [(account, ("Ünal €", "#N/A", ""))], ("Long__c", "Outstanding__c", "Note__c"))

    assert outcomes == [UpdateOutcome(account)]
    assert uploads(salesforce) == [
        f'"Id","Long__c","Outstanding__c","Note__c"\n"{account}","Ünal €","#N/A",""\n'.encode()
    ]
    held = salesforce.account(account)
    assert (held["Long__c"], held["Outstanding__c"], held["Note__c"]) == ("Ünal €", None, "Old")
    [made] = salesforce.requests.matching("POST", "/jobs/ingest$")
    assert made.json == {"object": "Account", "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
    assert left_behind(jobs) == []
    assert salesforce.inserts == []


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ('a "b" ""', 'a "b" ""'),
        ("a,b;c\td|e", "a,b;c\td|e"),
        ("a\nb\n\nc", "a\nb\n\nc"),
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        ("=1+2", "=1+2"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("-1", "-1"),
        ("null", "null"),
        ("#N/A?", "#N/A?"),
        ("a\u2028b\u2029c\x0bd\x0ce\x85f", "a\u2028b\u2029c\x0bd\x0ce\x85f"),
        ("😀 Ünal 日本", "😀 Ünal 日本"),
        ("\ufeffx", "\ufeffx"),
        ("{{ 7*7 }}", "{{ 7*7 }}"),
        ("  trimmed by Salesforce ", "trimmed by Salesforce"),
    ],
)
def test_text_arrives_as_it_is(jobs, salesforce, text, held):
    """Only line ends become LF, as the job says they are."""
    account, other = accounts(salesforce, 2)
    updated(jobs, [(account, (text,)), (other, ("other",))], ("Long__c",))

    assert salesforce.account(account)["Long__c"] == held
    assert salesforce.account(other)["Long__c"] == "other"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), min_size=1, max_size=8))
def test_any_text_survives_the_file(jobs, salesforce, texts):
    """What Salesforce itself does not change comes back as it was: it trims, and keeps no empty text."""
    ids = accounts(salesforce, len(texts), Long__c="Old")
    [outcomes] = updated(jobs, [(each, (text,)) for each, text in zip(ids, texts, strict=True)], ("Long__c",))
    found = {each["Id"]: each["Long__c"] for page in jobs.query("SELECT Id, Long__c FROM Account") for each in page}

    assert outcomes == [UpdateOutcome(each) for each in ids]
    for each, text in zip(ids, texts, strict=True):
        ours = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        assert found[each] == ours
        assert salesforce.account(each)["Long__c"] == (ours or None)


@pytest.mark.parametrize(("size", "sizes"), [(1, [1] * 5), (90, [2, 2, 1]), (120, [3, 2]), (10_000, [5])])
def test_a_file_is_never_larger_than_allowed(salesforce, salesforce_http, size, sizes):
    """Several jobs, one after the other, each with a header; a record that is larger alone has one of its own."""
    jobs = SalesforceJobs(salesforce_http(), upload_bytes=size)
    ids = accounts(salesforce, 5)
    outcomes = jobs.update(("Note__c",), iter(notes(ids)))
    seen = []
    for number in range(1, len(sizes) + 1):
        seen.append(list(next(outcomes)))
        assert len(uploads(salesforce)) == number

    assert next(outcomes, None) is None
    assert [len(each) for each in seen] == sizes
    assert [each for job in seen for each in job] == [UpdateOutcome(each) for each in ids]
    assert [each for upload in uploads(salesforce) for each in rows(upload)] == ids
    assert all(len(upload) <= size or len(rows(upload)) == 1 for upload in uploads(salesforce))


def test_nothing_to_update_makes_no_job(jobs, salesforce):
    """Not even a login."""
    assert updated(jobs, []) == []
    assert len(salesforce.requests) == 0


@pytest.mark.parametrize("shuffled", [False, True])
def test_results_are_told_by_id(jobs, salesforce, shuffled):
    """Salesforce answers them in any order; the outcomes have that of the records."""
    salesforce.trouble.shuffled = shuffled
    ids = accounts(salesforce, 20)
    for each in ids[::3]:
        salesforce.trouble.validation_rule(each, "Not while on hold", "Note__c", "Vip__c")
    [outcomes] = updated(jobs, notes(ids))
    refusal = Refusal(RULE, "Not while on hold", ("Note__c", "Vip__c"))

    assert outcomes == [UpdateOutcome(each, refusal if place % 3 == 0 else None) for place, each in enumerate(ids)]


@pytest.mark.parametrize("after", [0, 2, 5])
@pytest.mark.parametrize(("stop", "state"), [("fail_job", "Failed"), ("abort_job", "Aborted")])
def test_what_a_job_has_not_come_to_is_told(jobs, salesforce, caplog, stop, state, after):
    """The rest is confirmed or refused as it was."""
    ids = accounts(salesforce, 5)
    salesforce.trouble.validation_rule(ids[1])
    getattr(salesforce.trouble, stop)(after)
    [outcomes] = updated(jobs, notes(ids))

    codes = [each.refusal and each.refusal.code for each in outcomes]
    assert codes == [None, RULE, None, None, None][:after] + [UNPROCESSED] * (5 - after)
    reasons = {each.refusal.reason for each in outcomes if each.refusal and each.refusal.code == UNPROCESSED}
    assert all(each.startswith(f"the job is {state}") for each in reasons)
    assert f"the job is {state}" in caplog.text
    assert left_behind(jobs) == []


def test_all_records_of_a_job_may_be_refused(jobs, salesforce):
    """The job is complete all the same."""
    ids = accounts(salesforce, 3)
    for each in ids:
        salesforce.trouble.validation_rule(each)
    [outcomes] = updated(jobs, notes(ids))

    assert {each.refusal.code for each in outcomes} == {RULE}
    assert salesforce.updates == []


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
    assert "the job stays until Salesforce deletes it: DELETE /jobs/ingest/750" in caplog.text
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


def test_a_client_that_only_reads_leaves_no_job(salesforce, salesforce_http):
    """It refuses before anything is sent; queries are fine."""
    jobs = SalesforceJobs(salesforce_http(read_only=True))
    ids = accounts(salesforce, 1)
    with pytest.raises(ReadOnlyError, match="dry run"):
        updated(jobs, notes(ids))

    assert len(salesforce.requests) == 0
    assert [len(list(page)) for page in jobs.query(SOQL)] == [1]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("CODE:message:Note__c --", Refusal("CODE", "message", ("Note__c",))),
        ("CODE:message:Note__c,Vip__c --", Refusal("CODE", "message", ("Note__c", "Vip__c"))),
        ("CODE:message:Note__c, Vip__c --", Refusal("CODE", "message", ("Note__c", "Vip__c"))),
        ("CODE:message:--", Refusal("CODE", "message")),
        ("CODE:with: colons: in it:Note__c --", Refusal("CODE", "with: colons: in it", ("Note__c",))),
        ("CODE:with: a colon:--", Refusal("CODE", "with: a colon")),
        ("CODE:on two\nlines:Note__c --", Refusal("CODE", "on two lines", ("Note__c",))),
        ("CODE:no end: of it", Refusal("CODE", "no end: of it")),
        ("CODE:no fields --", Refusal("CODE", "no fields --")),
        ("CODE::--", Refusal("CODE", "")),
        ("CODE", Refusal("CODE", "")),
        ("", Refusal("UNKNOWN_ERROR", "")),
        (
            "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
            Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ("LastName",)),
        ),
        ("CODE:Jane Roe, 1234.50, of 12 and true:--", Refusal("CODE", "<Note__c>, <Outstanding__c>, of 12 and true")),
    ],
)
def test_why_a_record_failed(error, expected):
    """Code, words and fields, and no value that was sent."""
    sent = {"Id": "001", "Note__c": "Jane Roe", "Outstanding__c": "1234.50", "Count__c": "12", "Vip__c": "true"}

    assert _refusal({"sf__Id": "001", "sf__Error": error, **sent}) == expected
