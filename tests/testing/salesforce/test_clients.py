"""Clients that others wrote take the fake Salesforce for a real one, over TLS."""

import csv
import io
import json
from decimal import Decimal

import pytest
import requests
import simple_salesforce  # noqa: TID253 - the client is what is tested with
from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.providers.salesforce.operators.bulk import SalesforceBulkOperator
from simple_salesforce.exceptions import (  # noqa: TID253 - the client is what is tested with
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceOperationError,
    SalesforceRefusedRequest,
)

from tests.testing.salesforce.plain import FIELDS, body, pem, private_key, public_pem
from upflow_provider.testing.salesforce.org.sessions import Credentials


@pytest.fixture
def fake(secure_salesforce, monkeypatch):
    """Serve the fake over TLS, with a field of every type; clients do not wait between two looks at a job."""
    for field in FIELDS:
        secure_salesforce.add_field(field)
    for module in ("bulk", "bulk2"):
        monkeypatch.setattr(f"simple_salesforce.{module}.sleep", lambda _: None)
    return secure_salesforce


@pytest.fixture
def client(fake):
    """Return simple-salesforce, in a session of its own."""
    token = fake.sessions.open()
    with requests.Session() as session:
        yield simple_salesforce.Salesforce(instance_url=fake.url, session_id=token, session=session, version="59.0")


def define(monkeypatch, login=None, password=None, **extra):
    """Define Airflow's connection to Salesforce."""
    fields = {"conn_type": "salesforce", "login": login, "password": password, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(fields))


def token_path(fake):
    """Return what leads logins here: what is put behind it ends up in the query string."""
    return f"{fake.url.removeprefix('https://')}/services/oauth2/token?x="


def test_queries(fake, client):
    """One page, or all of them, deleted Accounts on demand."""
    fake.page_size = 200
    accounts = [fake.add_account(Name=f"{number}", Outstanding__c=number / 4) for number in range(450)]
    fake.delete_account(accounts[0])
    text = "SELECT Id, Outstanding__c FROM Account"
    first, found = client.query(text), client.query_all(text)

    assert (len(first["records"]), first["totalSize"], first["done"]) == (200, 449, False)
    assert [each["Id"] for each in found["records"]] == accounts[1:]
    assert found["records"][0]["Outstanding__c"] == 0.25
    assert len(list(client.query_all_iter(text, include_deleted=True))) == 450


def test_collections(fake, client):
    """As any path."""
    account = fake.add_account()
    sent = body({"id": account, "Name": "new"}, {"id": "001000000000009", "Name": "x"}, allOrNone=False)
    results = client.restful("composite/sobjects", method="PATCH", json=sent)

    assert [each["success"] for each in results] == [True, False]
    assert fake.account(account)["Name"] == "new"


def test_single_accounts(fake, client):
    """Read and changed; making one is refused and noted."""
    account = fake.add_account(Name="old")
    status = client.Account.update(account, {"Name": "new", "Vip__c": True})
    with pytest.raises(SalesforceMalformedRequest, match="No such column"):
        client.Account.update(account, {"Nope__c": 1})
    with pytest.raises(SalesforceRefusedRequest, match="may not create"):
        client.Account.create({"Name": "x"})
    with pytest.raises(SalesforceRefusedRequest, match="may not create"):
        client.Account.upsert("Key__c/1", {"Name": "x"})

    assert (status, client.Account.get(account)["Vip__c"]) == (204, True)
    assert len(fake.inserts) == 2


def test_describe_and_limits(fake, client):
    """The usage is in every answer, too."""
    described = client.Account.describe()
    limits = client.limits()

    assert {each["name"] for each in described["fields"]} == set(fake.fields)
    assert limits["DailyApiRequests"] == {"Max": 15_000, "Remaining": 14_998}
    assert client.api_usage["api-usage"] == (2, 15_000)


def test_bulk_2_updates(fake, client):
    """Jobs run to their end; results are told by kind. A None, sent as an empty cell, clears nothing."""
    accounts = [fake.add_account(Name=name, Outstanding__c=1) for name in "abc"]
    fake.trouble.validation_rule(accounts[1], "No", "Name")
    records = [{"Id": each, "Name": "new", "Outstanding__c": None} for each in accounts]
    [told] = client.bulk2.Account.update(records=records)
    job = told["job_id"]
    kinds = "successful", "failed", "unprocessed"
    found = [getattr(client.bulk2.Account, f"get_{kind}_records")(job) for kind in kinds]

    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (3, 1)
    assert [[each["Id"] for each in csv.DictReader(io.StringIO(each))] for each in found] == [
        [accounts[0], accounts[2]],
        [accounts[1]],
        [],
    ]
    assert fake.account(accounts[0])["Outstanding__c"] == Decimal(1)


def test_bulk_2_jobs_that_fail(fake, client):
    """The client says why."""
    account = fake.add_account()
    with pytest.raises(SalesforceOperationError, match="Field name not found : Nope__c"):
        client.bulk2.Account.update(records=[{"Id": account, "Nope__c": "x"}])


def test_bulk_2_queries(fake, client):
    """Page by page."""
    accounts = [fake.add_account(Name=f"{number}") for number in range(5)]
    pages = list(client.bulk2.Account.query("SELECT Id, Name FROM Account", max_records=2))

    assert [len(list(csv.DictReader(io.StringIO(page)))) for page in pages] == [2, 2, 1]
    assert "".join(pages).count("001Hr") == len(accounts)


def test_bulk_1_updates(fake, client):
    """Results come in the order of the records; a null clears; batches are as large as the client likes."""
    accounts = [fake.add_account(Name=name, Outstanding__c=1) for name in "abc"]
    fake.delete_account(accounts[1])
    records = [{"Id": each, "Name": "new", "Outstanding__c": None} for each in accounts]
    results = client.bulk.Account.update(records, batch_size=2)

    assert [each["success"] for each in results] == [True, False, True]
    assert results[0] == {"id": accounts[0], "success": True, "created": False, "errors": []}
    assert results[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    assert fake.account(accounts[2])["Outstanding__c"] is None
    assert fake.calls == {"bulk_v1": 1 + 2 + 3 * 2 + 1}


def test_the_requests_of_bulk_1(fake, client):
    """Detailed results repeat the records."""
    account = fake.add_account()
    [result] = client.bulk.Account.update([{"Id": account, "Name": "new"}], include_detailed_results=True)

    assert (result["success"], result["Name"]) == (True, "new")


def test_a_session_that_runs_out(fake, monkeypatch):
    """The client logs in again."""
    known = fake.credentials
    define(monkeypatch, consumer_key=known.client_id, consumer_secret=known.client_secret, domain=token_path(fake))
    client = SalesforceHook().get_conn()
    fake.sessions.expire()

    assert client.query("SELECT Id FROM Account")["totalSize"] == 0
    assert fake.calls["token"] == 2
    client.session.close()


@pytest.mark.parametrize("flow", ["client credentials", "password", "jwt"])
def test_airflows_hook(fake, monkeypatch, flow):
    """As it is, it logs in by every flow, tests the connection, and queries."""
    known = fake.credentials
    if flow == "jwt":
        key = private_key()
        fake.credentials = Credentials(public_key=public_pem(key))
        extra = {"consumer_key": known.client_id, "private_key": pem(key), "instance_url": token_path(fake)}
        define(monkeypatch, known.username, **extra)
    else:
        extra = {"consumer_key": known.client_id, "consumer_secret": known.client_secret, "domain": token_path(fake)}
        define(monkeypatch, *((known.username, known.password) if flow == "password" else ()), **extra)
    account = fake.add_account(Name="Acme")
    hook = SalesforceHook()

    assert hook.test_connection() == (True, "Connection successfully tested")
    assert hook.make_query("SELECT Id FROM Account")["records"][0]["Id"] == account
    assert "Outstanding__c" in hook.get_available_fields("Account")
    hook.get_conn().session.close()


def test_airflows_hook_with_a_wrong_secret(fake, monkeypatch):
    """It says so."""
    define(monkeypatch, consumer_key="client-id", consumer_secret="wrong", domain=token_path(fake))

    with pytest.raises(SalesforceAuthenticationFailed, match="invalid_client"):
        SalesforceHook().get_conn()
    works, why = SalesforceHook().test_connection()
    assert (works, "invalid client credentials" in why) == (False, True)


def test_airflows_operator(fake, monkeypatch):
    """It updates by the old Bulk API, and returns every result."""
    known = fake.credentials
    define(monkeypatch, consumer_key=known.client_id, consumer_secret=known.client_secret, domain=token_path(fake))
    accounts = [fake.add_account() for _ in range(3)]
    fake.trouble.lock(accounts[1])
    update = SalesforceBulkOperator(
        task_id="update",
        operation="update",
        object_name="Account",
        payload=[{"Id": each, "Name": "new"} for each in accounts],
        max_retries=1,
        bulk_retry_delay=0,
    )
    results = update.execute({})

    assert [each["success"] for each in results] == [True] * 3
    assert [account for account, _ in fake.updates] == [accounts[0], accounts[2], accounts[1]]
