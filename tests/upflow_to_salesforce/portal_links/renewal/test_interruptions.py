"""Renewals of links that trouble or a limit interrupts: no link is lost, and none is minted for nothing."""

import pytest

from tests.upflow_to_salesforce.portal_links.renewal.links import customers, link, minted, mints, remembered
from upflow_provider.errors import AuthenticationError, QuotaError, RetriableError


@pytest.mark.parametrize(("kind", "options"), [("status", {"status": 500}), ("reset_after", {}), ("truncated", {})])
def test_trouble_that_passes_refuses_no_account(scene, kind, options):
    """A link whose answer was lost is minted again within the run; where Upflow is down, the task waits for it."""
    accounts = customers(scene, 4)
    path = f"/customers/{scene.known_as('cus_1')}/portal"
    scene.upflow.faults.add(kind, path=path, **options)
    assert (scene.renew_links().updated, scene.ledger.accounts.refused("portal_links")) == (4, {})
    assert all(link(scene, each) for each in accounts)

    scene.customer("cus_9")
    scene.upflow.faults.add(kind, path="/portal", times=None, **options)
    with pytest.raises(RetriableError):
        scene.renew_links()
    assert scene.ledger.accounts.refused("portal_links") == {}


def test_a_custom_field_that_is_gone_holds_up_no_link(scene):
    """The export says so; the promise of links has nothing to do with it."""
    account = scene.customer("cus_1")
    scene.configure(custom_fields={"Gone": "Segment__c"})

    assert scene.renew_links().minted == 1
    assert link(scene, account)


def test_a_run_that_ends_early_loses_no_link(scene):
    """What was minted when Upflow went down is pushed; the next run makes the rest, and nothing twice."""
    accounts = customers(scene, 10)
    scene.upflow.faults.add("status", status=503, path="/portal", times=None, after=4)
    with pytest.raises(RetriableError):
        scene.renew_links()

    assert [link(scene, each) is not None for each in accounts] == [True] * 4 + [False] * 6
    assert sorted(remembered(scene)) == accounts[:4]
    scene.upflow.faults.clear()
    assert scene.renew_links().minted == 6
    assert sorted(link(scene, each) for each in accounts) == sorted(each["url"] for each in minted(scene))


def test_links_that_are_minted_at_once_are_not_lost_either(scene):
    """Those of all threads that had an answer are pushed, and no further one is asked for."""
    customers(scene, 50)
    scene.upflow.faults.add("status", status=401, path="/portal", times=None, after=20)
    with pytest.raises(AuthenticationError):
        scene.renew_links(threads=5)

    assert len(minted(scene)) == len(remembered(scene)) == 20
    assert len(mints(scene)) < 50
    scene.upflow.faults.clear()
    assert scene.renew_links(threads=5).minted == 30


def test_upflow_s_limit_is_waited_for(scene):
    """A 429 did nothing: the link is asked for again after the pause, in the same run."""
    customers(scene, 3)
    scene.upflow.faults.add("status", status=429, retry_after_s=7, path="/portal", times=2, after=1)
    report = scene.renew_links()

    assert (report.minted, report.rejected) == (3, 0)
    assert max(scene.sleeps) >= 7


def down(scene):
    """Let Salesforce be read, but not written."""
    scene.salesforce.faults.add("status", method="PATCH", status=503, times=None)


def forbidden(scene):
    """Let Salesforce refuse every write for want of a permission."""
    scene.salesforce.trouble.refuse_requests(403, "INSUFFICIENT_ACCESS", "No API", path="/composite", times=None)


def used_up(scene):
    """Let the day's requests come to an end before the first write."""
    scene.salesforce.trouble.refuse_requests(403, "REQUEST_LIMIT_EXCEEDED", "exceeded", path="/composite", times=None)


@pytest.mark.parametrize(
    ("trouble", "error"), [(down, RetriableError), (forbidden, AuthenticationError), (used_up, QuotaError)]
)
def test_no_link_is_minted_when_salesforce_takes_none(scene, trouble, error):
    """The first Account is tried with what it holds, before anything is minted."""
    customers(scene, 5)
    trouble(scene)
    with pytest.raises(error):
        scene.renew_links()

    assert (minted(scene), remembered(scene)) == ([], {})
    assert {len(records) for records in scene.sent()} == {1}


def test_requests_left_to_others_are_left(scene):
    """The run stops before it mints what it could not push."""
    customers(scene, 5)
    scene.salesforce.configure({"daily_requests": 100, "used_requests": 89})
    with pytest.raises(QuotaError, match="api_reserve"):
        scene.renew_links()

    assert (minted(scene), scene.sent()) == ([], [])


def test_links_are_pushed_two_hundred_at_a_time(scene):
    """Each time after one Account was tried, so that no more than that are lost when the daily limit is reached."""
    accounts = customers(scene, 205)
    scene.salesforce.trouble.refuse_requests(
        403, "REQUEST_LIMIT_EXCEEDED", "exceeded", path="/composite", times=None, after=2
    )
    with pytest.raises(QuotaError):
        scene.renew_links()

    assert len(minted(scene)) == len(remembered(scene)) == 200
    scene.salesforce.trouble.clear()
    scene.renew_links()
    assert [len(records) for records in scene.sent()] == [1, 200, 1, 1, 5]
    assert sorted(link(scene, each) for each in accounts) == sorted(each["url"] for each in minted(scene))
