"""Accounts updated by jobs of the Bulk API, against the fake, over real HTTP: files and results."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients.salesforce.accounts import RULE, accounts
from tests.clients.salesforce.bulk_jobs.updates import left_behind, notes, updated
from upflow_provider.clients.salesforce.bulk_files import refusal_of
from upflow_provider.clients.salesforce.bulk_jobs import UNPROCESSED, SalesforceJobs
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.clients.salesforce.updates import UpdateOutcome
from upflow_provider.errors import ReadOnlyError

SOQL = "SELECT Id, Note__c FROM Account"


def uploads(salesforce):
    """Return the files that arrived."""
    return [each.body for each in salesforce.requests.matching("PUT", "/batches")]


def ids_of(upload):
    """Return the Ids of a file."""
    return [each["Id"] for each in csv.DictReader(io.StringIO(upload.decode(), newline=""))]


def test_an_update_is_a_file_of_ids_and_values(jobs, salesforce):
    """Everything in quotes, UTF-8 without a mark at its beginning, lines that end with LF; nothing is left behind."""
    account = salesforce.add_account(Outstanding__c=5, Note__c="Old")
    [outcomes] = updated(jobs, [(account, ("Ünal €", "#N/A", ""))], ("Long__c", "Outstanding__c", "Note__c"))

    assert outcomes == [UpdateOutcome(account)]
    assert uploads(salesforce) == [
        f'"Id","Long__c","Outstanding__c","Note__c"\n"{account}","Ünal €","#N/A",""\n'.encode()
    ]
    held = salesforce.account(account)
    assert (held["Long__c"], held["Outstanding__c"], held["Note__c"]) == ("Ünal €", None, "Old")
    [made] = salesforce.requests.matching("POST", "/jobs/ingest$")
    assert made.json == {"object": "Account", "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
    assert left_behind(jobs) == []
    assert salesforce.inserts == []


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ('a "b" ""', 'a "b" ""'),
        ("a,b;c\td|e", "a,b;c\td|e"),
        ("a\nb\n\nc", "a\nb\n\nc"),
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        ("=1+2", "=1+2"),
        ("@SUM(A1)", "@SUM(A1)"),
        ("-1", "-1"),
        ("null", "null"),
        ("#N/A?", "#N/A?"),
        ("a\u2028b\u2029c\x0bd\x0ce\x85f", "a\u2028b\u2029c\x0bd\x0ce\x85f"),
        ("😀 Ünal 日本", "😀 Ünal 日本"),
        ("\ufeffx", "\ufeffx"),
        ("{{ 7*7 }}", "{{ 7*7 }}"),
        ("  trimmed by Salesforce ", "trimmed by Salesforce"),
    ],
)
def test_text_arrives_as_it_is(jobs, salesforce, text, held):
    """Only line ends become LF, as the job says they are."""
    account, other = accounts(salesforce, 2)
    updated(jobs, [(account, (text,)), (other, ("other",))], ("Long__c",))

    assert salesforce.account(account)["Long__c"] == held
    assert salesforce.account(other)["Long__c"] == "other"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), min_size=1, max_size=8))
def test_any_text_survives_the_file(jobs, salesforce, texts):
    """What Salesforce itself does not change comes back as it was: it trims, and keeps no empty text."""
    ids = accounts(salesforce, len(texts), Long__c="Old")
    [outcomes] = updated(jobs, [(each, (text,)) for each, text in zip(ids, texts, strict=True)], ("Long__c",))
    found = {each["Id"]: each["Long__c"] for page in jobs.query("SELECT Id, Long__c FROM Account") for each in page}

    assert outcomes == [UpdateOutcome(each) for each in ids]
    for each, text in zip(ids, texts, strict=True):
        ours = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        assert found[each] == ours
        assert salesforce.account(each)["Long__c"] == (ours or None)


@pytest.mark.parametrize(("size", "sizes"), [(1, [1] * 5), (90, [2, 2, 1]), (120, [3, 2]), (10_000, [5])])
def test_a_file_is_never_larger_than_allowed(salesforce, salesforce_http, size, sizes):
    """Several jobs, one after the other, each with a header; a record that is larger alone has one of its own."""
    jobs = SalesforceJobs(salesforce_http(), upload_bytes=size)
    ids = accounts(salesforce, 5)
    outcomes = jobs.update(("Note__c",), iter(notes(ids)))
    seen = []
    for number in range(1, len(sizes) + 1):
        seen.append(list(next(outcomes)))
        assert len(uploads(salesforce)) == number

    assert next(outcomes, None) is None
    assert [len(each) for each in seen] == sizes
    assert [each for job in seen for each in job] == [UpdateOutcome(each) for each in ids]
    assert [each for upload in uploads(salesforce) for each in ids_of(upload)] == ids
    assert all(len(upload) <= size or len(ids_of(upload)) == 1 for upload in uploads(salesforce))


def test_nothing_to_update_makes_no_job(jobs, salesforce):
    """Not even a login."""
    assert updated(jobs, []) == []
    assert len(salesforce.requests) == 0


@pytest.mark.parametrize("shuffled", [False, True])
def test_results_are_told_by_id(jobs, salesforce, shuffled):
    """Salesforce answers them in any order; the outcomes have that of the records."""
    salesforce.trouble.shuffled = shuffled
    ids = accounts(salesforce, 20)
    for each in ids[::3]:
        salesforce.trouble.validation_rule(each, "Not while on hold", "Note__c", "Vip__c")
    [outcomes] = updated(jobs, notes(ids))
    refusal = Refusal(RULE, "Not while on hold", ("Note__c", "Vip__c"))

    assert outcomes == [UpdateOutcome(each, refusal if place % 3 == 0 else None) for place, each in enumerate(ids)]


@pytest.mark.parametrize("after", [0, 2, 5])
@pytest.mark.parametrize(("stop", "state"), [("fail_job", "Failed"), ("abort_job", "Aborted")])
def test_what_a_job_has_not_come_to_is_told(jobs, salesforce, caplog, stop, state, after):
    """The rest is confirmed or refused as it was."""
    ids = accounts(salesforce, 5)
    salesforce.trouble.validation_rule(ids[1])
    getattr(salesforce.trouble, stop)(after)
    [outcomes] = updated(jobs, notes(ids))

    codes = [each.refusal and each.refusal.code for each in outcomes]
    assert codes == [None, RULE, None, None, None][:after] + [UNPROCESSED] * (5 - after)
    reasons = {each.refusal.reason for each in outcomes if each.refusal and each.refusal.code == UNPROCESSED}
    assert all(each.startswith(f"the job is {state}") for each in reasons)
    assert f"the job is {state}" in caplog.text
    assert left_behind(jobs) == []


def test_all_records_of_a_job_may_be_refused(jobs, salesforce):
    """The job is complete all the same."""
    ids = accounts(salesforce, 3)
    for each in ids:
        salesforce.trouble.validation_rule(each)
    [outcomes] = updated(jobs, notes(ids))

    assert {each.refusal.code for each in outcomes} == {RULE}
    assert salesforce.updates == []


def test_a_client_that_only_reads_leaves_no_job(salesforce, salesforce_http):
    """It refuses before anything is sent; queries are fine."""
    jobs = SalesforceJobs(salesforce_http(read_only=True))
    ids = accounts(salesforce, 1)
    with pytest.raises(ReadOnlyError, match="dry run"):
        updated(jobs, notes(ids))

    assert len(salesforce.requests) == 0
    assert [len(list(page)) for page in jobs.query(SOQL)] == [1]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("CODE:message:Note__c --", Refusal("CODE", "message", ("Note__c",))),
        ("CODE:message:Note__c,Vip__c --", Refusal("CODE", "message", ("Note__c", "Vip__c"))),
        ("CODE:message:Note__c, Vip__c --", Refusal("CODE", "message", ("Note__c", "Vip__c"))),
        ("CODE:message:--", Refusal("CODE", "message")),
        ("CODE:with: characters: in it:Note__c --", Refusal("CODE", "with: characters: in it", ("Note__c",))),
        ("CODE:with: a character:--", Refusal("CODE", "with: a character")),
        ("CODE:on two\nrows:Note__c --", Refusal("CODE", "on two rows", ("Note__c",))),
        ("CODE:no end: of it", Refusal("CODE", "no end: of it")),
        ("CODE:no fields --", Refusal("CODE", "no fields …")),
        ("CODE::--", Refusal("CODE", "")),
        ("CODE", Refusal("CODE", "")),
        ("", Refusal("UNKNOWN_ERROR", "")),
        (
            "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
            Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ("LastName",)),
        ),
        ("CODE:Jane Roe, 1234.50, of 12 and true:--", Refusal("CODE", "…, of 12 and true")),
    ],
)
def test_why_a_record_failed(error, expected):
    """Code, words and fields, and no value that was sent."""
    sent = {"Id": "001", "Note__c": "Jane Roe", "Outstanding__c": "1234.50", "Count__c": "12", "Vip__c": "true"}

    assert refusal_of({"sf__Id": "001", "sf__Error": error, **sent}) == expected
