"""
### Stripe -> Upflow, history

Load what was *created* in Stripe within a window into Upflow: customers with their main contact, invoices,
credit notes, payments, refunds and lost disputes. The last task, `closing`, checks that every invoice shows in
Upflow the amount that remains in Stripe.

* **Any range:** Airflow's own Backfill (Trigger > Backfill, `airflow backfill create`, or REST)
  creates one run per month. Run it backwards to load the newest records first.
* **One window:** trigger a run with `since` and `until` (UTC; `until` is not part of the window).
* `streams` limits the run to these streams and leaves out the check at its end. `dry_run` only reads, maps and
  compares; it reports what would be created or updated, how many requests that needs, and how long it will take.

A record's current state is written under its own external id, and only if it has changed, so any task may be
cleared at any time. The ledger keeps records that cannot be imported with their reasons; the task does all other
work and then fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, BaseOperator, CronDataIntervalTimetable, Param

from upflow_provider.dags.organizations import organization_dag
from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.operators.updated_assets import UpdatedAssetsOperator
from upflow_provider.settings import Entry
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

MONTHLY = CronDataIntervalTimetable("0 0 1 * *", timezone="UTC")
DATE: Mapping[str, Any] = {"type": ["null", "string"], "format": "date"}
BOUND = "{{{{ (params.{0} or '') if (params.since or params.until) else ({1} | default('', true) | string) }}}}"
RUN_TEMPLATES: Mapping[str, Any] = {
    # A run that was triggered without a logical date has no data interval; the first task then asks for a window.
    # Half a window in the Params is not completed by the interval, which may be another month.
    "start": BOUND.format("since", "data_interval_start"),
    "end": BOUND.format("until", "data_interval_end"),
    "streams": "{{ params.streams }}",
    "is_dry_run": "{{ params.dry_run }}",
}
"""Arguments of the tasks that depend on the run, as templates."""


def stripe_to_upflow_backfill(entry: Entry, **dag_options: Any) -> DAG:
    """
    Return the DAG that loads an organization's history from Stripe into Upflow.

    Args:
        entry: The organization's entry in ``organizations.yaml``; if it is broken, the DAG has one task, which says so.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours; ``default_args`` are merged over ours, and
            ``tags`` are added to ours.
    """
    return organization_dag(
        entry,
        "stripe_to_upflow_backfill",
        _tasks,
        dag_options,
        dag_display_name=f"Stripe to Upflow: history ({entry.organization.name})",
        schedule=MONTHLY,  # a run of Airflow's Backfill has a month; catchup is off: history is loaded on request
        max_active_runs=2,  # the second run does its checks while the first one works
        default_args={
            "retries": 5,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=30),
        },
        params={
            "since": Param(None, **DATE, description="First day of the window, UTC; empty: the run's interval"),
            "until": Param(None, **DATE, description="First day after the window, UTC"),
            "streams": Param(
                list(STREAMS),
                type="array",
                items={"type": "string", "enum": list(STREAMS)},
                description="Streams to load",
            ),
            "dry_run": Param(default=False, type="boolean", description="Report only, write nothing"),
        },
        doc_md=__doc__,
        tags={"stripe", "upflow"},
    )


def _tasks(entry: Entry) -> None:
    organization = entry.organization
    preflight, access = _checks(entry)
    tasks = {
        name: StripeToUpflowOperator(
            task_id=name,
            stream=name,
            organization=organization,
            trigger_rule="none_failed",  # a stream that is left out does not block the next
            execution_timeout=timedelta(days=7),
            **RUN_TEMPLATES,
        )
        for name in STREAMS
    }
    for name, stream in STREAMS.items():
        tasks[name] << [preflight, access, *(tasks[upstream] for upstream in stream.after)]
    closing = OutstandingCheckOperator(
        task_id="closing",
        organization=organization,
        trigger_rule="none_failed",
        execution_timeout=timedelta(days=1),
        **RUN_TEMPLATES,
    )
    closing << list(tasks.values())
    assets = UpdatedAssetsOperator(
        task_id="assets",
        organization=organization,
        waits_for_other_runs=True,
        is_dry_run=RUN_TEMPLATES["is_dry_run"],
    )
    # A teardown runs whatever became of the streams, and does not hide that one failed.
    [*tasks.values(), closing] >> assets.as_teardown()


def _checks(entry: Entry) -> tuple[BaseOperator, BaseOperator]:
    preflight = PreflightOperator(
        task_id="preflight",
        organization=entry.organization,
        start=RUN_TEMPLATES["start"],
        end=RUN_TEMPLATES["end"],
        window_params=("since", "until"),
        access_task="access",
        peers=entry.peers,
    )
    return preflight, AccessOperator(task_id="access", organization=entry.organization)
