"""Links to the customer portal: minted for the Accounts that need one, and remembered when they are there."""

from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.errors import AuthenticationError, QuotaError, RetriableError
from upflow_provider.testing.salesforce.org.fields import long_text_field, rich_text_field
from upflow_provider.testing.upflow import customers as upflow_api_customers

START = datetime(2026, 3, 1, 3, 37, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


@pytest.fixture
def scene(scene):
    """Export links and nothing else, on the first of March."""
    scene.configure(fields={"portal_url": "Portal__c"})
    scene.move_to(START)
    return scene


def customers(scene, number):
    """Make customers; return their Accounts."""
    return [scene.customer(f"cus_{each}") for each in range(number)]


def minted(scene):
    """Return the links that Upflow has made, in order."""
    return list(scene.upflow.store.portal_links)


def link(scene, account_id):
    """Return what an Account holds."""
    return scene.held(account_id, "Portal__c")[0]


def expiry(scene, account_id):
    """Return when the link that an Account holds expires, as Upflow knows."""
    return {each["url"]: each["expiresAt"] for each in minted(scene)}[link(scene, account_id)]


def remembered(scene):
    """Return when links expire, by the Account that is known to hold them."""
    return {account_id: known.expires_at for account_id, known in scene.ledger.accounts.links().items()}


def mints(scene):
    """Return the customers that links were asked for, in order."""
    arrived = scene.upflow.requests.matching("POST", "/portal")
    return [each.customer for each in arrived]


def test_a_link_is_minted_pushed_and_remembered(scene):
    """It is valid for 60 days at least; what is kept of it is when it expires, so that it is renewed in time."""
    account = scene.customer("cus_1")
    report = scene.renew_links()
    (made,) = minted(scene)

    assert link(scene, account) == made["url"]
    assert made["expiresAt"] - START >= timedelta(days=60)
    assert remembered(scene) == {account: made["expiresAt"]}
    assert (report.matched, report.minted, report.updated, report.rejected) == (1, 1, 1, 0)


def test_how_long_a_link_lives_is_said_in_seconds(scene):
    """The organization's own setting, and the API's default of a day, are of no account."""
    account = scene.customer("cus_1")
    scene.renew_links()
    (asked,) = scene.upflow.requests.matching("POST", "/portal")

    assert asked.json == {"expiresIn": (remembered(scene)[account] - START).total_seconds()}
    assert type(asked.json["expiresIn"]) is int
    assert asked.json["expiresIn"] >= 5_184_000


def test_a_link_that_is_good_stays(scene):
    """It is neither minted nor written again before it is due, and then once."""
    account = scene.customer("cus_1")
    scene.renew_links()
    first = link(scene, account)
    scene.forget()
    due = expiry(scene, account) - timedelta(days=46)
    scene.move_to(due)
    report = scene.renew_links()

    assert (report.unchanged, report.minted, scene.sent()) == (1, 0, [])
    scene.move_to(due + timedelta(seconds=1))
    scene.renew_links()
    assert link(scene, account) not in {first, None}
    assert expiry(scene, account) == due + timedelta(days=76)
    scene.renew_links()
    assert len(minted(scene)) == 2


def test_only_accounts_of_one_customer_get_a_link(scene):
    """Not customers without an Account, nor Accounts without a customer or with several."""
    account = scene.customer("cus_1")
    scene.person("no account")
    twins = [scene.customer("twin"), scene.salesforce.add_account(Billing_Id__c="twin")]
    strangers = [scene.salesforce.add_account(Billing_Id__c="stranger"), scene.salesforce.add_account()]
    report = scene.renew_links()

    assert mints(scene) == ["cus_1"]
    assert link(scene, account)
    assert [link(scene, each) for each in (*twins, *strangers)] == [None] * 4
    assert (report.matched, report.unmatched, report.duplicate) == (1, 1, 1)


def test_what_expires_first_is_renewed_first(scene):
    """And before all of them, those that have no link at all."""
    customers(scene, 12)
    scene.renew_links()
    known = scene.ledger.accounts.links().values()
    by_expiry = [each.customer_id for each in sorted(known, key=lambda each: each.expires_at)]
    scene.customer("new")
    scene.upflow.requests.clear()
    scene.move_to(START + 70 * DAY)
    scene.renew_links()

    expected = [scene.upflow.store.customers[each]["externalId"] for each in by_expiry]
    assert mints(scene) == ["new", *expected]


def test_a_link_that_salesforce_refuses_is_not_remembered(scene):
    """It is due until Salesforce has confirmed it; the old one is still there."""
    refusing, other = customers(scene, 2)
    scene.renew_links()
    before, known = link(scene, refusing), remembered(scene)
    scene.salesforce.trouble.refuse_value(refusing, RULE, "Not while the account is on hold")
    scene.move_to(START + 70 * DAY)
    report = scene.renew_links()

    assert (report.updated, report.rejected) == (1, 1)
    assert list(report.examples["rejected"]) == [refusing]
    assert link(scene, refusing) == before
    assert remembered(scene)[refusing] == known[refusing]
    assert remembered(scene)[other] == expiry(scene, other) > known[other]
    scene.salesforce.trouble.clear()
    scene.move_to(START + 71 * DAY)
    scene.renew_links()
    assert remembered(scene)[refusing] == expiry(scene, refusing) > known[refusing]
    assert scene.ledger.accounts.refused("portal_links") == {}


def test_an_account_that_refuses_costs_one_link_not_one_a_day(scene):
    """What was refused is first given again what it holds, and gets a link when it takes that."""
    good, *refusing = customers(scene, 3)
    for each in refusing:
        scene.salesforce.trouble.validation_rule(each)
    for day in range(5):
        scene.move_to(START + day * DAY)
        report = scene.renew_links()
        assert report.rejected == 2

    assert mints(scene) == ["cus_0", "cus_1", "cus_2"]
    assert [each.attempts for each in scene.ledger.accounts.refused("portal_links").values()] == [5, 5]
    scene.salesforce.trouble.clear()
    scene.move_to(START + 5 * DAY)
    scene.renew_links()
    assert mints(scene) == ["cus_0", "cus_1", "cus_2", "cus_1", "cus_2"]
    assert all(link(scene, each) for each in (good, *refusing))


def test_the_refusal_of_an_account_that_needs_no_link_any_more_is_forgotten(scene):
    """It has lost its customer, so nothing waits for it."""
    account, _ = customers(scene, 2)
    scene.salesforce.trouble.validation_rule(account)
    scene.renew_links()
    assert list(scene.ledger.accounts.refused("portal_links")) == [account]
    scene.salesforce.edit_account(account, Billing_Id__c="nobody")
    scene.renew_links()

    assert scene.ledger.accounts.refused("portal_links") == {}


def test_trying_an_account_changes_nothing(scene):
    """It is given what it holds; a link that is good is not lost over it."""
    refusing, _ = customers(scene, 2)
    scene.renew_links()
    scene.salesforce.trouble.refuse_row(refusing, RULE, "On hold")
    first = link(scene, refusing)
    scene.move_to(START + 70 * DAY)
    for _ in range(2):
        scene.renew_links()
    scene.salesforce.trouble.clear()
    scene.renew_links()

    written = [each.values["Portal__c"] for each in scene.salesforce.history(refusing, "Portal__c")]
    assert written == [None, first, first, link(scene, refusing)]
    assert link(scene, refusing) != first


@pytest.mark.parametrize("value", [None, "", "ask Jane"])
def test_a_link_that_somebody_took_out_of_salesforce_is_made_again(scene, value):
    """The next run sees that there is none; what the ledger remembers does not count then."""
    account, _ = customers(scene, 2)
    scene.renew_links()
    scene.salesforce.edit_account(account, Portal__c=value)
    report = scene.renew_links()

    assert link(scene, account) == minted(scene)[-1]["url"]
    assert (report.minted, report.unchanged) == (1, 1)
    assert remembered(scene)[account] == expiry(scene, account) < START + timedelta(days=105)


def test_an_account_that_is_another_customer_s_now_gets_that_one_s_link(scene):
    """At once: the old link opens the portal of somebody else."""
    account = scene.customer("cus_1")
    scene.renew_links()
    scene.person("cus_2")
    scene.salesforce.edit_account(account, Billing_Id__c="cus_2")
    scene.renew_links()

    assert mints(scene) == ["cus_1", "cus_2"]
    assert link(scene, account) == minted(scene)[-1]["url"]
    assert scene.ledger.accounts.links()[account].customer_id == scene.known_as("cus_2")


def test_an_account_that_lost_its_customer_is_left_alone(scene):
    """Nothing is written to an Account that is nobody's; its link expires. When it is linked again, it is renewed."""
    account = scene.customer("cus_1")
    scene.renew_links()
    first = link(scene, account)
    scene.salesforce.edit_account(account, Billing_Id__c="nobody")
    scene.move_to(START + 70 * DAY)
    scene.renew_links()

    assert (link(scene, account), len(minted(scene))) == (first, 1)
    scene.salesforce.edit_account(account, Billing_Id__c="cus_1")
    scene.renew_links()
    assert link(scene, account) not in {first, None}


def test_a_long_text_field_holds_the_bare_link(scene, monkeypatch):
    """With its ampersands as they are."""
    monkeypatch.setattr(upflow_api_customers, "_PORTAL_URL", "https://pay.upflow.io/portal?lang=fr&next=")
    account = scene.customer("cus_1")
    scene.renew_links()

    assert link(scene, account) == minted(scene)[0]["url"]
    assert "&next=" in link(scene, account)


def test_a_rich_text_field_holds_a_link_that_can_be_clicked(scene, monkeypatch):
    """HTML, in which ampersands are escaped; it counts as a link in the next run."""
    monkeypatch.setattr(upflow_api_customers, "_PORTAL_URL", "https://pay.upflow.io/portal?lang=fr&next=")
    scene.salesforce.add_field(rich_text_field("Portal__c"))
    account = scene.customer("cus_1")
    scene.renew_links()
    scene.renew_links()

    (url,) = [each["url"].replace("&", "&amp;") for each in minted(scene)]
    (value,) = {each.values["Portal__c"] for each in scene.salesforce.history(account, "Portal__c")} - {None}
    assert value == f'<a href="{url}">{url}</a>'
    assert "&amp;next=" in value


@pytest.mark.parametrize("status", [404, 422])
def test_a_link_that_upflow_does_not_give_holds_up_no_other(scene, status):
    """One Account is refused, the others have theirs; the next run tries it again, without writing for nothing."""
    accounts = customers(scene, 4)
    scene.upflow.faults.add("status", path=f"/customers/{scene.known_as('cus_1')}/portal", status=status)
    report = scene.renew_links()

    refused = scene.ledger.accounts.refused("portal_links")
    assert [link(scene, each) is not None for each in accounts] == [True, False, True, True]
    assert (report.minted, report.updated, report.rejected) == (3, 3, 1)
    assert [each.code for each in refused.values()] == ["NOT_MINTED"]
    assert list(remembered(scene)) == [accounts[0], *accounts[2:]]
    report = scene.renew_links()
    assert (report.minted, report.unchanged) == (1, 3)
    assert scene.ledger.accounts.refused("portal_links") == {}


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


def test_a_dry_run_makes_no_link(scene):
    """It says how many it would make."""
    account, _ = customers(scene, 2)
    report = scene.renew_links(dry_run=True)

    assert (report.dry_run, report.minted, report.updated, report.unchanged) == (True, 2, 2, 0)
    assert (minted(scene), scene.sent(), link(scene, account), remembered(scene)) == ([], [], None, {})
    assert not scene.upflow.requests.matching("POST", "/portal")


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


def test_a_link_that_does_not_fit_into_its_field_is_refused(scene, monkeypatch):
    """By us, with the reason; the others are pushed, and nothing is cut off."""
    short, long = customers(scene, 2)
    arrived, token = scene.upflow.requests, upflow_api_customers.secrets.token_urlsafe
    scene.salesforce.add_field(long_text_field("Portal__c", 1000))
    monkeypatch.setattr(
        upflow_api_customers.secrets,
        "token_urlsafe",
        lambda size: token(1000 if arrived[-1].customer == "cus_1" else size),
    )
    report = scene.renew_links()

    assert (report.updated, report.rejected) == (1, 1)
    [(refused, why)] = report.examples["rejected"].items()
    assert refused == long
    assert why.startswith("UNFIT (Portal__c): portal_url is longer than 1000 characters (http")
    assert (link(scene, short), link(scene, long)) == (minted(scene)[0]["url"], None)
