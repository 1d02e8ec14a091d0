"""Links to the customer portal: minted for the Accounts that need one, and remembered when they are there."""

from datetime import timedelta

import pytest

from tests.upflow_to_salesforce.portal_links.renewal.links import (
    DAY,
    START,
    customers,
    expiry,
    link,
    minted,
    mints,
    remembered,
)
from upflow_provider.testing.salesforce.org.fields import rich_text_field
from upflow_provider.testing.upflow import customers as upflow_api_customers


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


def test_a_dry_run_makes_no_link(scene):
    """It says how many it would make."""
    account, _ = customers(scene, 2)
    report = scene.renew_links(dry_run=True)

    assert (report.dry_run, report.minted, report.updated, report.unchanged) == (True, 2, 2, 0)
    assert (minted(scene), scene.sent(), link(scene, account), remembered(scene)) == ([], [], None, {})
    assert not scene.upflow.requests.matching("POST", "/portal")
