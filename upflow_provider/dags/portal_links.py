"""
### Upflow -> Salesforce, links to the customer portal

At any time, every Account that is matched to a customer has a link to the customer's portal that is valid for at
least 30 more days. Links are renewed about every 30 days, on different days, and those that expire first come first.
`link_margin_days` in `organizations.yaml` says for how many days renewals may fail.

* **Clear it at any time:** a link counts as renewed only when Salesforce has confirmed it.
* **The first run** creates all links at the pace of Upflow's limit: 10,000 links take about 17 minutes. If it is
  interrupted, the next run continues where it stopped.
* `dry_run` only counts the links that would be created.

Links are secrets, because they open the portal for anybody who has one: no log, no XCom and no table contains one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param

from upflow_provider.dags.organizations import NO_BACKFILL, organization_dag
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
        dag_display_name=f"Upflow to Salesforce: portal links ({organization.name})",
        schedule=DAILY,
        allowed_run_types=NO_BACKFILL,
        default_args={"retries": 3, "retry_delay": timedelta(minutes=30)},
        params={"dry_run": Param(default=False, type="boolean", description="Report only, create no link")},
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
    )
    access = AccessOperator(task_id="access", organization=organization, systems=("upflow",))
    [preflight, access] >> UpflowPortalLinksOperator(
        task_id="renew",
        organization=organization,
        is_dry_run=DRY_RUN,
        execution_timeout=timedelta(days=2),
    )
