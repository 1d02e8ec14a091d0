"""Transactions of the fake Salesforce: its triggers run once for all rows, and its duplicate rules may only alert."""

import pytest

from tests.testing.salesforce.plain import body

ALLOW = {"Sforce-Duplicate-Rule-Header": "allowSave=true; runAsCurrentUser=false"}


def codes(results):
    """Return the codes of rows that are refused, and None for the others."""
    return [each["errors"][0]["statusCode"] if each["errors"] else None for each in results]


def notes(ids):
    """Return new values of Accounts."""
    return [{"id": each, "Note__c": "new"} for each in ids]


def test_a_trigger_that_breaks_a_limit_refuses_every_row(org, six):
    """Of a request that has too many; smaller ones are fine. A job has 200 rows at a time."""
    org.fake.modes.on("trigger_limit")
    many, few = org.update(*notes(six)), org.update(*notes(six[:3]))
    info = org.ingest("Id,Note__c\n" + "".join(f"{each},newer\n" for each in six))

    assert {each["errors"][0]["message"].partition("caused by: ")[2][:22] for each in many} == {
        "System.LimitException:"
    }
    assert codes(few) == [None] * 3
    assert len(org.results(info, "failedResults")) == 6


def test_one_account_refuses_all_that_are_written_with_it(org, six):
    """Also those before it; alone, the others are written."""
    org.fake.modes.on("trigger_poisoned", accounts=[six[2]])

    assert codes(org.update(*notes(six))) == ["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"] * 6
    assert codes(org.update(*notes(six[:2]))) == [None, None]


def test_rows_have_their_own_errors_first(org, six):
    """A rule is checked before the trigger."""
    org.fake.automation.limit(1)
    org.fake.trouble.validation_rule(six[0])

    assert codes(org.update(*notes(six[:2]))) == [
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    ]


def test_a_lock_within_a_trigger_passes(org, six):
    """Its code is in the text only."""
    org.fake.modes.on("lock_in_trigger", accounts=six[:1])
    [first], [second] = org.update(*notes(six[:1])), org.update(*notes(six[:1]))

    assert "first error: UNABLE_TO_LOCK_ROW" in first["errors"][0]["message"]
    assert second["success"]


def test_an_alert_can_be_overruled_by_a_header_and_a_block_cannot(org, six):
    """In JSON requests; jobs have no such header."""
    org.fake.modes.on("duplicate_alert", accounts=six[:1])
    org.fake.modes.on("duplicate_rule", accounts=six[1:2], field="Note__c")
    asked = {"json": body(*notes(six[:3]))}
    refused, allowed = (org("PATCH", "/composite/sobjects", headers=each, **asked).json() for each in ({}, ALLOW))
    alone = org("PATCH", f"/sobjects/Account/{six[0]}", json={"Note__c": "new"}, headers=ALLOW)
    info = org.ingest(f"Id,Note__c\n{six[0]},newer\n")

    assert codes(refused) == ["DUPLICATES_DETECTED", "DUPLICATES_DETECTED", None]
    assert codes(allowed) == [None, "DUPLICATES_DETECTED", None]
    assert alone.status_code == 204
    assert len(org.results(info, "failedResults")) == 1


def test_a_job_that_waits_does_nothing_until_it_starts(org, six):
    """Unless it is aborted before."""
    org.fake.trouble.postponed = []
    jobs = [org.new_job() for _ in range(2)]
    for job in jobs:
        file = f"Id,Note__c\n{six[0]},{job}\n".encode()
        org("PUT", f"/jobs/ingest/{job}/batches", data=file, headers={"Content-Type": "text/csv"})
        org.change(job, "UploadComplete")
    seen = {org.get(f"/jobs/ingest/{jobs[0]}")["state"] for _ in range(5)}
    org.change(jobs[1], "Aborted")
    for start in org.fake.trouble.postponed:
        start()

    assert seen == {"UploadComplete"}
    assert org.fake.account(six[0])["Note__c"] == jobs[0]
    assert org.ended(f"/jobs/ingest/{jobs[1]}")["state"] == "Aborted"


@pytest.mark.parametrize("path", ["query", "queryAll"])
def test_a_locator_ends_with_its_session(org, six, path):
    """A new login is no help."""
    org.fake.page_size = 2
    more = org.get(f"/{path}", params={"q": "SELECT Id FROM Account"})["nextRecordsUrl"]
    assert org.get(more)["records"]
    org.token = org.fake.sessions.open()

    assert org.refused("GET", more) == ("INVALID_QUERY_LOCATOR", "invalid query locator")


def test_labels_of_picklists_change_nothing_that_is_read_or_written(org, six):
    """Values are values."""
    described = {each["name"]: each for each in org.get("/sobjects/Account/describe")["fields"]}
    [name, *_] = [key for key, each in described.items() if each["type"] == "picklist" and each["picklistValues"]]
    value = described[name]["picklistValues"][0]["value"]
    org.fake.modes.on("picklist_labels")
    org.update({"id": six[0], name: value})
    changed = {each["name"]: each for each in org.get("/sobjects/Account/describe")["fields"]}

    assert org.get(f"/sobjects/Account/{six[0]}")[name] == value
    assert changed[name]["picklistValues"][0]["label"] != described[name]["picklistValues"][0]["label"]
    assert changed[name]["picklistValues"][0]["value"] == value
