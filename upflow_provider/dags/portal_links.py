"""
### Upflow to Salesforce: portal links

At any time, every Account that is matched to a customer has a link to the customer's portal that is valid for at
least 30 more days. Links are renewed about every 30 days, on different days, and those that expire first come first.
`link_margin_days` in `organizations.yaml` says for how many days renewals may fail.

* **Clear it at any time:** a link counts as renewed only when Salesforce has confirmed it.
* **The first run** creates all links at the pace of Upflow's limit: 10,000 links take about 17 minutes. If it is
  interrupted, the next run continues where it stopped.
* `dry_run` only counts the links that would be created.

Links are secrets, because they open the portal for anybody who has one: no log, no XCom and no table contains one.

Read more: [links to the customer portal](https://github.com/upflow-provider/upflow-provider/blob/main/docs/upflow-to-salesforce.md)
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
from upflow_provider.operators.upflow_to_salesforce import UpflowPortalLinksOperator
from upflow_provider.settings import Entry

# Typed as `Any`, because the template becomes a boolean when the task runs.
DRY_RUN: Any = "{{ params.dry_run }}"
DAILY = CronTriggerTimetable("37 3 * * *", timezone="UTC")


def upflow_portal_links(entry: Entry, **dag_options: Any) -> DAG | None:
    """
    Return the DAG that renews the links to the customer portal on Salesforce's Accounts, for one organization.

    Args:
        entry: The organization's entry in ``organizations.yaml``.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours; ``default_args`` are merged over ours, and
            ``tags`` are added to ours.

    Returns:
        The DAG; ``None`` if the organization's ``salesforce`` settings have no field ``portal_url``. A broken entry
        has none: the organization's sync says what is wrong with it.
    """
    organization = entry.organization
    if organization.salesforce is None or "portal_url" not in organization.salesforce.fields:
        return None
    return organization_dag(
        entry,
        "upflow_portal_links",
        _tasks,
        dag_options,
        title="Upflow to Salesforce: portal links",
        description="Renews the links to the customer portal on Accounts; daily",
        schedule=DAILY,
        allowed_run_types=ALL_BUT_BACKFILL,
        default_args={"retries": 3, "retry_delay": timedelta(minutes=30)},
        params={"dry_run": switch("Dry run", "Report how many links would be created; create none")},
        doc_md=__doc__,
        tags={"upflow", "salesforce"},
    )


def _tasks(entry: Entry) -> None:
    organization = entry.organization
    preflight = PreflightOperator(
        task_id="preflight",
        organization=organization,
        systems=("upflow", "salesforce"),
        access_task="access",
        peers=entry.peers,
        doc_md=PREFLIGHT_TASK,
    )
    access = AccessOperator(task_id="access", organization=organization, systems=("upflow",), doc_md=ACCESS_TASK)
    [preflight, access] >> UpflowPortalLinksOperator(
        task_id="renew",
        organization=organization,
        is_dry_run=DRY_RUN,
        execution_timeout=timedelta(days=2),
        doc_md="Renews the links that expire first, and writes each to its Account.",
    )
