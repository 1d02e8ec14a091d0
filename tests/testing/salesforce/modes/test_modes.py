"""All that can go wrong in the fake Salesforce can be switched on by name, alone and in pairs, and off again."""

import itertools

import pytest
import requests

from tests.testing.salesforce.plain import FIELDS, FILE_KINDS, add_accounts, body
from upflow_provider.testing import FakeSalesforce
from upflow_provider.testing.salesforce.modes.catalogue import MODES
from upflow_provider.testing.salesforce.org.fields import text_field

TARGET = {"field": "Note__c", "key": "Key__c"}


def attempt(do, *arguments, **options):
    """Do something that a mode may spoil, and return what can be seen of it."""
    try:
        answer = do(*arguments, **options)
    except (requests.ConnectionError, requests.Timeout) as error:
        return type(error).__name__
    if answer.status_code >= 400:
        return answer.status_code, answer.text
    try:
        return answer.json()
    except ValueError:
        return answer.text


def observed(org, accounts):
    """Do once all that an export does, without a retry, and return all that it sees."""
    fake = org.fake
    login = org.login(
        grant_type="client_credentials", auth=(fake.credentials.client_id, fake.credentials.client_secret)
    )
    query = "SELECT Id, Key__c, Note__c FROM Account"
    seen = {
        "login": (login.status_code, login.headers["content-type"], login.text.partition("access_token")[0]),
        "fields": attempt(org, "GET", "/sobjects/Account/describe"),
        "accounts": attempt(org, "GET", "/query", params={"q": query}),
        "more": attempt(org, "GET", "/query/01g000000000000AAA-5"),
        "count": attempt(org, "GET", "/query", params={"q": "SELECT COUNT() FROM Account"}),
        "collections": attempt(
            org, "PATCH", "/composite/sobjects", json=body(*({"id": each, "Note__c": "a & b"} for each in accounts))
        ),
        "held": [[written.values["Note__c"] for written in fake.history(each, "Note__c")[-2:]] for each in accounts],
    }
    file = "Id,Note__c\n" + "".join(f"{each},c\n" for each in accounts)
    if seen["collections"] and isinstance(seen["collections"], list):  # the API works
        info = org.ingest(file)
        results = [org("GET", f"/jobs/ingest/{info['id']}/{kind}").text for kind in FILE_KINDS]
        seen["job"] = info["state"], results
        job = org("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}).json()["id"]
        seen["query job"] = org.ended(f"/jobs/query/{job}")["state"]
    return seen


def test_the_list():
    """Every mode has a name, says what it means, and belongs to a group; the groups come in their order."""
    groups = [each.group for each in MODES.values()]

    assert len(MODES) >= 30
    assert [group for group, _ in itertools.groupby(groups)] == ["auth", "request", "row", "field", "job", "world"]
    assert all(name == each.name and each.about.endswith(".") for name, each in MODES.items())
    assert {need for each in MODES.values() for need in each.needs} == {"field", "key"}


@pytest.mark.parametrize("name", MODES)
def test_each_is_seen_and_ends(org, six, name):
    """It makes a difference while it is on, and none for what comes after it was switched off."""
    fields = {key: dict(each) for key, each in org.fake.fields.items()}
    plain = observed(org, six)
    for each in six:
        org.fake.edit_account(each, Note__c="old")
    org.fake.modes.on(name, **TARGET, delay_s=1.5)
    org.timeout_s = 0.75 if name == "slow" else 5
    then = observed(org, six)
    org.timeout_s = 5
    names = list(org.fake.modes.names)
    org.fake.modes.off()
    org.token = org.fake.sessions.open()
    new = [org.fake.add_account(Name="later") for _ in range(2)]

    assert then != plain
    assert names == [name]
    assert org.fake.modes.names == []
    assert org.fake.fields == fields
    assert all(each["success"] for each in org.update(*({"id": each, "Note__c": "x"} for each in new)))


@pytest.mark.parametrize("first", MODES)
def test_pairs(first):
    """Any two can be on together, and leave the fields as they were."""
    for second in list(MODES)[list(MODES).index(first) :]:
        fake = FakeSalesforce(fields=FIELDS)
        add_accounts(fake)
        before = {name: dict(each) for name, each in fake.fields.items()}
        fake.modes.on(first, second, **TARGET)
        fake.trouble.intervene()  # as before a write
        on = list(fake.modes.names)
        fake.modes.off()

        assert (on, fake.modes.names) == ([first, second], [])
        assert (fake.fields, fake.hidden, fake.updateable) == (before, set(), True)


def test_modes_add_up(org, six):
    """What is switched on later leaves what is on; all end together."""
    org.fake.modes.on("read_only", field="Note__c")
    org.fake.modes.on("hidden", field="Link__c")
    codes = org.update({"id": six[0], "Note__c": "x"})[0]["errors"], org.fake.visible.keys() >= {"Link__c"}
    org.fake.modes.off()
    org.fake.modes.off()

    assert (codes[0][0]["statusCode"], codes[1]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", False)
    assert org.update({"id": six[0], "Note__c": "x", "Link__c": "x"})[0]["success"]


def test_reset(org, six):
    """It switches all modes off."""
    org.fake.modes.on("hidden", field="Note__c")
    org.fake.reset()

    assert "Note__c" in org.fake.visible


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["nothing"], {}, "no such mode: nothing"),
        (["hidden"], {"key": "Key__c"}, "mode hidden needs field"),
        (["lock_once", "numeric_key"], {}, "mode numeric_key needs key"),
    ],
)
def test_wrong_modes(names, options, message):
    """They are refused before any is on."""
    fake = FakeSalesforce(fields=[text_field("Key__c")])
    with pytest.raises(ValueError, match=message):
        fake.modes.on(*names, **options)

    assert fake.modes.names == []
