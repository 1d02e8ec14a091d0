"""Changes written to Accounts, few or many, and what became of them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests
import sqlalchemy as sa

from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.clients.salesforce.bulk_jobs import UNPROCESSED, SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import Login, SalesforceHttp
from upflow_provider.errors import QuotaError, RetriableError
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.ledger.salesforce_accounts import MatchedAccount
from upflow_provider.testing.salesforce.org.fields import (
    checkbox_field,
    currency_field,
    date_field,
    multipicklist_field,
    text_field,
)
from upflow_provider.upflow_to_salesforce.account_writer import JOBS, AccountWriter, WriteResult, keep_refusals
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.differences import AccountChange
from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField

FIELDS = (
    text_field("Note__c"),
    currency_field("Outstanding__c"),
    checkbox_field("Vip__c"),
    date_field("Since__c"),
    multipicklist_field("Regions__c", ["North", "South"]),
)
RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
BOTH_WAYS = pytest.mark.parametrize("bulk_from", [1_000, 1], ids=["collections", "bulk"])
AT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def salesforce(fake_salesforce):
    """Give the fake some fields."""
    for each in FIELDS:
        fake_salesforce.add_field(each)
    return fake_salesforce


@pytest.fixture
def sleeps():
    """Return the pauses that were made."""
    return []


@pytest.fixture
def writer(salesforce, sleeps):
    """Return a function that makes a writer to the fake."""
    login = Login(salesforce.url, salesforce.sessions.open(), "59.0")
    http = SalesforceHttp(lambda: login, requests.Session(), sleep=sleeps.append, dice=lambda: 0.0)
    fields = {each["name"]: SalesforceField.of(each) for each in FIELDS}

    def make(bulk_from, **options):
        return AccountWriter(SalesforceClient(http), SalesforceJobs(http, **options), fields, bulk_from=bulk_from)

    return make


@pytest.fixture
def kept(sqlite_url):
    """Give the test what the ledger keeps of Accounts."""
    engine = prepare(sa.create_engine(sqlite_url))
    yield Ledger(engine, "default").accounts
    engine.dispose()


def accounts(salesforce, number):
    """Make Accounts; return their Ids."""
    return [salesforce.add_account(Name=f"Account {each}", Note__c="Old", Outstanding__c=5) for each in range(number)]


def notes(ids):
    """Return a change of each Account."""
    return [AccountChange(each, {"Note__c": "New"}) for each in ids]


def written(writer, changes):
    """Write changes; return the Accounts that were confirmed, and what was refused."""
    confirmed, refused = [], {}
    for each in writer.write(changes):
        confirmed += each.confirmed
        assert not refused.keys() & each.refused.keys()
        refused |= each.refused
    return confirmed, refused


def uploads(salesforce):
    """Return the rows of each file that arrived, the header first."""
    arrived = salesforce.requests.matching("PUT", "/batches")
    return [list(csv.reader(io.StringIO(each.body.decode(), newline=""))) for each in arrived]


@pytest.mark.parametrize(
    ("number", "way"), [(1, "collections"), (4, "collections"), (5, "ingest_job"), (6, "ingest_job")]
)
def test_the_number_of_changes_decides_how_they_are_sent(writer, salesforce, number, way):
    """From the limit on by a job."""
    ids = accounts(salesforce, number)
    confirmed, refused = written(writer(5), notes(ids))

    assert (confirmed, refused) == (ids, {})
    assert salesforce.calls.keys() == {way}
    assert {salesforce.account(each)["Note__c"] for each in ids} == {"New"}


@BOTH_WAYS
def test_nothing_to_change_sends_nothing(writer, salesforce, bulk_from):
    """Not one request."""
    assert written(writer(bulk_from), []) == ([], {})
    assert len(salesforce.requests) == 0


@BOTH_WAYS
def test_each_account_gets_its_own_fields(writer, salesforce, bulk_from):
    """Those that do not change stay, null clears, and every kind of value arrives."""
    first, second, third = accounts(salesforce, 3)
    changes = [
        AccountChange(first, {"Note__c": None, "Vip__c": True}),
        AccountChange(second, {"Outstanding__c": Decimal("12.50"), "Since__c": "2026-02-03"}),
        AccountChange(third, {"Regions__c": ("North", "South"), "Vip__c": None}),
    ]
    confirmed, refused = written(writer(bulk_from), changes)

    assert (confirmed, refused) == ([first, second, third], {})
    names = ("Note__c", "Outstanding__c", "Vip__c", "Since__c", "Regions__c")
    held = [tuple(salesforce.account(each).get(name) for name in names) for each in (first, second, third)]
    assert held == [
        (None, 5, True, None, None),
        ("Old", Decimal("12.5"), False, "2026-02-03", None),
        ("Old", 5, False, None, "North;South"),
    ]


def test_a_file_has_a_column_for_each_field_that_changes_anywhere(writer, salesforce):
    """In the order of their names; an empty value leaves a field as it is."""
    first, second = accounts(salesforce, 2)
    written(
        writer(1),
        [
            AccountChange(first, {"Vip__c": True, "Note__c": None}),
            AccountChange(second, {"Outstanding__c": Decimal(1)}),
        ],
    )

    assert uploads(salesforce) == [
        [
            ["Id", "Note__c", "Outstanding__c", "Vip__c"],
            [first, "#N/A", "", "true"],
            [second, "", "1", ""],
        ]
    ]


@BOTH_WAYS
def test_a_value_that_does_not_fit_keeps_its_account_back(writer, salesforce, bulk_from):
    """The others are written; field and reason are told before anything is sent, the value never."""
    ids = accounts(salesforce, 3)
    changes = notes(ids)
    changes[1] = AccountChange(ids[1], {"Note__c": "New", "Outstanding__c": Decimal("1234567890123456.78")})
    results = writer(bulk_from).write(changes)
    first = next(results)

    refusal = Refusal(UNFIT, "has more digits than a number of Salesforce's keeps", ("Outstanding__c",))
    assert (first.confirmed, first.refused) == ([], {ids[1]: refusal})
    assert len(salesforce.requests) == 0
    assert [each.confirmed for each in results] == [[ids[0], ids[2]]]
    assert salesforce.account(ids[1])["Note__c"] == "Old"


def test_text_that_would_clear_a_field_in_a_file(writer, salesforce):
    """It is kept back from a file; JSON can tell the two apart."""
    first, second = accounts(salesforce, 2)
    confirmed, refused = written(
        writer(1), [AccountChange(first, {"Note__c": "#N/A"}), AccountChange(second, {"Note__c": None})]
    )
    assert (confirmed, {each: why.code for each, why in refused.items()}) == ([second], {first: UNFIT})
    assert (salesforce.account(first)["Note__c"], salesforce.account(second)["Note__c"]) == ("Old", None)

    assert written(writer(1_000), [AccountChange(first, {"Note__c": "#N/A"})]) == ([first], {})
    assert salesforce.account(first)["Note__c"] == "#N/A"


def test_where_no_value_fits_nothing_is_sent(writer, salesforce):
    """Not even an empty job."""
    ids = accounts(salesforce, 2)
    confirmed, refused = written(writer(1), [AccountChange(each, {"Note__c": "#N/A"}) for each in ids])

    assert (confirmed, list(refused)) == ([], ids)
    assert len(salesforce.requests) == 0


@pytest.mark.parametrize(("bulk_from", "options"), [(10_000, {}), (1, {"upload_bytes": 7_000})])
def test_what_became_of_some_is_told_before_others_are_sent(writer, salesforce, bulk_from, options):
    """It can be written down, whatever happens then."""
    ids = accounts(salesforce, 401)
    results = writer(bulk_from, **options).write(notes(ids))
    assert next(results) == WriteResult()
    first = next(results)

    assert first.confirmed == ids[: len(first.confirmed)] == [each for each, _ in salesforce.updates]
    assert 100 < len(first.confirmed) < 400
    salesforce.trouble.exceed_limit()
    with pytest.raises(QuotaError):
        list(results)
    assert len(salesforce.updates) == len(first.confirmed)


@BOTH_WAYS
def test_locks_are_waited_for_and_rules_are_not(writer, salesforce, bulk_from):
    """Each Account is told of once, when its fate is known."""
    ids = accounts(salesforce, 5)
    salesforce.trouble.lock(ids[1], times=1)
    salesforce.trouble.validation_rule(ids[3], "Not while on hold", "Note__c")
    confirmed, refused = written(writer(bulk_from), notes(ids))

    assert sorted(confirmed) == [ids[0], ids[1], ids[2], ids[4]]
    assert refused == {ids[3]: Refusal(RULE, "Not while on hold", ("Note__c",))}
    assert sorted(each for each, _ in salesforce.updates) == sorted(confirmed)


@pytest.mark.parametrize(("times", "jobs", "left"), [(0, 1, 0), (1, 2, 0), (2, 3, 0), (3, 3, 2), (None, 3, 2)])
def test_what_jobs_find_locked_is_sent_again_in_others(writer, salesforce, times, jobs, left):
    """In the same order, with the same values, by three jobs at most; then it is refused."""
    ids = accounts(salesforce, 6)
    for each in (ids[1], ids[4]):
        salesforce.trouble.lock(each, times=times)
    confirmed, refused = written(writer(1), notes(ids))

    assert {each: why.code for each, why in refused.items()} == dict.fromkeys(
        (ids[1], ids[4])[:left], "UNABLE_TO_LOCK_ROW"
    )
    assert sorted([*confirmed, *refused]) == ids
    head, again = ["Id", "Note__c"], [[ids[1], "New"], [ids[4], "New"]]
    assert uploads(salesforce) == [[head, *([each, "New"] for each in ids)], [head, *again], [head, *again]][:jobs]


@pytest.mark.parametrize("stop", ["fail_job", "abort_job"])
def test_what_a_job_has_not_come_to_is_sent_again(writer, salesforce, stop, caplog):
    """What it has come to is not; one that is refused by a rule stays refused."""
    ids = accounts(salesforce, 5)
    salesforce.trouble.validation_rule(ids[0])
    getattr(salesforce.trouble, stop)(2)
    with caplog.at_level("INFO"):
        confirmed, refused = written(writer(1), notes(ids))

    assert (confirmed, list(refused)) == (ids[1:], [ids[0]])
    assert [len(each) - 1 for each in uploads(salesforce)] == [5, 3]
    assert "3 Accounts are sent again: they were locked, or the job did not get to them" in caplog.text


def test_jobs_that_never_come_to_anything_are_given_up(writer, salesforce):
    """After the third; the reason is the last one's."""
    ids = accounts(salesforce, 2)
    for number in range(JOBS):
        salesforce.trouble.fail_job(message=f"InternalServerError : {number}")
    confirmed, refused = written(writer(1), notes(ids))

    assert confirmed == []
    assert refused == dict.fromkeys(ids, Refusal(UNPROCESSED, "the job is Failed: InternalServerError : 2"))
    assert len(uploads(salesforce)) == JOBS


def test_jobs_of_several_files_send_again_what_is_left_of_all(writer, salesforce):
    """Two files, a lock in each: one more file with both."""
    ids = accounts(salesforce, 4)
    for each in (ids[0], ids[3]):
        salesforce.trouble.lock(each, times=1)
    confirmed, refused = written(writer(1, upload_bytes=90), notes(ids))

    assert (sorted(confirmed), refused) == (ids, {})
    assert [[row[0] for row in rows[1:]] for rows in uploads(salesforce)] == [ids[:2], ids[2:], [ids[0], ids[3]]]


@BOTH_WAYS
def test_salesforce_that_does_not_answer_ends_the_push(writer, salesforce, sleeps, bulk_from):
    """After the pauses of one request; nothing is told of what nobody knows."""
    ids = accounts(salesforce, 2)
    salesforce.faults.add("status", status=503, times=None)
    results = writer(bulk_from).write(notes(ids))
    assert next(results) == WriteResult()

    with pytest.raises(RetriableError, match="503"):
        next(results)
    assert sleeps == [1.0, 2.0, 4.0, 8.0, 16.0]


def matched_account(account_id):
    """Return the customer of an Account, and links to both."""
    customer_id = f"cust-{account_id[-1].lower()}"
    return MatchedAccount(
        customer_id, f"https://upflow.example.com/{customer_id}", f"https://salesforce.example.com/{account_id}"
    )


def test_refusals_are_written_down_until_they_are_confirmed(kept):
    """By kind of write, with customer and Account; since when and how often is counted."""
    why = Refusal(RULE, "Not while on hold", ("Note__c",))
    keep_refusals(kept, "export", WriteResult([], {"001A": why, "001B": Refusal("OTHER")}), matched_account, now=AT)
    keep_refusals(kept, "portal_links", WriteResult([], {"001A": why}), matched_account, now=AT)
    keep_refusals(
        kept, "export", WriteResult(["001B", "001C"], {"001A": why}), matched_account, now=AT + timedelta(hours=1)
    )

    [known] = kept.refused("export").values()
    assert (known.account_id, known.matched, known.code, known.reason) == (
        "001A",
        matched_account("001A"),
        RULE,
        why.reason,
    )
    assert (known.fields, known.since, known.attempts) == (("Note__c",), AT, 2)
    assert kept.refused("portal_links").keys() == {"001A"}

    keep_refusals(kept, "portal_links", WriteResult(["001A"]), matched_account)
    assert kept.refused("portal_links") == {}
    assert kept.refused("export").keys() == {"001A"}


def test_a_refusal_is_written_down_with_the_time_it_has(kept):
    """The clock's, unless another is given."""
    before = datetime.now(UTC)
    keep_refusals(kept, "export", WriteResult([], {"001A": Refusal("A")}), matched_account)

    assert before <= kept.refused("export")["001A"].since <= datetime.now(UTC)
