"""Orgs that bear little: limits of triggers, alerts of duplicate rules, and questions that take too long."""

import pytest

from tests.clients.salesforce.test_transactions import LIMITS
from upflow_provider.errors import RetriableError
from upflow_provider.testing.salesforce.org.automation import LOCKED_INSIDE, NULL_POINTER
from upflow_provider.upflow_to_salesforce.account_reader import AccountReader

BOTH_METHODS = pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "bulk"])


@pytest.fixture
def scene(scene):
    """Export what customers owe."""
    scene.configure(fields={"outstanding": "Outstanding__c"})
    return scene


def owing(scene, number):
    """Make customers who owe 1.00 each; return their Accounts."""
    return [scene.customer(f"cus_{each}", owes=100) for each in range(number)]


def written(scene):
    """Return the Accounts that hold what is right."""
    return [each for each in scene.salesforce.alive() if scene.held(each, "Outstanding__c") == (1,)]


@BOTH_METHODS
@pytest.mark.parametrize(("code", "message"), LIMITS)
def test_a_trigger_that_fails_for_many_at_once_refuses_nobody(scene, bulk_from, code, message):
    """Jobs cannot write fewer at once; Collections can."""
    scene.configure(bulk_from=bulk_from)
    ids = owing(scene, 12)
    scene.salesforce.automation.limit(5, message, code)
    report = scene.export()

    assert (report.updated, report.rejected, written(scene)) == (12, 0, ids)


@BOTH_METHODS
def test_one_account_that_makes_a_trigger_fail_is_refused_alone(scene, bulk_from):
    """The others of its transaction are written."""
    scene.configure(bulk_from=bulk_from)
    ids = owing(scene, 9)
    scene.salesforce.automation.poison(ids[4], NULL_POINTER)
    report = scene.export()

    assert (report.updated, report.rejected) == (8, 1)
    assert scene.ledger.accounts.refused("export").keys() == {ids[4]}


@BOTH_METHODS
def test_a_lock_within_the_text_of_a_trigger_is_waited_for(scene, bulk_from):
    """It passes within the run."""
    scene.configure(bulk_from=bulk_from)
    ids = owing(scene, 3)
    scene.salesforce.trouble.refuse_row(ids[0], "FIELD_CUSTOM_VALIDATION_EXCEPTION", LOCKED_INSIDE, times=2)
    report = scene.export()

    assert (report.updated, written(scene)) == (3, ids)


@BOTH_METHODS
@pytest.mark.parametrize("allow", [False, True])
def test_alerts_of_duplicate_rules_pass_where_the_settings_say_so(scene, bulk_from, allow):
    """Bulk API 2.0 has no header for it: what a job could not write goes by Collections."""
    scene.configure(bulk_from=bulk_from, allow_duplicates=allow)
    ids = owing(scene, 3)
    scene.salesforce.automation.alert(ids[2])
    report = scene.export()

    assert (report.updated, report.rejected) == ((3, 0) if allow else (2, 1))
    refused = scene.ledger.accounts.refused("export")
    assert all("allow_duplicates" in each.reason for each in refused.values())
    assert len(scene.sent()) == {2_000: 1, 1: int(allow)}[bulk_from]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "QUERY_TIMEOUT"), (400, "OPERATION_TOO_LARGE"), (503, "SERVER_UNAVAILABLE"), (500, "UNKNOWN_EXCEPTION")],
)
def test_a_count_that_fails_only_chooses_how_to_read(scene, status, code):
    """Accounts are read by a job; nobody waits for the count."""
    ids = owing(scene, 3)
    scene.salesforce.trouble.refuse_requests(status, code, "no", path=r"\.0/query\?q=SELECT.COUNT", times=None)
    report = scene.export()

    assert (report.updated, written(scene)) == (3, ids)
    assert scene.salesforce.calls["query"] == 1
    assert scene.salesforce.calls["query_job"] > 0


@pytest.mark.parametrize("by_job", [False, True])
def test_a_list_of_accounts_that_is_short_writes_nothing(scene, monkeypatch, by_job):
    """No customer is said to have no Account because of it."""
    monkeypatch.setitem(AccountReader.__init__.__kwdefaults__, "query_job_from", 1 if by_job else 100)
    owing(scene, 3)
    if by_job:
        scene.salesforce.odd_answers.change(
            r"/jobs/query/\w+$", lambda job: {**job, "numberRecordsProcessed": 4}, times=None
        )
    else:
        scene.salesforce.modes.on("list_is_always_short")
    with pytest.raises(RetriableError, match=r"got \d of \d records"):
        scene.export()

    assert scene.salesforce.updates == []
    assert scene.ledger.accounts.refused("export") == {}
