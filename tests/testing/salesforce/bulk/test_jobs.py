"""The fake Salesforce writes Accounts from files, job by job."""

from decimal import Decimal

import pytest

from tests.testing.salesforce.plain import KINDS, file


def test_a_job(org, three):
    """It passes through all its states, and shows its counts at the end only."""
    job = org.new_job()
    path = f"/jobs/ingest/{job}"
    put = org(
        "PUT", f"{path}/batches", data=file("Id,Note__c", f"{three[0]},new"), headers={"Content-Type": "text/csv"}
    )
    before = org.fake.account(three[0])["Note__c"]
    closed = org.change(job, "UploadComplete")
    looks = [org.get(path) for _ in range(3)]

    assert (put.status_code, put.content, before) == (201, b"", "old")
    assert closed["state"] == "UploadComplete"
    assert [each["state"] for each in looks] == ["InProgress", "JobComplete", "JobComplete"]
    assert [each["numberRecordsProcessed"] for each in looks] == [0, 1, 1]
    assert looks[1] == looks[2]
    assert (
        looks[1].items()
        >= {
            "id": job,
            "operation": "update",
            "object": "Account",
            "contentType": "CSV",
            "jobType": "V2Ingest",
            "apiVersion": 59.0,
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
            "concurrencyMode": "Parallel",
            "numberRecordsFailed": 0,
            "retries": 0,
        }.items()
    )
    assert org.fake.account(three[0])["Note__c"] == "new"


def test_more_looks(org, three):
    """A job is in progress as long as a test likes."""
    org.fake.looks = 3
    job = org.new_job()
    org("PUT", f"/jobs/ingest/{job}/batches", data=file("Id", three[0]), headers={"Content-Type": "text/csv"})
    org.change(job, "UploadComplete")

    assert [org.get(f"/jobs/ingest/{job}")["state"] for _ in range(4)] == ["InProgress"] * 3 + ["JobComplete"]


def test_cells(org, three):
    """``#N/A`` clears, an empty cell says nothing, and words are taken for booleans."""
    sent = file("Id,Outstanding__c,Note__c,Vip__c", f"{three[0]},#N/A,,0", f'{three[1][:15]},2.5,"a, ""b""\nc",')
    info = org.ingest(sent)

    held = [[org.fake.account(each)[name] for name in ("Outstanding__c", "Note__c", "Vip__c")] for each in three]
    assert info["numberRecordsProcessed"] == 2
    assert held == [[None, "old", False], [Decimal("2.5"), 'a, "b"\nc', True], [Decimal(1), "old", True]]


def test_results(org, three):
    """Failed rows count as processed; results repeat the rows, with the Id and what became of them."""
    gone = org.fake.add_account()
    org.fake.delete_account(gone)
    sent = file(
        "Note__c,Id,Vip__c", f"x,{three[0]},true", f"x,{gone},true", f"x,{three[1]},#N/A", f"x,{three[2]},maybe"
    )
    info = org.ingest(sent)

    assert info["state"] == "JobComplete"
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (4, 3)
    assert org.results(info, "successfulResults") == [
        {"sf__Id": three[0], "sf__Created": "false", "Note__c": "x", "Id": three[0], "Vip__c": "true"}
    ]
    assert [(each["Id"], each["sf__Error"]) for each in org.results(info, "failedResults")] == [
        (gone, "ENTITY_IS_DELETED:entity is deleted:--"),
        (three[1], "REQUIRED_FIELD_MISSING:Required fields are missing: [Vip__c]:Vip__c --"),
        (
            three[2],
            "INVALID_TYPE_ON_FIELD_IN_RECORD:Vip__c: value not of required type: maybe:Vip__c --",
        ),
    ]
    assert org.results(info, "unprocessedrecords") == []


def test_all_rows_fail(org, three):
    """The job is complete all the same."""
    info = org.ingest(file("Id,Outstanding__c", f"{three[0]},x", f"{three[1]},1e20"))

    assert (info["state"], info["numberRecordsFailed"]) == ("JobComplete", 2)
    assert org.fake.updates == []


@pytest.mark.parametrize("name", ["unprocessedrecords", "unprocessedRecords", "UnprocessedRecords"])
def test_letters_case_of_results(org, three, name):
    """It does not matter."""
    org.fake.trouble.fail_job(1)
    info = org.ingest(file("Id,Note__c", *(f"{each},new" for each in three)))

    assert [each["Id"] for each in org.results(info, name)] == three[1:]


@pytest.mark.parametrize(
    ("end", "state", "message"),
    [("fail_job", "Failed", "InternalServerError : Retried more than 20 times"), ("abort_job", "Aborted", None)],
)
def test_a_job_that_ends_early(org, three, end, state, message):
    """What it has done stays done and told; the rest is unprocessed. The next job runs again."""
    getattr(org.fake.trouble, end)(2)
    info = org.ingest(file("Id,Note__c", *(f"{each},new" for each in three)))

    assert (info["state"], info.get("errorMessage"), info["numberRecordsProcessed"]) == (state, message, 2)
    assert [[each["Id"] for each in org.results(info, kind)] for kind in KINDS] == [three[:2], [], three[2:]]
    assert [org.fake.account(each)["Note__c"] for each in three] == ["new", "new", "old"]
    assert org.ingest(file("Id,Note__c", f"{three[2]},new"))["state"] == "JobComplete"


def test_an_id_twice(org, three):
    """Both rows fail, in either form of the Id, when they are written together."""
    info = org.ingest(file("Id,Note__c", f"{three[0]},x", f"{three[0][:15]},y", f"{three[1]},z", ",w"))
    errors = [each["sf__Error"].partition(":")[0] for each in org.results(info, "failedResults")]

    assert errors == ["DUPLICATE_VALUE", "DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    assert [account for account, _ in org.fake.updates] == [three[1]]


def test_without_ids(org, three):
    """No row says which Account it is about."""
    assert org.ingest(file("Note__c", "x"))["numberRecordsFailed"] == 1


def test_the_order_of_results(org):
    """It is that of the file, and another one on demand."""
    accounts = [org.fake.add_account() for _ in range(50)]
    sent = file("Id,Note__c", *(f"{each},x" for each in accounts))
    kept = [each["Id"] for each in org.results(org.ingest(sent), "successfulResults")]
    org.fake.trouble.shuffled = True
    shuffled = [each["Id"] for each in org.results(org.ingest(sent), "successfulResults")]

    assert kept == accounts
    assert shuffled != accounts
    assert sorted(shuffled) == accounts


def test_locks_that_go_by(org, three):
    """They fail a row of one job only."""
    org.fake.trouble.lock(three[0])
    sent = file("Id,Note__c", f"{three[0]},x")

    assert [org.ingest(sent)["numberRecordsFailed"] for _ in range(2)] == [1, 0]


def test_uploads(org):
    """One for each job, as CSV, while it is open, of a limited size."""
    org.fake.max_upload_bytes = 10
    path = f"/jobs/ingest/{org.new_job()}"
    csv = {"Content-Type": "text/csv; charset=UTF-8"}
    refused = [
        org.refused("PATCH", path, json={"state": "UploadComplete"})[0],
        org.refused("PUT", f"{path}/batches", 415, data="Id\n", headers={"Content-Type": "application/json"})[0],
        org.refused("PUT", f"{path}/batches", 413, data="Id\n" * 4, headers=csv)[0],
    ]
    taken = org("PUT", f"{path}/batches", data=iter([b"Id", b"\n"]), headers=csv)  # chunked
    refused.append(org.refused("PUT", f"{path}/batches", data="Id\n", headers=csv)[0])

    assert taken.status_code == 201
    assert refused == ["INVALIDJOBSTATE", "UNSUPPORTED_MEDIA_TYPE", "REQUEST_ENTITY_TOO_LARGE", "INVALIDJOBSTATE"]


def test_results_before_the_end(org, three):
    """There are none yet, and there is no other kind."""
    job = org.new_job()
    path = f"/jobs/ingest/{job}"
    org("PUT", f"{path}/batches", data=file("Id", three[0]), headers={"Content-Type": "text/csv"})
    refused = [org.refused("GET", f"{path}/successfulResults")[0]]
    org.change(job, "UploadComplete")
    org.get(path)
    refused.append(org.refused("GET", f"{path}/successfulResults")[0])
    org.get(path)

    assert refused == ["INVALIDJOBSTATE"] * 2
    assert org("GET", f"{path}/successfulResults").ok
    assert org.refused("GET", f"{path}/otherResults", 404)[0] == "NOT_FOUND"


def test_jobs_are_aborted_and_deleted(org, three):
    """By the client too; only those that have ended are deleted, and are in no list then."""
    first, second = org.new_job(), org.new_job()
    path = f"/jobs/ingest/{first}"
    listed = [each["id"] for each in org.get("/jobs/ingest")["records"]]
    refused = [org.refused("DELETE", path)[0]]
    org("PUT", f"{path}/batches", data=file("Id", three[0]), headers={"Content-Type": "text/csv"})
    org.change(first, "UploadComplete")
    refused.append(org.refused("DELETE", path)[0])
    org.get(path)
    refused.append(org.refused("DELETE", path)[0])
    aborted = org.change(first, "Aborted")["state"]
    refused.append(org.refused("PATCH", path, json={"state": "UploadComplete"})[0])
    deleted = org("DELETE", path).status_code

    assert (listed, aborted, deleted) == ([second, first], "Aborted", 204)
    assert refused == ["INVALIDJOBSTATE"] * 4
    assert org.refused("GET", path, 404)[0] == "NOT_FOUND"
    assert [each["id"] for each in org.get("/jobs/ingest")["records"]] == [second]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Contact", "operation": "update"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "delete"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "update", "externalIdFieldName": "Key__c"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "update", "contentType": "JSON"}, "INVALID_INPUT"),
        ({"object": "Account", "operation": "update", "lineEnding": "CR"}, "INVALID_INPUT"),
        ({"object": "Account", "operation": "update", "columnDelimiter": ";"}, "INVALID_INPUT"),
        ({"object": "Account", "operation": "update", "colour": "red"}, "JSON_PARSER_ERROR"),
    ],
)
def test_jobs_that_there_are_not(org, body, code):
    """They are refused when they are made."""
    assert org.refused("POST", "/jobs/ingest", json=body)[0] == code
