"""
### Upflow to Stripe: payments of the portal

Writes payments that customers make in Upflow's portal to the invoices that they settle in Stripe. All that remains of
an invoice is marked as paid out of band, as Upflow's own connector does it. Parts of invoices, and payments of several
invoices, become payment records if `partial: report` is set. What is linked to an invoice counts, without surcharges.

* **The first run writes nothing** and fails with the list of what would be written. Check it, and start the DAG with
  `approve`.
* **Clear it at any time:** each payment is written once, whatever happens between two requests.
* **Payments in error** are in a table in the log, each with its cause and what to do. They are tried again when their
  invoice changes, after 15 minutes, 30, 60 and so on up to a day, and by `retry`: `all`, or their ids in Upflow.
* **Refunds** of payments that were written are listed, too, because Stripe takes back nothing that was paid outside of
  it. A credit note covers them.
* `dry_run` lists what would be written, and writes nothing.

Read more: [what is written, and how](https://github.com/upflow-provider/upflow-provider/blob/main/docs/write-back.md)
and, if something goes wrong, the
[runbook](https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md#upflow-to-stripe).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, Param

from upflow_provider.dags.organizations import ALL_BUT_BACKFILL, organization_dag
from upflow_provider.dags.params import switch
from upflow_provider.dags.task_docs import PREFLIGHT_TASK
from upflow_provider.operators.preflight import PreflightOperator
from upflow_provider.operators.updated_assets import stream_asset
from upflow_provider.operators.upflow_to_stripe import UpflowPaymentsToStripeOperator
from upflow_provider.settings import Entry

EVERY_15_MINUTES = CronTriggerTimetable("*/15 * * * *", timezone="UTC")
# Typed as `Any`, because the templates become other types when a task runs.
APPROVE: Any = "{{ params.approve }}"
DRY_RUN: Any = "{{ params.dry_run }}"
RETRY: Any = "{{ params.retry or '' }}"


def upflow_payments_to_stripe(entry: Entry, **dag_options: Any) -> DAG | None:
    """
    Return the DAG that writes payments of Upflow's portal to Stripe, for one organization.

    Args:
        entry: The organization's entry in ``organizations.yaml``.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours; ``default_args`` are merged over ours, and
            ``tags`` are added to ours.

    Returns:
        The DAG; ``None`` if the organization has no ``write_back`` settings. A broken entry has none: the
        organization's sync says what is wrong with it.
    """
    organization = entry.organization
    if organization.write_back is None:
        return None
    return organization_dag(
        entry,
        "upflow_payments_to_stripe",
        _tasks,
        dag_options,
        title="Upflow to Stripe: payments of the portal",
        description="Writes payments of Upflow's portal to Stripe; every 15 minutes, and when payments changed",
        schedule=AssetOrTimeSchedule(timetable=EVERY_15_MINUTES, assets=[stream_asset(organization, "payments")]),
        allowed_run_types=ALL_BUT_BACKFILL,
        default_args={"retries": 2, "retry_delay": timedelta(minutes=2)},
        params={
            "approve": switch("Approve", "The list of the first run is right: write these payments, and those to come"),
            "retry": Param(
                default=None,
                type=["null", "string"],
                title="Retry",
                description="Payments in error to try now: all, or their ids in Upflow, separated by commas",
            ),
            "dry_run": switch("Dry run", "List the payments that would be written; write none"),
        },
        doc_md=__doc__,
        tags={"upflow", "stripe"},
    )


def _tasks(entry: Entry) -> None:
    organization = entry.organization
    PreflightOperator(
        task_id="preflight", organization=organization, peers=entry.peers, doc_md=PREFLIGHT_TASK
    ) >> UpflowPaymentsToStripeOperator(
        task_id="write",
        organization=organization,
        approve=APPROVE,
        retry=RETRY,
        is_dry_run=DRY_RUN,
        execution_timeout=timedelta(hours=6),
        doc_md="Lists Upflow's payments, and writes those of the portal to the invoices that they settle in Stripe.",
    )
