"""The fake Salesforce tells what was asked of it, and when an Account was given what; and it can be like a real org."""

import json
import re
from decimal import Decimal

import pytest

from tests.testing.salesforce.plain import body
from upflow_provider.testing import FakeSalesforce
from upflow_provider.testing.salesforce.org import fields

ID = re.compile(r"[a-zA-Z0-9]{18}")


@pytest.fixture
def recorded(shared_data):
    """Return the folder of what real orgs answered."""
    return shared_data / "salesforce"


@pytest.fixture
def described(recorded):
    """Return what a real org described."""
    path = recorded / "account_personaccount_npsp_describe_v59.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_nothing_written(org):
    """Reading counts as no write, nor does a request that is refused as a whole."""
    account = org.fake.add_account()
    org.query("SELECT Id FROM Account")
    org.get("/sobjects/Account/describe")
    org.refused("PATCH", "/composite/sobjects", json=body({"id": account, "Nope__c": 1}))

    assert (org.fake.writes, org.fake.updates, org.fake.inserts) == (0, [], [])


def test_writes(org):
    """Every record counts that is tried: refused ones, those of jobs, single ones, and those that are undone."""
    good, locked = org.fake.add_account(), org.fake.add_account()
    org.fake.trouble.lock(locked, times=None)
    counts = []
    org.update({"id": good, "Name": "a"}, {"id": locked, "Name": "a"})
    counts.append(org.fake.writes)
    org.ingest(f"Id,Name\n{good},b\n{locked},b\n")
    counts.append(org.fake.writes)
    org("PATCH", f"/sobjects/Account/{good}", json={"Name": "c"})
    counts.append(org.fake.writes)
    org.update({"id": good, "Name": "d"}, {"id": locked, "Name": "d"}, allOrNone=True)
    counts.append(org.fake.writes)

    assert counts == [2, 4, 5, 7]
    assert [values["Name"] for _, values in org.fake.updates] == ["a", "b", "c"]
    assert org.fake.account(good)["Name"] == "c"


def test_unprocessed_rows_are_no_writes(org):
    """A job has not tried them."""
    accounts = [org.fake.add_account() for _ in range(3)]
    org.fake.trouble.abort_job(1)
    org.ingest("Id,Name\n" + "".join(f"{each},b\n" for each in accounts))

    assert org.fake.writes == 1


def test_calls(org):
    """Requests are counted by kind, whatever their answer was."""
    account = org.fake.add_account()
    org.login()
    org.get("/services/data")
    org.get("/limits/")
    org.get("/sobjects/Account/describe")
    org.query("SELECT Id FROM Account")
    org.refused("GET", "/query/01g-5")
    org.update({"id": account})
    org.ingest(f"Id\n{account}\n")
    org("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"})
    org("GET", f"/sobjects/Account/{account}")
    org("POST", "/sobjects/Account", json={})
    org("PATCH", "/composite/sobjects/Account/Key__c", json={})
    org("PATCH", "/sobjects/Account/Key__c/5", json={})
    org("GET", "/services/async/59.0/job/1")
    org("GET", "/sobjects/Contact/describe")

    assert org.fake.calls == {
        "token": 1,
        "versions": 1,
        "limits": 1,
        "describe": 1,
        "query": 2,
        "collections": 1,
        "ingest_job": 5,
        "query_job": 1,
        "account": 1,
        "insert": 3,
        "bulk_v1": 1,
        "other": 1,
    }
    assert org.fake.calls["tooling"] == 0


def test_history(org):
    """It tells when an Account was given what, and by whom; refused and undone values are not in it."""
    now = [1_800_000_000.0]
    org.fake.now = lambda: now[0]
    account = org.fake.add_account(Portal__c="first", Name="a")
    org.token = org.fake.sessions.open()
    now[0] += 60
    org.update({"id": account, "Portal__c": "second", "Vip__c": True})
    now[0] += 60
    org.fake.edit_account(account, Name="b")
    org.update({"id": account, "Portal__c": "x" * 1_001})
    org.update({"id": account, "Portal__c": "undone"}, {"Name": "no Id"}, allOrNone=True)
    now[0] += 60
    org.ingest(f"Id,Portal__c\n{account[:15]},#N/A\n")
    links = [
        (each.at - now[0], each.values["Portal__c"], each.over_api) for each in org.fake.history(account, "Portal__c")
    ]

    assert links == [(-180, "first", False), (-120, "second", True), (0, None, True)]
    assert [dict(each.values) for each in org.fake.history(account[:15])] == [
        {"Name": "a", "Portal__c": "first"},
        {"Portal__c": "second", "Vip__c": True},
        {"Name": "b"},
        {"Portal__c": None},
    ]
    assert org.fake.account(account)["LastModifiedDate"] == "2027-01-15T08:03:00.000+0000"


def test_undone_values(org):
    """They free what was unique, and come back as they were."""
    a, b = org.fake.add_account(Key__c="1", Outstanding__c=5), org.fake.add_account(Key__c="2")
    org.update({"id": a, "Key__c": "3", "Outstanding__c": 6}, {"id": b, "Key__c": "3"}, allOrNone=True)

    assert (org.fake.account(a)["Key__c"], org.fake.account(a)["Outstanding__c"]) == ("1", Decimal(5))
    assert org.update({"id": b, "Key__c": "1"})[0]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"
    assert org.update({"id": b, "Key__c": "3"})[0]["success"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (fields.number_field("Key__c"), [Decimal(285), Decimal("1.5"), None, None]),
        (fields.text_field("Key__c", 5), ["285", " 1.5", "K-1", None]),
        (fields.rich_text_field("Key__c"), ["285", " 1.5", "K-1", None]),
    ],
)
def test_fields_defined_anew(field, values):
    """What Accounts hold is converted, or lost."""
    fake = FakeSalesforce(fields=[fields.text_field("Key__c")])
    accounts = [fake.add_account(Key__c=each) for each in ("285", "1.5", "K-1", None)]
    fake.account(accounts[1])["Key__c"] = " 1.5"
    fake.delete_account(fake.add_account(Key__c="285"))
    fake.redefine(field)

    assert [fake.account(each)["Key__c"] for each in accounts] == values


def test_fields_are_the_fakes_own():
    """A change of one does not reach the next fake."""
    field = fields.text_field("Note__c")
    fake = FakeSalesforce(fields=[field])
    fake.fields["Note__c"]["updateable"] = False
    fake.add_field(field)

    assert fake.fields["Note__c"]["updateable"]
    fake.fields["Note__c"]["updateable"] = False
    assert FakeSalesforce(fields=[field]).fields["Note__c"]["updateable"]


def test_a_described_org(org, described):
    """The fake describes itself as a real org did, and its Accounts have those fields."""
    org.fake.describe_from(described)
    told = org.get("/sobjects/Account/describe")
    account = org.fake.add_account(Name="a", AnnualRevenue=5, Phone="+1", CustomerPriority__c="High")
    org.update({"id": account, "AnnualRevenue": 7.5, "SLAExpirationDate__c": "2026-01-31"})
    [locked] = org.update({"id": account, "PhotoUrl": "x"})

    assert {name: each for name, each in told.items() if name != "urls"} == {
        name: each for name, each in described.items() if name != "urls"
    }
    assert (
        org.query("SELECT AnnualRevenue, Phone, SLAExpirationDate__c, CustomerPriority__c FROM Account")["records"][
            0
        ].items()
        >= {
            "AnnualRevenue": 7.5,
            "Phone": "+1",
            "SLAExpirationDate__c": "2026-01-31",
            "CustomerPriority__c": "High",
        }.items()
    )
    assert locked["errors"][0]["statusCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert org.refused("GET", "/query", params={"q": "SELECT Key__c FROM Account"})[0] == "INVALID_FIELD"


def shape(value):
    """Return the names and types of JSON, whatever its values; an Id counts as a type."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    if isinstance(value, str):
        return "Id" if ID.fullmatch(value) else "text"
    return value


def test_a_recorded_exchange(org, recorded):
    """The same requests are answered in the same shape as a real org answered them."""
    path = recorded / "collections_update_exchange.json"
    query, update = json.loads(path.read_text(encoding="utf-8"))[1:3]
    ours = {each["Id"]: org.fake.add_account(Name=each["Name"]) for each in query["response_body"]["records"]}
    sent = {
        **update["request_body"],
        "records": [{**each, "Id": ours[each["Id"]]} for each in update["request_body"]["records"]],
    }
    found = org.query("SELECT Id,Name FROM Account")
    answer = org("PATCH", "/composite/sobjects", json=sent)

    assert shape(found) == shape(query["response_body"])
    assert answer.status_code == update["status"]["code"]
    assert shape(answer.json()) == shape(update["response_body"])
    assert [each["id"] for each in answer.json()] == [each["Id"] for each in sent["records"]]
    assert org.fake.account(sent["records"][0]["Id"])["NumberOfEmployees"] == 10_000
