"""What each thing that can go wrong in the fake Salesforce does."""

import pytest
import requests

from tests.testing.salesforce.plain import FILE_KINDS, body

CODES = {
    "lock_always": "UNABLE_TO_LOCK_ROW",
    "validation_rule": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "restricted_picklist": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "too_long": "STRING_TOO_LONG",
    "number_out_of_range": "NUMBER_OUTSIDE_VALID_RANGE",
    "duplicate_value": "DUPLICATE_VALUE",
    "trigger_fails": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "duplicate_rule": "DUPLICATES_DETECTED",
    "account_deleted": "ENTITY_IS_DELETED",
    "account_merged": "ENTITY_IS_DELETED",
    "read_only": "INVALID_FIELD_FOR_INSERT_UPDATE",
}
"""What a row that is hit is refused with, always."""


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_rows(org, six, name, code):
    """Those that are hit are refused, in both APIs; all others are written."""
    hit = six if name == "read_only" else [six[1]]
    org.fake.modes.on(name, accounts=[six[1][:15]], field="Note__c")
    results = org.update(*({"id": each, "Note__c": "new"} for each in six))
    info = org.ingest("Id,Note__c\n" + "".join(f"{each},newer\n" for each in six))
    failed = org.results(info, "failedResults")

    assert [each["id"] for each in results if not each["success"]] == hit
    assert {each["errors"][0]["statusCode"] for each in results if not each["success"]} == {code}
    assert [each["Id"] for each in failed] == hit
    assert {each["sf__Error"].partition(":")[0] for each in failed} == {code}
    assert [org.fake.account(each)["Note__c"] for each in six] == ["old" if each in hit else "newer" for each in six]


def test_a_value_that_is_repeated(org, six):
    """The error names the field and repeats what was sent; other fields are written."""
    org.fake.modes.on("too_long", accounts=six[:1], field="Note__c")
    [refused] = org.update({"id": six[0], "Note__c": "secret"})
    [written] = org.update({"id": six[0], "Link__c": "https://x"})

    assert refused["errors"] == [
        {
            "statusCode": "STRING_TOO_LONG",
            "message": "Note__c: data value too large: secret (max length=255)",
            "fields": ["Note__c"],
        }
    ]
    assert written["success"]


def test_a_lock_that_goes_by(org, six):
    """The second attempt succeeds."""
    org.fake.modes.on("lock_once")
    attempts = [[each["success"] for each in org.update(*({"id": each} for each in six))] for _ in range(2)]

    assert attempts == [[False, True, True, False, True, True], [True] * 6]


def test_what_comes_first(org, six):
    """Some requests may pass, and some rows."""
    org.fake.modes.on("daily_limit_spent", after=2)
    answers = [org("GET", "/limits").status_code for _ in range(3)]
    org.fake.modes.off()
    org.fake.modes.on("job_fails", after=4)
    info = org.ingest("Id,Note__c\n" + "".join(f"{each},x\n" for each in six))

    assert answers == [200, 200, 403]
    assert [len(org.results(info, kind)) for kind in FILE_KINDS] == [4, 0, 2]


def test_a_write_whose_answer_is_lost(org, six):
    """It is done, and can be done again."""
    org.fake.modes.on("reset_after_commit")
    with pytest.raises(requests.ConnectionError):
        org.update({"id": six[0], "Note__c": "new"})

    assert org.fake.account(six[0])["Note__c"] == "new"
    assert org.update({"id": six[0], "Note__c": "new"})[0]["success"]


def test_null_checkboxes(org, six):
    """Whole requests are refused that have such an Account in them; single ones, and those of a job, are as well."""
    org.fake.modes.on("null_checkbox", accounts=six[:1])
    both = body({"id": six[0], "Note__c": "x"}, {"id": six[1], "Note__c": "x"})
    codes = [
        org.refused("PATCH", "/composite/sobjects", json=both)[0],
        org.refused("PATCH", f"/sobjects/Account/{six[0]}", json={"Note__c": "x"})[0],
    ]
    untouched = list(org.fake.updates)
    info = org.ingest(f"Id,Note__c\n{six[0]},x\n{six[1]},x\n")

    assert (codes, untouched) == (["JSON_PARSER_ERROR"] * 2, [])
    assert info["numberRecordsFailed"] == 1


def test_a_column_that_goes(org, six):
    """It is described and then gone: whole requests are refused, and jobs fail."""
    org.fake.modes.on("unknown_column", field="Note__c")
    described = {each["name"] for each in org.get("/sobjects/Account/describe")["fields"]}
    code, message = org.refused("PATCH", "/composite/sobjects", json=body({"id": six[0], "Note__c": "x"}))
    info = org.ingest(f"Id,Note__c\n{six[0]},x\n")

    assert "Note__c" in described
    assert (code, message) == ("INVALID_FIELD", "No such column 'Note__c' on sobject of type Account")
    assert info["errorMessage"] == "InvalidBatch : Field name not found : Note__c"


def test_a_numeric_key(org, six):
    """It comes back as a number, from jobs with a decimal point; keys that are none are lost, until it is off."""
    org.fake.edit_account(six[5], Key__c="K-5")
    org.fake.modes.on("numeric_key", key="Key__c")
    keys = org.column("SELECT Key__c FROM Account", "Key__c")
    job = org("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Key__c FROM Account"}).json()["id"]
    org.ended(f"/jobs/query/{job}")
    lines = org("GET", f"/jobs/query/{job}/results").text.splitlines()
    found = org.column("SELECT Id FROM Account WHERE Key__c = 3")
    org.fake.modes.off()

    assert keys == [0.0, 1.0, 2.0, 3.0, 4.0, None]
    assert lines == ['"Key__c"', '"0.0"', '"1.0"', '"2.0"', '"3.0"', '"4.0"', '""']
    assert found == [six[3]]
    assert org.column("SELECT Key__c FROM Account", "Key__c") == ["0", "1", "2", "3", "4", None]
    assert org.update({"id": six[0], "Key__c": "1"})[0]["errors"][0]["statusCode"] == "DUPLICATE_VALUE"


def test_rich_text(org, six):
    """What is there is HTML at once, and what is written comes back as HTML."""
    org.fake.edit_account(six[0], Note__c="a < b")
    org.fake.modes.on("rich_text", field="Note__c")
    org.update({"id": six[1], "Note__c": 'https://x/?a=1&b="2"'})

    assert org.column("SELECT Note__c FROM Account LIMIT 2", "Note__c") == [
        "a &lt; b",
        "https://x/?a=1&amp;b=&quot;2&quot;",
    ]


def test_two_accounts_with_one_key(org, six):
    """Even where the key was unique."""
    org.fake.modes.on("duplicate_key", key="Key__c", accounts=six[2:3])

    assert org.column("SELECT Key__c FROM Account WHERE Key__c = '2'", "Key__c") == ["2", "2"]


def test_several_currencies(org, six):
    """The Accounts that are hit have another currency than the org, all others the org's."""
    org.fake.modes.on("multi_currency")
    text = "SELECT CurrencyIsoCode FROM Account"

    assert org.column(text, "CurrencyIsoCode") == ["XTS", "EUR", "EUR", "XTS", "EUR", "EUR"]
    org.fake.modes.off()
    assert org.refused("GET", "/query", params={"q": text})[0] == "INVALID_FIELD"


def test_another_user_edits(org, six):
    """Between reading and writing, once."""
    org.fake.modes.on("another_user_edits", field="Vip__c", accounts=six[:1])
    org.fake.edit_account(six[0], Vip__c=True)
    read = org.column("SELECT Vip__c FROM Account LIMIT 1", "Vip__c")
    org.update({"id": six[0], "Note__c": "x"})

    assert (read, org.fake.account(six[0])["Vip__c"]) == ([True], False)


def test_a_merge_of_all(org, six):
    """There is an Account they are merged into, though all are hit."""
    org.fake.modes.on("account_merged", accounts=six)
    org.update({"id": six[0], "Note__c": "x"})
    [winner] = org.fake.alive()

    assert {org.fake.account(each)["MasterRecordId"] for each in six} == {winner}
