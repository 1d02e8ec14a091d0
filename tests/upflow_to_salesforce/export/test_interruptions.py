"""What stops a run as a whole: the next one goes on where it stopped."""

import pytest

from tests.upflow_customers import add_customers
from upflow_provider.errors import AuthenticationError, QuotaError, RetriableError

BOTH_WAYS = pytest.mark.parametrize("bulk_from", [2_000, 1], ids=["collections", "bulk"])
CUSTOMERS = 401
"""Three requests to sObject Collections."""


@pytest.fixture
def accounts(scene):
    """Have 401 customers with an empty field, each with an Account; return the Accounts."""
    scene.configure(fields={"outstanding": "Outstanding__c"})
    names = add_customers(scene.upflow, CUSTOMERS)
    return [scene.salesforce.add_account(Billing_Id__c=name) for name in names]


def assert_gone_on(scene, accounts, left):
    """Check that the next run writes what is left, and nothing else."""
    scene.forget()
    report = scene.export()

    assert [account for account, _ in scene.salesforce.updates] == left
    assert (report.updated, report.unchanged, report.rejected) == (len(left), len(accounts) - len(left), 0)
    assert all(scene.held(account, "Outstanding__c") == (0,) for account in accounts)


def test_requests_of_the_day_are_left_to_others(scene, accounts):
    """A tenth of them: the run stops before it takes what others are left, and names used, limit and setting."""
    scene.salesforce.daily_requests, scene.salesforce.used_requests = 100, 86
    with pytest.raises(QuotaError) as error:
        scene.export()

    assert "90 of 100 daily requests of Salesforce are used, and 10% are left to other programs (api_reserve)" in str(
        error.value
    )
    assert "the rest waits for the next run" in str(error.value)
    assert scene.salesforce.used_requests == 90
    assert [account for account, _ in scene.salesforce.updates] == accounts[:200]
    scene.salesforce.used_requests = 0
    assert_gone_on(scene, accounts, accounts[200:])


@BOTH_WAYS
def test_nothing_is_done_when_others_have_used_them_up(scene, accounts, bulk_from):
    """One request tells; no other is made."""
    scene.configure(bulk_from=bulk_from)
    scene.salesforce.daily_requests, scene.salesforce.used_requests = 100, 95
    with pytest.raises(QuotaError):
        scene.export()

    assert scene.salesforce.used_requests == 96
    assert scene.salesforce.updates == []


def test_all_requests_of_the_day_may_be_used(scene, accounts):
    """With a reserve of nothing."""
    scene.configure(api_reserve=0)
    scene.salesforce.daily_requests, scene.salesforce.used_requests = 100, 94
    report = scene.export()

    assert (report.updated, scene.salesforce.used_requests) == (CUSTOMERS, 100)


def test_salesforce_says_that_the_limit_is_reached(scene, accounts):
    """It says so with a 403, which is no missing permission, and is not asked again."""
    scene.salesforce.trouble.exceed_limit(after=4)
    with pytest.raises(QuotaError, match=r"REQUEST_LIMIT_EXCEEDED.*the rest waits for the next run"):
        scene.export()

    assert scene.sleeps == []
    assert [account for account, _ in scene.salesforce.updates] == accounts[:200]
    scene.salesforce.trouble.clear()
    assert_gone_on(scene, accounts, accounts[200:])


def test_salesforce_does_not_answer(scene, accounts):
    """Each request is tried several times, then the run stops; refusals before it are kept."""
    scene.salesforce.trouble.validation_rule(accounts[7])
    scene.salesforce.faults.add("status", method="PATCH", path="composite", status=503, times=None, after=1)
    with pytest.raises(RetriableError, match=r"PATCH /composite/sobjects: 503.*attempts: "):
        scene.export()

    assert scene.ledger.accounts.refused("export").keys() == {accounts[7]}
    assert len(scene.salesforce.updates) == 199
    scene.salesforce.faults.clear()
    scene.salesforce.trouble.clear()
    assert_gone_on(scene, accounts, [accounts[7], *accounts[200:]])
    assert scene.ledger.accounts.refused("export") == {}


@BOTH_WAYS
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "reset_during", "truncated", "status"])
def test_what_passes_is_tried_again(scene, accounts, bulk_from, kind):
    """Lost before or after Salesforce has done it, or half an answer: Accounts end as if nothing had been."""
    scene.configure(bulk_from=bulk_from)
    for method in ("GET", "PATCH", "PUT"):
        scene.salesforce.faults.add(kind, method=method, path="/services/data", after=1)
    report = scene.export()

    assert (report.updated, report.rejected) == (CUSTOMERS, 0)
    assert all(scene.held(account, "Outstanding__c") == (0,) for account in accounts)
    assert scene.salesforce.inserts == []


@BOTH_WAYS
def test_a_session_that_ends_is_renewed(scene, accounts, bulk_from):
    """One more login, wherever in the run it ends, and nothing is sent twice."""
    scene.configure(bulk_from=bulk_from)
    scene.salesforce.trouble.expire_session(after=4)
    report = scene.export()

    assert scene.logins == 2
    assert [account for account, _ in scene.salesforce.updates] == accounts
    assert report.updated == CUSTOMERS


def test_a_login_that_is_refused_twice(scene, accounts):
    """The run stops; it does not log in again and again."""
    scene.salesforce.trouble.expire_session(times=None, after=4)
    with pytest.raises(AuthenticationError, match=r"INVALID_SESSION_ID.*check the Salesforce connection"):
        scene.export()

    assert scene.logins == 2
    scene.salesforce.trouble.clear()
    assert_gone_on(scene, accounts, accounts[200:])


def test_what_was_confirmed_before_a_run_broke_off_is_known(scene, accounts):
    """The refusal of an Account is forgotten as soon as it is written, not when the run ends."""
    scene.salesforce.trouble.validation_rule(accounts[7])
    scene.salesforce.trouble.validation_rule(accounts[-1])
    scene.export()
    assert scene.ledger.accounts.refused("export").keys() == {accounts[7], accounts[-1]}

    scene.salesforce.trouble.clear()
    scene.salesforce.faults.add("status", method="PATCH", path="composite", status=503, times=None, after=1)
    with pytest.raises(RetriableError):
        scene.export(full=True)
    assert scene.ledger.accounts.refused("export").keys() == {accounts[-1]}
