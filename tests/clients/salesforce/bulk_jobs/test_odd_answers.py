"""Jobs of the Bulk API whose answers are not as documented: none of them is taken for an empty list, or for success."""

import pytest

from tests.clients.salesforce.accounts import accounts
from tests.clients.salesforce.bulk_jobs.updates import left_behind, notes, updated
from upflow_provider.clients.salesforce.bulk_jobs import UNPROCESSED
from upflow_provider.errors import NotFoundError, ProtocolError, QuotaError, RetriableError

SOQL = "SELECT Id, Note__c FROM Account"
CSV = {"media_type": "text/csv", "times": None}


@pytest.mark.parametrize("job_id", [None, 7, "", "../../limits", "x" * 50])
@pytest.mark.parametrize("kind", ["query", "ingest"])
def test_a_job_without_an_id_is_an_error_in_words(jobs, salesforce, kind, job_id):
    """It would become a part of paths."""
    ids = accounts(salesforce, 1)
    salesforce.odd_answers.change(f"/jobs/{kind}$", lambda job: {**job, "id": job_id})
    with pytest.raises(ProtocolError, match=rf"^POST /jobs/{kind}: the answer has (no valid id|an invalid id)"):
        list(jobs.query(SOQL) if kind == "query" else jobs.update(("Note__c",), notes(ids)))


@pytest.mark.parametrize("state", [None, 1, ["JobComplete"]])
def test_a_job_without_a_state_is_an_error_in_words(jobs, salesforce, state):
    """It has neither ended nor not."""
    salesforce.odd_answers.change(r"/jobs/query/\w+$", lambda job: {**job, "state": state})
    with pytest.raises(ProtocolError, match=r"^GET /jobs/query/750\w+: the answer has no valid state"):
        list(jobs.query(SOQL))


def test_results_that_do_not_say_where_the_rest_is_are_no_end(jobs, salesforce, monkeypatch):
    """A proxy may take the header away; the first page is not all."""
    monkeypatch.setattr("upflow_provider.clients.salesforce.bulk_jobs.RESULT_PAGE_SIZE", 2)
    accounts(salesforce, 5)
    salesforce.odd_answers.replace("/results", '"Id","Note__c"\n"001","x"\n"002","x"\n', **CSV)
    with pytest.raises(ProtocolError, match=r"does not say where the next page is \(Sforce-Locator\)"):
        list(jobs.query(SOQL))


def test_fewer_results_than_the_job_has_found_are_not_all(jobs, salesforce):
    """Every page came, and still something is missing."""
    accounts(salesforce, 3)
    more = {"numberRecordsProcessed": 4}
    salesforce.odd_answers.change(r"/jobs/query/\w+$", lambda job: {**job, **more}, times=None)
    with pytest.raises(RetriableError, match=r"^/jobs/query/750\w+: got 3 of 4 records"):
        list(jobs.query(SOQL))


@pytest.mark.parametrize("kind", ["successfulResults", "failedResults"])
def test_results_without_their_columns_are_an_error_in_words(jobs, salesforce, kind):
    """Not a KeyError."""
    salesforce.odd_answers.replace(kind, '"Other"\n"x"\n', **CSV)
    with pytest.raises(ProtocolError, match=rf"{kind}: 200: the answer is not CSV with "):
        updated(jobs, notes(accounts(salesforce, 1)))


@pytest.mark.parametrize("body", ["", '"sf__Id","sf__Created","Id","Note__c"\n'])
def test_an_account_that_no_result_names_is_not_taken_for_written(jobs, salesforce, body):
    """It is as good as unprocessed."""
    ids = accounts(salesforce, 2)
    salesforce.odd_answers.replace("successfulResults", body, **CSV)
    [outcomes] = updated(jobs, notes(ids))

    assert [each.refusal.code for each in outcomes] == [UNPROCESSED] * 2


def new_job(salesforce, jobs):
    """Leave a job behind that waits behind those of others; return its path, and what starts it."""
    paths = []

    def note(path):
        paths.append(path)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(jobs.update(("Note__c",), notes(accounts(salesforce, 1)), note))
    salesforce.trouble.postponed = []
    jobs._close(paths[0])
    return paths[0], salesforce.trouble.postponed[0]


def test_a_job_is_noted_before_it_can_write_anything(jobs, salesforce):
    """If the process dies then, the job is still open."""
    path, _ = new_job(salesforce, jobs)

    assert path.startswith("/jobs/ingest/750")
    assert salesforce.updates == []


def test_a_job_that_is_ended_writes_nothing_any_more(jobs, salesforce):
    """It is aborted, and cleared away."""
    path, start = new_job(salesforce, jobs)
    jobs.end(path)
    start()

    assert (salesforce.updates, left_behind(jobs)) == ([], [])


@pytest.mark.parametrize("looks", [0, 1, 2, 3])
def test_a_job_that_has_gone_on_is_ended_wherever_it_is(jobs, salesforce, looks):
    """In progress, or complete: Salesforce refuses to abort what has ended."""
    path, start = new_job(salesforce, jobs)
    start()
    for _ in range(looks):
        jobs._http.get(path)
    jobs.end(path)

    assert left_behind(jobs) == []


def test_a_job_that_is_not_there_has_ended(jobs, salesforce):
    """Salesforce deletes jobs after a week."""
    jobs.end("/jobs/ingest/750000000000000AAA")

    with pytest.raises(NotFoundError):
        jobs._http.get("/jobs/ingest/750000000000000AAA")


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(503, "SERVER_UNAVAILABLE", RetriableError), (403, "REQUEST_LIMIT_EXCEEDED", QuotaError)],
)
def test_a_job_that_cannot_be_ended_is_an_error(jobs, salesforce, status, code, error):
    """It may still write something."""
    path, _ = new_job(salesforce, jobs)
    salesforce.trouble.refuse_requests(status, code, "no", path="ingest", times=None)
    with pytest.raises(error, match=code):
        jobs.end(path)


def test_results_that_name_the_same_page_again_are_an_error(jobs, salesforce, monkeypatch):
    """They would never end."""
    accounts(salesforce, 3)
    request = jobs._http.request

    def again(method, path, **options):
        response = request(method, path, **{**options, "params": None})
        response.headers["Sforce-Locator"] = "MTAw"
        return response

    monkeypatch.setattr(jobs._http, "request", again)
    with pytest.raises(ProtocolError, match=r"names the same next page again \(Sforce-Locator\)"):
        list(jobs.query(SOQL))
