"""
### Salesforce to Upflow

Brings to every customer in Upflow what its Account in Salesforce says, as `salesforce_import` in `organizations.yaml`
asks: **contacts**, the **account owner** as account manager, and **custom fields**. It runs hourly. Contacts are
compared where they have changed in Salesforce, and once a week everywhere. Only what differs is written.

* **Clear it at any time:** what Upflow already has is not written again.
* **Contacts that people have added in Upflow stay**, and so do those of customer files.
* **If many customers would have fewer contacts than before**, the task fails before anything is written: the connected
  user may have lost access. If Salesforce is right, trigger the DAG with `confirm`.
* `full` compares everything now.
* `dry_run` only compares, and reports what would change.

Read more: [every kind and rule](https://github.com/upflow-provider/upflow-provider/blob/main/docs/salesforce-to-upflow.md)
and, if something goes wrong, the
[runbook](https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md#salesforce).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable

from upflow_provider.dags.organizations import ALL_BUT_BACKFILL, organization_dag
from upflow_provider.dags.params import switch
from upflow_provider.dags.task_docs import ACCESS_TASK, PREFLIGHT_TASK
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.operators.salesforce_to_upflow import SalesforceToUpflowOperator
from upflow_provider.settings import Entry

HOURLY = CronTriggerTimetable("23 * * * *", timezone="UTC")
# Typed as `Any`, because the templates become booleans when a task runs.
TEMPLATES: Any = {
    "full": "{{ params.full }}",
    "confirm": "{{ params.confirm }}",
    "is_dry_run": "{{ params.dry_run }}",
}


def salesforce_to_upflow(entry: Entry, **dag_options: Any) -> DAG | None:
    """
    Return the DAG that brings what Salesforce knows about an organization's customers to Upflow.

    Args:
        entry: The organization's entry in ``organizations.yaml``.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours; ``default_args`` are merged over ours, and
            ``tags`` are added to ours.

    Returns:
        The DAG; ``None`` if the organization has no ``salesforce_import`` settings. A broken entry has none: the
        organization's sync says what is wrong with it.
    """
    if entry.organization.salesforce_import is None:
        return None
    return organization_dag(
        entry,
        "salesforce_to_upflow",
        _tasks,
        dag_options,
        title="Salesforce to Upflow",
        description="Brings contacts, account owners and custom fields that differ from Salesforce to Upflow; hourly",
        schedule=HOURLY,
        allowed_run_types=ALL_BUT_BACKFILL,
        default_args={"retries": 2, "retry_delay": timedelta(minutes=2)},
        params={
            "full": switch("Compare everything", "Compare all customers, and not only those with changed Contacts"),
            "confirm": switch("Salesforce is right", "Many customers may have fewer contacts than before in this run"),
            "dry_run": switch("Dry run", "Report what would change; write nothing"),
        },
        doc_md=__doc__,
        tags={"upflow", "salesforce"},
    )


def _tasks(entry: Entry) -> None:
    organization, systems = entry.organization, ("upflow", "salesforce_import")
    preflight = PreflightOperator(
        task_id="preflight",
        organization=organization,
        systems=systems,
        access_task="access",
        peers=entry.peers,
        doc_md=PREFLIGHT_TASK,
    )
    access = AccessOperator(task_id="access", organization=organization, systems=("upflow",), doc_md=ACCESS_TASK)
    account_import = SalesforceToUpflowOperator(
        task_id="import",
        organization=organization,
        **TEMPLATES,
        execution_timeout=timedelta(hours=12),
        doc_md="Compares Accounts and Contacts with Upflow's customers, and writes what differs.",
    )
    [preflight, access] >> account_import
