"""The fake Salesforce writes Accounts from files, job by job."""

from decimal import Decimal

import pytest

from tests.testing.salesforce.plain import org, rows  # noqa: F401 - a fixture

# ruff: noqa: F811 - the fixture is a parameter of the tests
KINDS = ("successfulResults", "failedResults", "unprocessedrecords")


@pytest.fixture
def three(org):
    """Make three Accounts, and return their Ids."""
    return [org.fake.add_account(Name=name, Outstanding__c=1, Note__c="old", Vip__c=True) for name in "abc"]


def file(header, *lines):
    """Return a CSV file."""
    return "\n".join((header, *lines)) + "\n"


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


@pytest.mark.parametrize("hidden", [False, True])
def test_an_unknown_column(org, three, hidden):
    """The job fails, names the first such column only, and has done nothing; a hidden one is unknown too."""
    name = "Link__c" if hidden else "Nope__c"
    org.fake.hidden.add("Link__c")
    info = org.ingest(file(f"Id,Note__c,{name},No_More__c", f"{three[0]},new,x,y"))

    assert (info["state"], info["errorMessage"]) == ("Failed", f"InvalidBatch : Field name not found : {name}")
    assert [len(org.results(info, kind)) for kind in KINDS] == [0, 0, 1]
    assert org.fake.updates == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("\ufeffId,Note__c\n{},x\n", "InvalidBatch : Field name not found : \ufeffId"),
        ("Id,Id\n{},x\n", "InvalidBatch : Field name not found : Id"),
        ("Id,Note__c\n{}\n", "InvalidBatch : Failed to parse CSV"),
        ('Id,Note__c\n{},"x\n', "InvalidBatch : Failed to parse CSV"),
        ("", "InvalidBatch : Failed to parse CSV"),
        ("Id,Note__c\r\n{},x\r\n", "ClientInputError : LineEnding is invalid on user data"),
        ('Id,Note__c\n{},"x\ry"\n', "ClientInputError : LineEnding is invalid on user data"),
    ],
)
def test_files_that_cannot_be_read(org, three, sent, message):
    """The job fails and says why: a byte order mark, a column twice, a short row, a quote, line ends."""
    info = org.ingest(sent.format(three[0]))

    assert info["state"] == "Failed"
    assert info["errorMessage"].startswith(message)
    assert org.fake.updates == []


def test_bytes_that_are_no_utf_8(org, three):
    """The job fails."""
    job = org.new_job()
    sent = f"Id,Note__c\n{three[0]},\xe9\n".encode("latin-1")
    org("PUT", f"/jobs/ingest/{job}/batches", data=sent, headers={"Content-Type": "text/csv"})
    org.change(job, "UploadComplete")

    assert "Failed to parse CSV: UnicodeDecodeError" in org.ended(f"/jobs/ingest/{job}")["errorMessage"]


def test_other_line_ends_and_columns(org, three):
    """A job may have them; its results have them too."""
    sent = f"Id;Note__c\r\n{three[0]};new\r\n"
    info = org.ingest(sent, line_ending="CRLF", columnDelimiter="SEMICOLON")
    found = org("GET", f"/jobs/ingest/{info['id']}/successfulResults").content

    assert org.fake.account(three[0])["Note__c"] == "new"
    assert found == f'"sf__Id";"sf__Created";"Id";"Note__c"\r\n"{three[0]}";"false";"{three[0]}";"new"\r\n'.encode()
    assert org.ingest("Id,Note__c\na,b\n", line_ending="CRLF")["state"] == "Failed"


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
