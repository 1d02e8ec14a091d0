"""Links that Upflow does not give, or that Salesforce refuses: whose they are, and when they are tried again."""

import pytest

from tests.upflow_to_salesforce.portal_links.renewal.links import (
    DAY,
    RULE,
    START,
    customers,
    expiry,
    link,
    minted,
    mints,
    remembered,
)
from upflow_provider.testing.salesforce.org.fields import long_text_field
from upflow_provider.testing.upflow import customers as upflow_api_customers


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
