"""The DAGs that write to Salesforce's Accounts."""

from datetime import timedelta

import pytest

from upflow_provider.dags import upflow_portal_links, upflow_to_salesforce
from upflow_provider.settings import Entry, Organization

ORGANIZATIONS = """
  default: {salesforce: {match: {salesforce: Billing_Id__c}, fields: {portal_url: Portal__c}}}
  acme:
    upflow_conn_id: upflow_acme
    stripe_conn_id: stripe_acme
    salesforce: {conn_id: salesforce_acme, match: {salesforce: Billing_Id__c}, fields: {due: Due__c}}
  plain: {upflow_conn_id: upflow_plain, stripe_conn_id: stripe_plain}
  broken: {salesforce: {match: {salesforce: Billing_Id__c}, fields: {owes: Due__c}}}
"""


def exporting(**fields):
    """Return an organization that exports these fields."""
    salesforce = {"match": {"salesforce": "Billing_Id__c"}, "fields": fields}
    return Entry(Organization.model_validate({"name": "acme", "salesforce": salesforce}))


def test_an_organization_with_salesforce_settings_exports(parse):
    """Links are renewed where they are mapped; what is wrong with settings is said by the sync."""
    bag = parse(ORGANIZATIONS)

    assert {dag_id for dag_id in bag.dag_ids if dag_id.startswith("upflow_to_salesforce")} == {
        "upflow_to_salesforce",
        "upflow_to_salesforce.acme",
    }
    assert {dag_id for dag_id in bag.dag_ids if dag_id.startswith("upflow_portal_links")} == {"upflow_portal_links"}
    assert "owes" in bag.dags["stripe_to_upflow_sync.broken"].task_dict["preflight"].problem


@pytest.mark.parametrize(
    ("builder", "main", "retries", "access"),
    [(upflow_to_salesforce, "export", 2, None), (upflow_portal_links, "renew", 3, "access")],
)
def test_a_dag_to_salesforce_is_documented_owned_and_bounded(builder, main, retries, access):
    """Its preflight needs no Stripe, and comes first; the export is live work, and needs no slot of the pool."""
    dag = builder(exporting(portal_url="Portal__c"))
    preflight, task = dag.task_dict["preflight"], dag.task_dict[main]

    assert dag.doc_md.strip()
    assert set(dag.tags) == {"upflow", "salesforce"}
    assert (dag.catchup, dag.max_active_runs) == (False, 1)
    assert (preflight.systems, preflight.access_task, preflight.pool) == (
        ("upflow", "salesforce"),
        access,
        "default_pool",
    )
    assert (task.owner, task.pool, task.retries) == ("finance", "upflow_api" if access else "default_pool", retries)
    assert task.execution_timeout >= timedelta(hours=12)
    assert task.upstream_task_ids == {"preflight", access} - {None}


def test_what_stripe_knows_needs_its_connection():
    """Where the saved payment method is mapped, the preflight looks for Stripe's connection, too."""
    preflight = upflow_to_salesforce(exporting(payment_method="Method__c")).task_dict["preflight"]

    assert preflight.systems == ("upflow", "salesforce", "stripe")


def test_the_export_runs_hourly_and_when_the_sync_has_changed_something():
    """One asset of the same organization starts it, however many streams have changed."""
    timetable = upflow_to_salesforce(exporting(due="Due__c")).timetable

    assert {each.uri for each in timetable.asset_condition.objects} == {"upflow://acme/changes"}
    assert timetable.timetable.expression == "7 * * * *"


@pytest.mark.parametrize(
    ("params", "rendered"), [({"full": True, "dry_run": False}, (True, False)), ({"dry_run": True}, (False, True))]
)
def test_params_of_the_export_reach_its_task(params, rendered):
    """As truth values, not as text."""
    task = upflow_to_salesforce(exporting(due="Due__c")).task_dict["export"]
    task.render_template_fields({"params": {"full": False, "dry_run": False} | params})

    assert (task.full, task.is_dry_run) == rendered


def test_the_param_of_the_links_reaches_its_task():
    """As a truth value, not as text."""
    task = upflow_portal_links(exporting(portal_url="Portal__c")).task_dict["renew"]
    task.render_template_fields({"params": {"dry_run": True}})

    assert task.is_dry_run is True
