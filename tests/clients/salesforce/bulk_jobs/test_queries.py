"""Accounts read by jobs of the Bulk API, against the fake, over real HTTP."""

import pytest

from tests.clients.salesforce.accounts import accounts
from upflow_provider.clients.salesforce.bulk_jobs import FIRST_POLL_S, MAX_POLL_S
from upflow_provider.errors import ProtocolError, RefusedError, RetriableError

SOQL = "SELECT Id, Note__c FROM Account"


def left_behind(jobs):
    """Return the states of the jobs that are still there."""
    return [each["state"] for each in jobs._http.get("/jobs/query")["records"]]


@pytest.mark.parametrize(("number", "sizes"), [(0, [0]), (1, [1]), (2, [2]), (5, [2, 2, 1]), (6, [2, 2, 2])])
def test_results_of_a_query_come_page_by_page(jobs, salesforce, monkeypatch, number, sizes):
    """As many records as are asked for, each page when it is wanted; an empty value stands for null."""
    monkeypatch.setattr("upflow_provider.clients.salesforce.bulk_jobs.RESULT_PAGE_SIZE", 2)
    ids = accounts(salesforce, number)
    pages = jobs.query(SOQL)
    seen = []
    for asked in range(1, len(sizes) + 1):
        seen.append(list(next(pages)))
        assert len(salesforce.requests.matching("GET", "/results")) == asked
    assert next(pages, None) is None

    assert [len(page) for page in seen] == sizes
    assert [record for page in seen for record in page] == [{"Id": each, "Note__c": ""} for each in ids]
    assert left_behind(jobs) == []


def test_any_locator_is_handed_back(jobs, salesforce, monkeypatch):
    """It is a number here; nothing is made of it."""
    monkeypatch.setattr("upflow_provider.clients.salesforce.bulk_jobs.RESULT_PAGE_SIZE", 2)
    accounts(salesforce, 5)
    list(jobs.query(SOQL))

    queries = [each.query for each in salesforce.requests.matching("GET", "/results")]
    assert queries == ["maxRecords=2", "maxRecords=2&locator=2", "maxRecords=2&locator=4"]


def test_values_of_a_query_are_texts_as_they_are(jobs, salesforce):
    """Line ends, quotes and commas within a value too."""
    text = 'a "quoted", b;\nc\u2028d Ünal €'
    salesforce.add_account(Long__c=text, Outstanding__c=12.5, Vip__c=True)
    [[record]] = jobs.query("SELECT Long__c, Outstanding__c, Vip__c, Note__c FROM Account")

    assert record == {"Long__c": text, "Outstanding__c": "12.5", "Vip__c": "true", "Note__c": ""}


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_during", "truncated", "status"])
@pytest.mark.parametrize("path", ["/jobs/query$", "/jobs/query/[^/]+$", "/results"])
def test_a_query_whose_answers_were_lost_finds_the_same(jobs, salesforce, kind, path):
    """No record is lost or told twice, and half a file is no file."""
    ids = accounts(salesforce, 5, Note__c="x")
    salesforce.faults.add(kind, path=path)

    assert [each["Id"] for page in jobs.query(SOQL) for each in page] == ids


@pytest.mark.parametrize(
    ("stop", "says"), [("fail_job", "the job is Failed: InternalServerError"), ("abort_job", "the job is Aborted$")]
)
def test_a_query_that_ends_early_is_an_error(jobs, salesforce, stop, says):
    """The error names job, state and reason; no page comes from it."""
    accounts(salesforce, 2)
    getattr(salesforce.trouble, stop)(kind="query")
    with pytest.raises(RetriableError, match=rf"^/jobs/query/750\w+: {says}"):
        list(jobs.query(SOQL))

    assert left_behind(jobs) == []


def test_a_wrong_query_is_refused_at_once(jobs, salesforce, clock):
    """There is no job to wait for."""
    with pytest.raises(RefusedError, match=r"^POST /jobs/query: 400: INVALID_FIELD: .*Nowhere__c"):
        list(jobs.query("SELECT Nowhere__c FROM Account"))

    assert clock.sleeps == []


def test_a_query_that_is_given_up_half_way_leaves_no_job(jobs, salesforce, monkeypatch):
    """The caller may stop reading."""
    monkeypatch.setattr("upflow_provider.clients.salesforce.bulk_jobs.RESULT_PAGE_SIZE", 2)
    accounts(salesforce, 5)
    pages = jobs.query(SOQL)
    next(pages)
    pages.close()

    assert left_behind(jobs) == []


def test_looks_at_a_job_become_rarer(jobs, salesforce, clock):
    """From one second to twenty."""
    salesforce.looks = 12
    list(jobs.query(SOQL))
    sleeps = clock.sleeps

    assert sleeps[:3] == [FIRST_POLL_S, 1.5, 2.25]
    assert sleeps == sorted(sleeps)
    assert sleeps[-1] == MAX_POLL_S
    assert len(salesforce.requests.matching("GET", "/jobs/query/[^/]+$")) == len(sleeps) + 1


def test_results_of_somebody_else_are_not_taken_for_none(jobs, salesforce):
    """A redirect to a login page, for instance."""
    accounts(salesforce, 1)
    salesforce.faults.add("status", path="/results", status=302)
    with pytest.raises(ProtocolError, match=r"^GET /jobs/query/750\w+/results: 302"):
        list(jobs.query(SOQL))
