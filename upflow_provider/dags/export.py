"""
### Upflow to Salesforce

Writes to every Account what Upflow knows about its customer: amounts, counts, links and custom fields, as mapped in
`organizations.yaml`. Both sides are read and compared. Only fields that differ are written, by the Account's Id, and
no Account is created. It runs hourly, and once after each run of the sync, and each Backfill, that has changed
anything in Upflow.

* **Clear it at any time:** what Salesforce already has is not written again.
* **If Accounts are refused**, the task fails at its end and names the first of them. The ledger has all of them with
  Salesforce's reasons. The next run tries them again.
* `full` writes all mapped fields of all matched Accounts, even if they do not differ.
* `dry_run` only compares, and reports how many Accounts differ in which field.

Links to the customer portal come from `upflow_portal_links`.

Read more: [every field, and what is checked](https://github.com/upflow-provider/upflow-provider/blob/main/docs/upflow-to-salesforce.md)
and, if something goes wrong, the
[runbook](https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md#salesforce).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

from upflow_provider.dags.organizations import ALL_BUT_BACKFILL, organization_dag
from upflow_provider.dags.params import switch
from upflow_provider.dags.task_docs import PREFLIGHT_TASK
from upflow_provider.operators.preflight import PreflightOperator
from upflow_provider.operators.updated_assets import organization_asset
from upflow_provider.operators.upflow_to_salesforce import UpflowToSalesforceOperator
from upflow_provider.settings import Entry, Organization

HOURLY = CronTriggerTimetable("7 * * * *", timezone="UTC")
# Typed as `Any`, because the templates become booleans when a task runs.
DRY_RUN: Any = "{{ params.dry_run }}"
FULL: Any = "{{ params.full }}"


def upflow_to_salesforce(entry: Entry, **dag_options: Any) -> DAG | None:
    """
    Return the DAG that writes what Upflow knows about an organization's customers to Salesforce's Accounts.

    Args:
        entry: The organization's entry in ``organizations.yaml``.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours; ``default_args`` are merged over ours, and
            ``tags`` are added to ours.

    Returns:
        The DAG; ``None`` if the organization has no ``salesforce`` settings. A broken entry has none: the
        organization's sync says what is wrong with it.
    """
    organization = entry.organization
    if organization.salesforce is None:
        return None
    return organization_dag(
        entry,
        "upflow_to_salesforce",
        _tasks,
        dag_options,
        title="Upflow to Salesforce",
        description="Updates the Accounts that differ from Upflow; hourly, and after runs that changed anything",
        schedule=_schedule(organization),
        allowed_run_types=ALL_BUT_BACKFILL,
        default_args={"retries": 2, "retry_delay": timedelta(minutes=2)},
        params={
            "full": switch("Write everything", "Write all mapped fields of all matched Accounts, even if they agree"),
            "dry_run": switch("Dry run", "Report how many Accounts differ in which field; write nothing"),
        },
        doc_md=__doc__,
        tags={"upflow", "salesforce"},
    )


def _schedule(organization: Organization) -> AssetOrTimeSchedule:
    """Return when the export runs: hourly, and when a run of a sync has changed anything in Upflow."""
    return AssetOrTimeSchedule(timetable=HOURLY, assets=[organization_asset(organization)])


def _tasks(entry: Entry) -> None:
    organization = entry.organization
    fields = organization.salesforce.fields if organization.salesforce else {}
    from_stripe = {"payment_method", "payment_method_status"} & fields.keys()
    PreflightOperator(
        task_id="preflight",
        organization=organization,
        systems=("upflow", "salesforce", *(("stripe",) if from_stripe else ())),
        doc_md=PREFLIGHT_TASK,
    ) >> UpflowToSalesforceOperator(
        task_id="export",
        organization=organization,
        full=FULL,
        is_dry_run=DRY_RUN,
        execution_timeout=timedelta(hours=12),
        doc_md="Compares Upflow's customers with their Accounts, and writes the fields that differ.",
    )
