"""What the fake Salesforce lets those do who have a session, and what it says to others."""

import pytest
import requests

from tests.testing.salesforce.plain import ask
from upflow_provider.testing.salesforce.org.fields import text_field


def test_a_session_ends(clocked):
    """After its time, or when all are ended; its token opens nothing then."""
    fake, clock = clocked
    url, headers = f"{fake.url}/services/data/v59.0/limits", {"Authorization": f"Bearer {fake.sessions.open()}"}
    clock[0] += fake.session_s - 1
    during = requests.get(url, headers=headers, timeout=5)
    clock[0] += 1
    after = requests.get(url, headers=headers, timeout=5)
    headers = {"Authorization": f"Bearer {fake.sessions.open()}"}
    fake.sessions.expire()

    assert (during.status_code, after.status_code) == (200, 401)
    assert requests.get(url, headers=headers, timeout=5).json()[0]["errorCode"] == "INVALID_SESSION_ID"


@pytest.mark.parametrize(
    ("header", "code"),
    [("Bearer unknown", "INVALID_SESSION_ID"), ("Bearer ", "INVALID_AUTH_HEADER"), ("Token x", "INVALID_AUTH_HEADER")],
)
def test_without_a_session(org, header, code):
    """Nothing is answered, and nothing counts."""
    assert org.refused("GET", "/limits", 401, headers={"Authorization": header})[0] == code
    assert org.fake.used_requests == 0


def test_sessions_that_expire_on_demand(org):
    """Some requests, or all to come whatever the token; a login does not help then."""
    org.fake.trouble.expire_session(after=1)
    first = [org("GET", "/limits").status_code for _ in range(3)]
    org.fake.trouble.expire_session(times=None)
    org.token = org.fake.sessions.open()
    then = [org("GET", "/limits").status_code for _ in range(3)]
    org.fake.trouble.clear()

    assert (first, then) == ([200, 401, 200], [401, 401, 401])
    assert org("GET", "/limits").ok


@pytest.mark.parametrize(
    ("version", "status"),
    [("v31.0", 200), ("v68.0", 200), ("v30.0", 410), ("v7.0", 410), ("v69.0", 404), ("v0.0", 404), ("59", 404)],
)
def test_versions(org, version, status):
    """Old ones are retired, and others unknown."""
    answer = org("GET", f"/services/data/{version}/limits")

    assert answer.status_code == status
    if status == 200:
        assert version.removeprefix("v") in [each["version"] for each in org.get("/services/data")]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/sobjects/Contact", 404), ("PUT", "/limits", 405)])
def test_what_there_is_not(org, method, path, status):
    """It is refused, like the wrong method."""
    assert org(method, path).status_code == status


def test_a_slash_at_the_end(org):
    """It is not needed, and does no harm."""
    assert org("GET", "/limits/").ok


def test_every_answer_tells_the_usage(org):
    """Answers and refusals alike."""
    told = [org("GET", path).headers["Sforce-Limit-Info"] for path in ("/limits", "/query", "/limits")]

    assert told == ["api-usage=1/15000", "api-usage=2/15000", "api-usage=3/15000"]


def test_the_daily_limit(org):
    """Requests beyond it are refused with 403, other programs' requests included."""
    org.fake.daily_requests, org.fake.used_requests = 100, 99

    assert org("GET", "/limits").ok
    assert org.refused("GET", "/limits", 403) == ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def test_the_limit_on_demand(org):
    """After some requests, whatever the count says."""
    org.fake.trouble.exceed_limit(after=2)

    assert [org("GET", "/limits").status_code for _ in range(4)] == [200, 200, 403, 403]


def test_other_refusals_on_demand(org):
    """For some paths only."""
    org.fake.trouble.refuse_requests(400, "API_TEMPORARILY_UNAVAILABLE", "Try later", path="describe")

    assert org("GET", "/limits").ok
    assert org.refused("GET", "/sobjects/Account/describe") == ("API_TEMPORARILY_UNAVAILABLE", "Try later")


def test_faults(org):
    """What any server does comes in Salesforce's form."""
    org.fake.faults.add("status", status=503)
    org.fake.faults.add("status", status=418)
    codes = [org.refused("GET", "/limits", status)[0] for status in (503, 418)]
    org.fake.faults.add("reset_after", method="PATCH")
    account = org.fake.add_account()
    with pytest.raises(requests.ConnectionError):
        org.update({"id": account, "Name": "New"})

    assert codes == ["SERVER_UNAVAILABLE", "INVALID_REQUEST"]
    assert org.fake.account(account)["Name"] == "New"


def test_a_long_address(org):
    """It is refused: a long query needs the Bulk API."""
    answer = org("GET", "/query", params={"q": "SELECT Id FROM Account WHERE Name = '" + "x" * 17_000})

    assert answer.status_code == 414


def test_from_another_process(org):
    """The control routes count, act, set and forget."""
    control = f"{org.fake.url}/_fake"
    requests.post(f"{control}/act", json={"do": "add_account", "with": {"Name": "B"}}, timeout=5)
    account = requests.post(f"{control}/act", json={"do": "add_account", "with": {"Key__c": "2"}}, timeout=5).json()
    requests.post(f"{control}/act", json={"do": "delete_account", "with": {"account_id": account}}, timeout=5)
    requests.put(f"{control}/settings", json={"daily_requests": 10}, timeout=5)
    state = requests.get(f"{control}/state", timeout=5).json()
    wrong = [
        requests.put(f"{control}/settings", json={"colour": "red"}, timeout=5).status_code,
        requests.post(f"{control}/act", json={"do": "reset"}, timeout=5).status_code,
    ]
    requests.post(f"{control}/reset", timeout=5)

    counts = {"updates": 0, "writes": 0, "inserts": 0, "used_requests": 0}
    assert state == {"accounts": {"count": 1, "deleted": 1}, **counts}
    assert org.fake.daily_requests == 10
    assert wrong == [400, 400]
    assert (len(org.fake.accounts), org("GET", "/limits").status_code) == (0, 401)


def test_fixture(fake_salesforce):
    """The fixture serves an org without Accounts, to which fields can be added."""
    fake_salesforce.add_field(text_field("Key__c"))
    account = fake_salesforce.add_account(Key__c="1")

    assert ask(
        fake_salesforce, grant_type="client_credentials", client_id="client-id", client_secret="client-secret"
    ).ok
    assert fake_salesforce.account(account)["Key__c"] == "1"
    fake_salesforce.remove_field("Key__c")
    assert "Key__c" not in fake_salesforce.account(account)
