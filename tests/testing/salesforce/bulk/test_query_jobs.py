"""The fake Salesforce queries Accounts into files, job by job."""

import pytest

from tests.testing.salesforce.plain import rows


def query_job(org, text, operation="query"):
    """Make a job that reads, and return its path."""
    answer = org("POST", "/jobs/query", json={"operation": operation, "query": text})
    assert answer.status_code == 200, answer.text
    return f"/jobs/query/{answer.json()['id']}"


def test_a_query_job(org, three):
    """It has states too, and its results have a header, with empty cells for null."""
    path = query_job(org, "SELECT Id, Outstanding__c, Note__c, Vip__c FROM Account WHERE Name = 'a'")
    early = org.refused("GET", f"{path}/results")[0]
    states = [org.get(path)["state"] for _ in range(2)]
    info = org.get(path)
    answer = org("GET", f"{path}/results")

    assert (early, states) == ("INVALIDJOBSTATE", ["InProgress", "JobComplete"])
    assert (info["jobType"], info["numberRecordsProcessed"]) == ("V2Query", 1)
    assert "numberRecordsFailed" not in info
    assert (answer.headers["Sforce-Locator"], answer.headers["Sforce-NumberOfRecords"]) == ("null", "1")
    assert answer.content == f'"Id","Outstanding__c","Note__c","Vip__c"\n"{three[0]}","1.0","old","true"\n'.encode()


def test_pages_of_a_query_job(org):
    """Each tells where the next one begins, and how many records it has itself."""
    accounts = [org.fake.add_account() for _ in range(5)]
    path = query_job(org, "SELECT Id FROM Account")
    org.ended(path)
    found, locators, sizes = [], [""], []
    while locators[-1] != "null":
        params = {"maxRecords": 2, **({"locator": locators[-1]} if locators[-1] else {})}
        answer = org("GET", f"{path}/results", params=params)
        locators.append(answer.headers["Sforce-Locator"])
        sizes.append(answer.headers["Sforce-NumberOfRecords"])
        found += [each["Id"] for each in rows(answer)]

    assert (found, sizes) == (accounts, ["2", "2", "1"])
    assert [
        org.refused("GET", f"{path}/results", params=each)[0] for each in ({"locator": "x"}, {"maxRecords": 0})
    ] == ["INVALID_QUERY_LOCATOR"] * 2
    org.fake.result_size = 3
    assert len(rows(org("GET", f"{path}/results"))) == 3


def test_query_jobs_without_results(org, three):
    """An empty one has a header only; a failed one has none; a deleted one is not there."""
    empty = query_job(org, "SELECT Id FROM Account WHERE Name = 'nobody'")
    org.ended(empty)
    org.fake.trouble.fail_job(kind="query")
    failed = query_job(org, "SELECT Id FROM Account")
    info = org.ended(failed)

    assert org("GET", f"{empty}/results").content == b'"Id"\n'
    assert (info["state"], info["errorMessage"]) == ("Failed", "InternalServerError : Retried more than 20 times")
    assert org.refused("GET", f"{failed}/results")[0] == "INVALIDJOBSTATE"
    assert len(org.get("/jobs/query")["records"]) == 2
    assert org("DELETE", failed).status_code == 204
    assert org.refused("GET", f"{failed}/results", 404)[0] == "NOT_FOUND"


def test_deleted_accounts_in_query_jobs(org, three):
    """Only ``queryAll`` finds them."""
    org.fake.delete_account(three[0])
    text, counts = "SELECT Id FROM Account", []
    for operation in ("query", "queryAll"):
        path = query_job(org, text, operation)
        counts.append(org.ended(path)["numberRecordsProcessed"])

    assert counts == [2, 3]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "query", "query": "SELECT COUNT() FROM Account"}, "INVALIDJOB"),
        ({"operation": "query", "query": "SELECT Nope__c FROM Account"}, "INVALID_FIELD"),
        ({"operation": "query"}, "MALFORMED_QUERY"),
        ({"operation": "update", "query": "SELECT Id FROM Account"}, "INVALIDJOB"),
    ],
)
def test_query_jobs_that_there_are_not(org, body, code):
    """They are refused when they are made."""
    assert org.refused("POST", "/jobs/query", json=body)[0] == code
