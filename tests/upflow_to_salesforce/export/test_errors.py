"""What goes wrong with some Accounts is kept and tried again; the others are done."""

import re
from datetime import UTC, datetime

import pytest

from upflow_provider.errors import TooManyRejectedError

BOTH_WAYS = pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "bulk"])
PERMANENT = [
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Not while the account is on hold", ("Outstanding__c",)),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "AccountTrigger: execution of BeforeUpdate", ()),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", ()),
    ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("OwnerId",)),
]


@pytest.fixture
def scene(scene):
    """Export what customers owe."""
    scene.configure(fields={"outstanding": "Outstanding__c"})
    return scene


def refused(scene):
    """Return the refusals that stand, by the Id of the Account."""
    return scene.ledger.accounts.refused("export")


def owing(scene, number):
    """Make customers who owe 1.00 each; return their Accounts."""
    return [scene.customer(f"cus_{each}", owes=100) for each in range(number)]


@BOTH_WAYS
def test_a_lock_that_goes_by_is_waited_for(scene, bulk_from):
    """The locked Accounts alone are sent again, in the same run."""
    scene.configure(bulk_from=bulk_from)
    locked, free, long_locked = owing(scene, 3)
    scene.salesforce.trouble.lock(locked, times=1)
    scene.salesforce.trouble.lock(long_locked, times=2)
    report = scene.export()

    assert (report.updated, report.rejected) == (3, 0)
    assert refused(scene) == {}
    key = "Id" if bulk_from == 1 else "id"
    requests = [sorted(each[key] for each in rows) for rows in scene.sent() + scene.uploads()]
    assert requests == [[locked, free, long_locked], [locked, long_locked], [long_locked]]


def test_pauses_between_attempts_grow(scene):
    """Two, four, eight seconds; then the Account is refused, and the others are done."""
    locked, free = owing(scene, 2)
    scene.salesforce.trouble.lock(locked, times=None)
    report = scene.export()

    assert scene.sleeps == [2, 4, 8]
    assert scene.held(free, "Outstanding__c") == (1,)
    assert refused(scene)[locked].code == "UNABLE_TO_LOCK_ROW"
    assert (report.updated, report.rejected) == (1, 1)


@BOTH_WAYS
@pytest.mark.parametrize(("code", "message", "fields"), PERMANENT)
def test_a_refusal_is_kept_until_it_succeeds(scene, bulk_from, code, message, fields):
    """With code, message, fields and links to both; tried again in the next run, forgotten when it is written."""
    scene.configure(bulk_from=bulk_from)
    account, other = owing(scene, 2)
    started = datetime.now(UTC)
    scene.salesforce.trouble.refuse_row(account, code, message, *fields)
    first = scene.export()
    [known] = refused(scene).values()

    assert scene.held(other, "Outstanding__c") == (1,)
    assert (first.updated, first.rejected) == (1, 1)
    assert (known.account_id, known.matched.customer_id) == (account, scene.known_as("cus_0"))
    assert (known.code, known.reason, known.fields, known.attempts) == (code, message, fields, 1)
    assert started <= known.since <= datetime.now(UTC)
    assert known.matched.account_url == f"{scene.salesforce.url}/{account}"
    assert known.matched.customer_url.endswith(f"/customers/{known.matched.customer_id}")
    for told in (code, known.matched.account_url, known.matched.customer_url):
        assert told in first.examples["rejected"][account]

    second = scene.export()
    assert (second.unchanged, second.rejected) == (1, 1)
    assert (refused(scene)[account].attempts, refused(scene)[account].since) == (2, known.since)

    scene.salesforce.trouble.clear()
    third = scene.export()
    assert (third.updated, third.rejected) == (1, 0)
    assert refused(scene) == {}


def test_a_refusal_that_needs_no_writing_any_more_is_forgotten(scene):
    """The Account was put right by hand, or its customer was matched with another."""
    by_hand, unmatched, still = owing(scene, 3)
    for account in (by_hand, unmatched, still):
        scene.salesforce.trouble.validation_rule(account)
    scene.export()
    scene.salesforce.edit_account(by_hand, Outstanding__c=1)
    scene.salesforce.edit_account(unmatched, Billing_Id__c="another")
    report = scene.export()

    assert refused(scene).keys() == {still}
    assert (report.unchanged, report.unmatched, report.rejected) == (1, 1, 1)


@BOTH_WAYS
def test_an_account_that_is_deleted_meanwhile(scene, bulk_from):
    """Between reading and writing: it is refused, and in the next run its customer has no Account."""
    scene.configure(bulk_from=bulk_from)
    gone, other = owing(scene, 2)
    scene.salesforce.trouble.before_write = lambda: scene.salesforce.delete_account(gone)
    first, code = scene.export(), refused(scene)[gone].code
    scene.salesforce.trouble.clear()
    second = scene.export()

    assert code == "ENTITY_IS_DELETED"
    assert scene.held(other, "Outstanding__c") == (1,)
    assert (first.updated, first.rejected) == (1, 1)
    assert (second.unmatched, second.unchanged, second.rejected) == (1, 1, 0)
    assert refused(scene) == {}


@BOTH_WAYS
def test_what_salesforce_says_is_kept_without_values(scene, bulk_from, caplog):
    """Its words may repeat what was sent, addresses and links."""
    scene.define_custom_fields()
    scene.configure(bulk_from=bulk_from, custom_fields={"Segment": "Segment__c"})
    account = scene.customer("cus_1", Segment="Zoë Confidential")
    message = "Segment: Zoë Confidential of zoe@example.com, see https://example.com/secret"
    scene.salesforce.trouble.refuse_row(account, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, "Segment__c")
    report = scene.export()
    with pytest.raises(TooManyRejectedError) as error:
        report.check(0)

    told = refused(scene)[account].reason + str(report.as_dict()) + caplog.text + str(error.value)
    assert not re.search("Confidential|zoe@|secret", told)
    assert refused(scene)[account].fields == ("Segment__c",)


def test_too_many_refusals_fail_the_run_at_its_end(scene):
    """All work is done by then; the error names Accounts and reasons, and what happens next."""
    accounts = owing(scene, 3)
    for account in accounts[:2]:
        scene.salesforce.trouble.validation_rule(account)
    report = scene.export()

    report.check(2)
    with pytest.raises(TooManyRejectedError) as error:
        report.check(1)
    told = str(error.value)
    assert told.startswith("2 of 3 Accounts could not be written in full (1 allowed)")
    assert "The next run tries these again" in told
    assert all(f"{account}: FIELD_CUSTOM_VALIDATION_EXCEPTION: Not while" in told for account in accounts[:2])
    assert scene.held(accounts[2], "Outstanding__c") == (1,)


@pytest.mark.parametrize(("end", "state"), [("fail_job", "Failed"), ("abort_job", "Aborted")])
@pytest.mark.parametrize("after", [0, 3])
def test_a_job_that_ends_early_is_gone_on_with(scene, end, state, after, caplog):
    """What it has not come to is sent by another job; what it has done is not sent again."""
    scene.configure(bulk_from=1)
    accounts = owing(scene, 5)
    getattr(scene.salesforce.trouble, end)(after)
    report = scene.export()

    assert [len(rows) for rows in scene.uploads()] == [5, 5 - after]
    assert [scene.held(account, "Outstanding__c") for account in accounts] == [(1,)] * 5
    assert sorted(account for account, _ in scene.salesforce.updates) == accounts
    assert (report.updated, report.rejected) == (5, 0)
    assert f"the job is {state}" in caplog.text


def test_jobs_that_never_come_to_an_account(scene):
    """After three of them it is refused, in the words of the last; the next run tries it again."""
    scene.configure(bulk_from=1)
    accounts = owing(scene, 2)
    for _ in range(3):
        scene.salesforce.trouble.fail_job(0, "InternalServerError : Retried more than 20 times")
    first = scene.export()
    known = refused(scene)
    second = scene.export()

    assert known.keys() == set(accounts)
    assert {(each.code, each.reason) for each in known.values()} == {
        ("UNPROCESSED", "the job is Failed: InternalServerError : Retried more than 20 times")
    }
    assert (first.rejected, second.rejected, second.updated) == (2, 0, 2)
    assert refused(scene) == {}


def test_results_of_a_job_are_told_by_id(scene):
    """Salesforce answers them in any order: the right Account is refused."""
    scene.configure(bulk_from=1)
    accounts = owing(scene, 12)
    for account in accounts[::3]:
        scene.salesforce.trouble.validation_rule(account)
    report = scene.export()

    assert refused(scene).keys() == set(accounts[::3])
    assert (report.updated, report.rejected) == (8, 4)


@pytest.fixture
def hidden_meanwhile(scene):
    """Return what hides a field from the user while the first request to write is waiting to be sent again."""

    def hide(name):
        scene.salesforce.faults.add("status", method="PATCH", path="composite")
        scene.salesforce.faults.add("status", method="PUT", path="batches")
        scene.meanwhile = lambda: scene.salesforce.hidden.add(name)

    return hide


@pytest.mark.parametrize("bad", [0, 5, 8])
def test_a_request_that_is_refused_as_a_whole_is_cut_in_halves(scene, hidden_meanwhile, bad):
    """Until the Account that it is refused for stands alone; all others are written."""
    scene.configure(fields={"outstanding": "Outstanding__c", "overdue": "Overdue__c"})
    accounts = owing(scene, 9)
    for account in accounts:
        scene.salesforce.edit_account(account, Overdue__c=1 if account == accounts[bad] else 0)
    hidden_meanwhile("Overdue__c")
    report = scene.export()

    [known] = refused(scene).values()
    assert (known.account_id, known.code) == (accounts[bad], "HTTP_400")
    assert "INVALID_FIELD: No such column 'Overdue__c'" in known.reason
    assert {account for account, _ in scene.salesforce.updates} == set(accounts) - {accounts[bad]}
    assert (report.updated, report.rejected) == (8, 1)
    assert len(scene.sent()) <= 1 + 1 + 2 * 4


def test_a_file_that_is_refused_as_a_whole(scene, hidden_meanwhile):
    """No Account of it is written; each is refused with the words that name the column."""
    scene.configure(bulk_from=1)
    accounts = owing(scene, 3)
    hidden_meanwhile("Outstanding__c")
    report = scene.export()

    assert refused(scene).keys() == set(accounts)
    assert {(each.code, each.reason) for each in refused(scene).values()} == {
        ("UNPROCESSED", "the job is Failed: InvalidBatch : Field name not found : Outstanding__c")
    }
    assert (report.updated, report.rejected) == (0, 3)
