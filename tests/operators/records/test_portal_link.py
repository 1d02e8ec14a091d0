"""The operator that makes portal links and hands them over."""

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.operators.records import UpflowPortalLinkOperator
from upflow_provider.settings import Organization

ALLOWED = Organization(max_rejected=9)


class Crm(dict):
    """Where links go."""

    def deliver(self, external_id, url):
        """Take a link; one customer is not in it."""
        if external_id == "C-2":
            raise LookupError(f"no place for {url}")
        self[external_id] = url
        return url


def link(desk, deliver, *external_ids, **options):
    """Make links, and return the report."""
    return desk.run(UpflowPortalLinkOperator, external_ids=list(external_ids), deliver=deliver, **options)


def test_each_link_is_handed_over(desk):
    """It opens the customer's portal for as long as was asked for, a day by default, in the frames that were named."""
    crm = Crm()
    report = link(desk, crm.deliver, "C-1", frame_ancestors=["a.example", "b.example"])
    opened = desk.upflow.open_portal_link(crm["C-1"])
    sent = [each.json for each in desk.upflow.requests.matching("POST", "portal")]
    link(desk, crm.deliver, "C-1", expires_in_s=2_160_000)

    assert (report["created"], opened["customer"]) == (1, "C-1")
    assert sent == [{"expiresIn": 86_400, "frameAncestors": "a.example b.example"}]
    assert [each.json for each in desk.upflow.requests.matching("POST", "portal")] == [{"expiresIn": 2_160_000}]


def test_a_link_is_a_secret(desk, caplog):
    """Neither report, XCom, ledger, log nor error has one, even if the function fails with it in its message."""
    caplog.set_level("DEBUG")
    crm = Crm()
    with pytest.raises(AirflowFailException) as failed:
        link(desk, crm.deliver, "C-2", "C-1")
    everything = f"{caplog.text} {failed.value!r} {failed.value.__cause__!r} {desk.context['ti'].pushed}"
    everything += str([each.counts for each in desk.ledger.reports("portal_link")])

    assert "C-2: deliver raised LookupError; see where it takes the link to" in everything
    assert set(crm) == {"C-1"}
    assert "token" not in everything
    assert not any(each["url"] in everything for each in desk.upflow.store.portal_links)


def test_a_customer_that_upflow_lacks_is_rejected(desk):
    """Before a link is made, in a dry run as well."""
    crm = Crm()
    for is_dry_run in (True, False):
        report = link(desk, crm.deliver, "C-1", "C-9", is_dry_run=is_dry_run, organization=ALLOWED)
        assert (report["created"], report["rejected"]) == (1, 1)
        assert len(crm) == (0 if is_dry_run else 1)
        assert "404" in report["examples"]["C-9"]


def test_test_mode_makes_no_link(desk, set_connection):
    """Because to make one is a write."""
    desk.test_mode(set_connection)
    report = link(desk, Crm().deliver, "C-1")

    assert (report["dry_run"], desk.writes()) == (True, [])


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"deliver": "crm"}, TypeError, "deliver must be a plain function"),
        ({"deliver": print, "expires_in_s": 0}, ValueError, "expires_in_s must be a whole number"),
    ],
)
def test_wrong_parameters_are_refused_when_the_dag_is_parsed(options, error, says):
    """Not in the middle of the night."""
    with pytest.raises(error, match=says):
        UpflowPortalLinkOperator(task_id="task", external_ids=[], **options)
