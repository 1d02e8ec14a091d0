"""One organization has one budget and one ledger, whichever key it uses and however its host is written."""

import pytest

from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


@pytest.mark.parametrize(
    "fields",
    [
        {"login": "key-2", "password": "upflow-secret-2"},
        {"host": "https://api.upflow.io:443/v1"},
        {"host": "https://API.Upflow.io/v1/"},
        {"host": "https://api.upflow.io./v1"},
        {"host": "https://proxy.example/upflow/v1"},
    ],
    ids=["other key", "port", "upper case", "dot", "proxy"],
)
def test_an_organization_has_one_budget(connect_upflow, fields):
    """Whichever of its keys is used, as while keys are rotated, and however its host is written."""
    one, same = connect_upflow(host="https://api.upflow.io/v1"), connect_upflow("upflow_copy", **fields)
    one.get_budget("history").reserve()
    one.get_budget("history").reserve()
    one.get_budget().pause(60.0)

    assert not same.get_budget("history").reserve().granted


def test_two_keys_in_use_at_once_stay_within_the_limit(connect_upflow):
    """Old and new key side by side, as fast as they can: 1,178 requests a minute in version 0.1.0."""
    hooks = [connect_upflow(login="key-1"), connect_upflow("rotated", login="key-2")]
    budgets = [hook.get_budget() for hook in hooks]
    granted = sum(budget.reserve().granted for _ in range(100) for budget in budgets)

    assert granted <= 10  # of 200 within a moment: the slots due, missed and reserved


def test_organizations_have_budgets_of_their_own(connect_upflow):
    """The limit is Upflow's for each organization."""
    connect_upflow().get_budget().pause(60.0)
    other = UpflowHook("upflow_default", organization="france")

    assert other.get_budget("history").reserve().granted


@pytest.mark.parametrize(
    "host", ["https://api.upflow.io:443/v1", "https://API.UPFLOW.IO/v1", "https://api.upflow.io./v1"]
)
def test_a_ledger_is_the_same_however_the_host_is_written(connect_upflow, host):
    """A port that is the default opens no empty ledger."""
    ledger = connect_upflow(host="https://api.upflow.io/v1").open_ledger("default")

    assert (
        connect_upflow(host=host).open_ledger("default").organization == ledger.organization == "default@api.upflow.io"
    )


def test_an_open_organization_has_its_own_budget(connect_upflow, context):
    """It is named after the organization in the settings."""
    connect_upflow()
    connect_upflow("upflow_france")
    france = Organization(name="france", upflow_conn_id="upflow_france")
    opened = OpenOrganization(france, context, lane="live")
    opened.upflow.ping()

    france_s = UpflowHook("upflow_france", organization="france").get_budget().reserve().wait_s
    assert (france_s > 0, UpflowHook().get_budget().reserve().wait_s) == (True, 0.0)


@pytest.mark.parametrize(
    ("lane", "threads", "at_once"), [("history", 5, 5), ("history", 1, 1), ("live", 5, 2), ("live", 1, 1)]
)
def test_live_work_has_few_requests_under_way(connect_upflow, context, monkeypatch, lane, threads, at_once):
    """It takes no slot of the pool, so that its requests come on top of the pool's; Upflow allows ten."""
    connect_upflow()
    monkeypatch.setenv("AIRFLOW_CONN_STRIPE_DEFAULT", '{"conn_type": "stripe", "password": "sk_test_1"}')
    opened = OpenOrganization(Organization(threads=threads), context, lane=lane, is_dry_run=True)

    assert opened.threads == at_once
    assert opened.sync_of(STREAMS["customers"]).threads == at_once
