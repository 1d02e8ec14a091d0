"""Changes of Accounts that are sent again: locked records, and what jobs have not come to."""

import pytest

from tests.upflow_to_salesforce.account_writer.changes import BOTH_WAYS, RULE, accounts, notes, uploads, written
from upflow_provider.clients.salesforce.bulk_jobs import UNPROCESSED
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.errors import RetriableError
from upflow_provider.upflow_to_salesforce.account_writer import JOBS, WriteResult


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
