"""What users rely on by name: DAG ids, task ids, Params, schedules; written out, so that a change shows."""

from datetime import timedelta

import pytest
from airflow.utils.types import DagRunType

from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

ORGANIZATIONS = """
  default: {}
  acme:
    upflow_conn_id: upflow_acme
    stripe_conn_id: stripe_acme
    live: true
    pdfs: open
    threads: 3
    salesforce: {match: {salesforce: Billing_Id__c}, fields: {portal_url: Portal__c}}
    salesforce_import: {account_owner: true}
    write_back: {}
"""
DAG_IDS = {
    "stripe_to_upflow_backfill",
    "stripe_to_upflow_backfill.acme",
    "stripe_to_upflow_sync",
    "stripe_to_upflow_sync.acme",
    "upflow_customer_file",
    "upflow_customer_file.acme",
    "upflow_ledger_rebuild",
    "upflow_ledger_rebuild.acme",
    "salesforce_to_upflow.acme",
    "upflow_to_salesforce.acme",
    "upflow_portal_links.acme",
    "upflow_payments_to_stripe.acme",
}

OPTIONAL_DATE = {"type": ["null", "string"], "format": "date"}
OPTIONAL_INSTANT = {"type": ["null", "string"], "format": "date-time"}
OPTIONAL_TEXT = (None, {"type": ["null", "string"]})
SWITCH = (False, {"type": "boolean"})
SOME_STREAMS = {"type": "array", "items": {"type": "string", "enum": list(STREAMS)}, "minItems": 1}
FOR_THE_FORM = {"title", "examples", "values_display"}
"""Parts of a Param's schema that decide what the trigger form looks like, and not what is valid."""
PARAMS = {
    "stripe_to_upflow_backfill": {
        "since": (None, OPTIONAL_DATE),
        "until": (None, OPTIONAL_DATE),
        "streams": (list(STREAMS), SOME_STREAMS),
        "with_pdfs": ("open", {"type": "string", "enum": ["none", "open", "all"]}),
        "dry_run": SWITCH,
    },
    "stripe_to_upflow_sync": {
        "start": (None, OPTIONAL_INSTANT),
        "end": (None, OPTIONAL_INSTANT),
        "retry_rejected": SWITCH,
        "dry_run": SWITCH,
    },
    "upflow_customer_file": {
        "path": OPTIONAL_TEXT,
        "text": (None, {"type": ["null", "string"], "format": "multiline"}),
        "kind": ("customers", {"type": "string", "enum": ["customers", "contacts", "assignments", "payments"]}),
        "on_error": ("good_lines", {"type": "string", "enum": ["good_lines", "nothing"]}),
        "clear_empty": SWITCH,
        "error_path": OPTIONAL_TEXT,
        "encoding": OPTIONAL_TEXT,
        "separator": OPTIONAL_TEXT,
        "dry_run": SWITCH,
    },
    "upflow_ledger_rebuild": {"send_again": SWITCH},
    "upflow_to_salesforce": {"full": SWITCH, "dry_run": SWITCH},
    "salesforce_to_upflow": {"full": SWITCH, "confirm": SWITCH, "dry_run": SWITCH},
    "upflow_portal_links": {"dry_run": SWITCH},
    "upflow_payments_to_stripe": {"approve": SWITCH, "retry": (None, {"type": ["null", "string"]}), "dry_run": SWITCH},
}

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OURS, AIRFLOWS = "upflow_api", "default_pool"
TASKS = {
    "stripe_to_upflow_backfill": {
        "preflight": (AIRFLOWS, 1, "all_success", None),
        "access": (OURS, 3, "all_success", None),
        **dict.fromkeys(STREAMS, (OURS, 3, "none_failed", 7 * DAY)),
        "closing": (OURS, 3, "none_failed", DAY),
        "pdfs": (OURS, 3, "none_failed", 7 * DAY),
        "assets": (AIRFLOWS, 1, "all_done_setup_success", None),
    },
    "stripe_to_upflow_sync": {
        "changes": (AIRFLOWS, 1, "all_success", 12 * HOUR),
        "window": (AIRFLOWS, 1, "all_success", None),
        **dict.fromkeys(STREAMS, (AIRFLOWS, 1, "all_done", 7 * DAY)),
        "closing": (AIRFLOWS, 1, "all_done", DAY),
        "watermark": (AIRFLOWS, 1, "all_done", None),
        "inventory": (AIRFLOWS, 1, "all_done", 12 * HOUR),
        "pdfs": (AIRFLOWS, 1, "all_done", HOUR),
        "assets": (AIRFLOWS, 1, "all_done_setup_success", None),
    },
    "upflow_customer_file": {
        "preflight": (AIRFLOWS, 1, "all_success", None),
        "access": (OURS, 3, "all_success", None),
        "import": (OURS, 3, "all_success", DAY),
    },
    "upflow_ledger_rebuild": {
        "preflight": (AIRFLOWS, 1, "all_success", None),
        "access": (OURS, 1, "all_success", None),
        "rebuild": (OURS, 1, "all_success", 12 * HOUR),
    },
    "upflow_to_salesforce": {
        "preflight": (AIRFLOWS, 1, "all_success", None),
        "export": (AIRFLOWS, 1, "all_success", 12 * HOUR),
    },
    "salesforce_to_upflow": {
        "preflight": (AIRFLOWS, 1, "all_success", None),
        "access": (OURS, 3, "all_success", None),
        "import": (OURS, 3, "all_success", 12 * HOUR),
    },
    "upflow_portal_links": {
        "preflight": (AIRFLOWS, 1, "all_success", None),
        "access": (OURS, 3, "all_success", None),
        "renew": (OURS, 3, "all_success", 2 * DAY),
    },
    "upflow_payments_to_stripe": {
        "preflight": (AIRFLOWS, 1, "all_success", None),
        "write": (AIRFLOWS, 1, "all_success", 6 * HOUR),
    },
}
"""Pool, slots (the organization has three threads), trigger rule and longest time of each task."""

RETRIES = {
    "stripe_to_upflow_backfill": (5, MINUTE, 2.0, 30 * MINUTE),
    "stripe_to_upflow_sync": (3, MINUTE / 2, 2.0, 5 * MINUTE),
    "upflow_customer_file": (2, 2 * MINUTE, 0, None),
    "upflow_ledger_rebuild": (3, MINUTE, 0, None),
    "upflow_to_salesforce": (2, 2 * MINUTE, 0, None),
    "salesforce_to_upflow": (2, 2 * MINUTE, 0, None),
    "upflow_portal_links": (3, 30 * MINUTE, 0, None),
    "upflow_payments_to_stripe": (2, 2 * MINUTE, 0, None),
}
"""How often a task is tried again, after how long, by what factor longer each time, up to when."""

DAGS = {
    "stripe_to_upflow_backfill": ("Stripe to Upflow: history (acme)", "0 0 1 * *", 2, {"stripe", "upflow"}),
    "stripe_to_upflow_sync": ("Stripe to Upflow: sync (acme)", "*/5 * * * *", 1, {"stripe", "upflow"}),
    "upflow_customer_file": ("Upflow: customer file (acme)", None, 1, {"upflow"}),
    "upflow_ledger_rebuild": ("Upflow: rebuild the ledger (acme)", None, 1, {"upflow"}),
    "salesforce_to_upflow": ("Salesforce to Upflow (acme)", "23 * * * *", 1, {"upflow", "salesforce"}),
    "upflow_to_salesforce": ("Upflow to Salesforce (acme)", "7 * * * *", 1, {"upflow", "salesforce"}),
    "upflow_portal_links": ("Upflow to Salesforce: portal links (acme)", "37 3 * * *", 1, {"upflow", "salesforce"}),
    "upflow_payments_to_stripe": (
        "Upflow to Stripe: payments of the portal (acme)",
        "*/15 * * * *",
        1,
        {"upflow", "stripe"},
    ),
}
"""Name in the UI, schedule, runs at a time and tags."""


@pytest.fixture(scope="module")
def dags(parse):
    """Return the DAGs of two organizations: one with nothing but defaults, and one with all there is."""
    return parse(ORGANIZATIONS).dags


def cron(timetable):
    """Return when a DAG runs by time alone."""
    return getattr(getattr(timetable, "timetable", timetable), "expression", None)


def test_every_organization_has_its_dags(dags):
    """Those of the organization `default` have no suffix; export and links are for who has a Salesforce."""
    assert set(dags) == DAG_IDS


def test_the_streams_are_named_by_tasks_and_params():
    """A stream's name is the id of its tasks and a value of the Param `streams`; these five stay, in their order."""
    promised = ["customers", "invoices", "credit_notes", "payments", "refunds"]

    assert [name for name in STREAMS if name in promised] == promised


@pytest.mark.parametrize("name", DAGS)
def test_a_dag_is_what_users_know(dags, name):
    """Ids, Params, schedule, pools, trigger rules and retries are relied on by scripts, alerts and people."""
    dag = dags[f"{name}.acme"]

    assert (dag.dag_display_name, cron(dag.timetable), dag.max_active_runs, set(dag.tags)) == DAGS[name]
    assert {key: (param.value, _validated(param)) for key, param in dag.params.items()} == PARAMS[name]
    assert {
        task.task_id: (task.pool, task.pool_slots, task.trigger_rule, task.execution_timeout) for task in dag.tasks
    } == TASKS[name]
    assert {
        (task.retries, task.retry_delay, task.retry_exponential_backoff, task.max_retry_delay) for task in dag.tasks
    } == {RETRIES[name]}


def _validated(param):
    """Return the part of a Param's schema that decides what is valid."""
    return {key: value for key, value in param.schema.items() if key not in FOR_THE_FORM}


@pytest.mark.parametrize("name", DAGS)
def test_every_dag_is_owned_and_bounded(dags, name):
    """What keeps a run from hanging or hammering is set."""
    dag = dags[f"{name}.acme"]

    assert dag.catchup is False
    assert dag.render_template_as_native_obj
    for task in dag.tasks:
        assert task.owner == "finance"


@pytest.mark.parametrize("name", DAGS)
def test_airflows_backfill_is_offered_where_runs_have_an_interval(dags, name):
    """Elsewhere it would start a run for every five minutes of the past, none of which has anything to do."""
    allowed = dags[f"{name}.acme"].allowed_run_types
    others = {kind.value for kind in DagRunType} - {"backfill"}

    assert allowed is None if name == "stripe_to_upflow_backfill" else set(allowed) == others
