"""Every DAG keeps the promises of a DAG: it parses, is paused, is documented, and writes nothing in test mode."""

import pytest
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from upflow_provider import dags
from upflow_provider.settings import Entry, Organization
from upflow_provider.testing.salesforce.org.fields import currency_field, long_text_field, reference_field, text_field
from upflow_provider.testing.seed.seed import Seed

BUILDERS = {name: getattr(dags, name) for name in dags.__all__ if name != "each_organization"}
SALESFORCE = {
    "match": {"salesforce": "Billing_Id__c"},
    "fields": {"outstanding": "Owes__c", "portal_url": "Portal__c"},
}
IMPORT = {"contacts": {"related": True}, "account_owner": True}
ORGANIZATION = Organization(salesforce=SALESFORCE, salesforce_import=IMPORT, write_back={})

NEEDED = {"upflow_customer_file": {"text": "Customer name,Customer ID\nAlder,C-1\n"}}
"""Params without which a run has nothing to do."""

OWNER = reference_field("OwnerId", "User", custom=False)

every_dag = pytest.mark.parametrize("name", BUILDERS)


def _dag(name, **options):
    return BUILDERS[name](Entry(ORGANIZATION), **options)


@every_dag
def test_it_is_named_and_documented(name):
    """The builder bears the DAG id; the DAG has a display name, docs in Markdown, an owner, tags and retries."""
    dag = _dag(name)

    assert dag.dag_id == name
    assert dag.dag_display_name != name
    assert dag.doc_md.strip().startswith("### ")
    assert "upflow" in dag.tags
    for task in dag.tasks:
        assert (task.owner, task.retries > 0) == ("finance", True)
        assert task.doc_md or type(task).__doc__


@every_dag
def test_it_begins_paused_and_loads_nothing_by_itself(name):
    """As Airflow's default has it, unless a deployment asks for something else; the past is loaded on request."""
    dag = _dag(name)

    assert dag.is_paused_upon_creation is not False
    assert not dag.catchup


@every_dag
def test_users_can_change_an_owner_without_forking_it(name):
    """`default_args` are merged over ours, and `tags` are added."""
    dag = _dag(name, default_args={"owner": "data"}, tags={"mine"})

    assert {task.owner for task in dag.tasks} == {"data"}
    assert "mine" in dag.tags
    assert all(task.retries > 0 for task in dag.tasks)


@pytest.fixture
def test_mode(connections, set_connection, fake_upflow, fake_stripe, secure_salesforce, salesforce_connection):
    """Have history in Stripe, and an Upflow connection in test mode; return the fakes."""
    fake_stripe.seed(Seed(seed=7, customers=5, invoices=10))
    for field in (text_field("Billing_Id__c", 40, externalId=True), currency_field("Owes__c"), OWNER):
        secure_salesforce.add_field(field)
    secure_salesforce.add_field(long_text_field("Portal__c"))
    account = secure_salesforce.add_account(Name="Alder", Billing_Id__c="cus_1")
    set_connection("upflow_default", extra={"requests_per_minute": 60_000, "test_mode": True})
    return fake_upflow, secure_salesforce, account


@every_dag
def test_test_mode_writes_nothing(test_mode, fake_stripe, context, name):
    """Every task of the DAG runs, whatever it finds; no vendor receives a write."""
    upflow, salesforce, account = test_mode
    before = dict(salesforce.account(account))
    done = [_run(task, _rendered(context, _dag(name))) for task in _in_order(_dag(name))]

    assert any(done)
    assert [each for each in (*upflow.requests, *fake_stripe.requests) if each.method != "GET"] == []
    assert salesforce.account(account) == before


def _in_order(dag):
    """Return the tasks of a DAG, each after those it waits for."""
    return dag.topological_sort()


def _rendered(context, dag):
    """Return the context of a run with the DAG's Params, and a window."""
    window = {"data_interval_start": "2020-01-01", "data_interval_end": "2030-01-01"}
    return {**context, **window, "params": dag.params.dump() | NEEDED.get(dag.dag_id, {}), "dag": dag}


def _run(task, context):
    """Run a task with its templates rendered; return whether it was done rather than skipped."""
    task.render_template_fields(context)
    try:
        task.execute(context)
    except (AirflowSkipException, DownstreamTasksSkipped):
        return False
    return True
