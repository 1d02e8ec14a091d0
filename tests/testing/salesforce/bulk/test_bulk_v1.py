"""The fake Salesforce knows as much of the old Bulk API as updates in JSON need."""

import pytest

JOBS = "/services/async/59.0/job"
JOB = {"operation": "update", "object": "Account", "contentType": "JSON"}


@pytest.fixture
def ask(org):
    """Return a function that asks below the jobs, and returns status and JSON."""

    def asked(method, path="", **options):
        headers = {"X-SFDC-Session": org.token, **options.pop("headers", {})}
        answer = org(method, JOBS + path, headers=headers, **options)
        return answer.status_code, answer.json()

    return asked


@pytest.fixture
def job(ask):
    """Open a job, and return its path."""
    status, told = ask("POST", json=JOB)
    assert (status, told["state"]) == (201, "Open")
    return f"/{told['id']}"


def code(answer):
    """Return status and code of a refusal."""
    status, told = answer
    return status, told["exceptionCode"]


def test_states(org, ask, job):
    """A batch is queued, in progress, completed; results come last, and a closed job takes no more."""
    account = org.fake.add_account()
    status, batch = ask("POST", f"{job}/batch", json=[{"Id": account, "Name": "new"}, {"Name": "x"}])
    path = f"{job}/batch/{batch['id']}"
    early = code(ask("GET", f"{path}/result"))
    looks = [ask("GET", path)[1] for _ in range(2)]
    closed = ask("POST", job, json={"state": "Closed"})[1]

    assert (status, batch["state"], early) == (201, "Queued", (400, "InvalidBatch"))
    assert [(each["state"], each["numberRecordsProcessed"]) for each in looks] == [("InProgress", 0), ("Completed", 2)]
    assert looks[1]["numberRecordsFailed"] == 1
    assert (closed["state"], ask("GET", job)[1]["numberBatchesTotal"]) == ("Closed", 1)
    assert code(ask("POST", f"{job}/batch", json=[])) == (400, "InvalidJobState")
    assert code(ask("POST", job, json={"state": "Closed"})) == (400, "InvalidJobState")
    assert [account for account, _ in org.fake.updates] == [account]
    assert org.fake.writes == 2


def test_values(org, ask, job):
    """A null clears; one of the wrong type refuses its record; an unknown field fails the batch."""
    account = org.fake.add_account(Outstanding__c=1)
    records = [{"Id": account, "Outstanding__c": None}, {"Id": account, "Vip__c": None}]
    batch = f"{job}/batch/{ask('POST', f'{job}/batch', json=records)[1]['id']}"
    [ask("GET", batch) for _ in range(2)]
    errors = [each["errors"] for each in ask("GET", f"{batch}/result")[1]]
    unknown = f"{job}/batch/{ask('POST', f'{job}/batch', json=[{'Id': account, 'Nope__c': 1}])[1]['id']}"
    looks = [ask("GET", unknown)[1] for _ in range(2)]

    assert org.fake.account(account)["Outstanding__c"] is None
    assert [[each["statusCode"] for each in error] for error in errors] == [[], ["INVALID_TYPE_ON_FIELD_IN_RECORD"]]
    assert [(each["state"], each["stateMessage"]) for each in looks] == [
        ("InProgress", None),
        ("Failed", "InvalidBatch : Field name not found : Nope__c"),
    ]


@pytest.mark.parametrize(
    ("path", "sent", "refused"),
    [
        ("", {"json": {**JOB, "operation": "insert"}}, (403, "InsufficientAccessOrReadonly")),
        ("", {"json": {**JOB, "operation": "upsert"}}, (403, "InsufficientAccessOrReadonly")),
        ("", {"json": {**JOB, "operation": "delete"}}, (400, "InvalidJob")),
        ("", {"json": {**JOB, "contentType": "CSV"}}, (400, "InvalidJob")),
        ("", {"json": {**JOB, "object": "Contact"}}, (400, "InvalidJob")),
        ("", {"json": []}, (400, "InvalidJob")),
        ("", {"data": "{"}, (400, "InvalidBatch")),
        ("/x", {"json": {"state": "Closed"}}, (404, "InvalidJob")),
        ("/x/batch", {"json": []}, (404, "InvalidJob")),
        ("{job}", {"json": []}, (400, "InvalidJobState")),
        ("{job}/batch", {"json": {}}, (400, "InvalidBatch")),
        ("{job}/batch", {"json": [1]}, (400, "InvalidBatch")),
        ("{job}/batch", {"json": [{}] * 10_001}, (400, "ExceededQuota")),
    ],
)
def test_refusals(org, ask, job, path, sent, refused):
    """They come in this API's own form; attempts to make Accounts are noted."""
    assert code(ask("POST", path.format(job=job), **sent)) == refused
    assert len(org.fake.inserts) == (refused[0] == 403)


def test_access(org, ask, job):
    """It wants a session in a header of its own, knows the limits, and old versions are retired."""
    unknown = code(ask("GET", job, headers={"X-SFDC-Session": "x"}))
    batch = code(ask("GET", f"{job}/batch/x"))
    retired = org("POST", "/services/async/30.0/job", headers={"X-SFDC-Session": org.token}, json=JOB)
    org.fake.modes.on("daily_limit_spent")

    assert (unknown, batch) == ((400, "InvalidSessionId"), (404, "InvalidBatch"))
    assert (retired.status_code, retired.json()["exceptionCode"]) == (410, "Gone")
    assert code(ask("GET", job)) == (403, "RequestLimitExceeded")
