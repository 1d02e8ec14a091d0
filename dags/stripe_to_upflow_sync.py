"""
### Stripe -> Upflow, what changed

Brings every change in Stripe into Upflow within minutes: the first task, `changes`, takes the window from where the
last run ended (the watermark) until a minute ago, and reads in Stripe's event feed which records changed in it. A task
a stream reads each of them again and imports its current state, if it differs from what was sent. The task `closing`
checks that every invoice it touched shows what Stripe says remains; `watermark` moves the watermark when every change
has its outcome.

* **Clear any task at any time:** it goes through the same window again. What was skipped had nothing to do.
* **After a pause** one run covers all of it. Stripe keeps events for 30 days; after a longer pause the run lists what
  may have changed instead, and its log says what cannot be known.
* **Replay a window** of the last 30 days: trigger a run with `start` and `end` (UTC). The watermark stays.
* Rejected records are tried again after 5 minutes, 10, 20 and so on up to a day, and at once when they change in
  Stripe; `retry_rejected` tries all of them now.
* `dry_run` reads, maps and compares only, and reports what would be done.

History comes from `stripe_to_upflow_backfill`; both may run at once, in either order.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, Param

from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.preflight import PreflightOperator
from upflow_provider.operators.stripe_to_upflow_sync import (
    StripeChangesOperator,
    StripeChangesToUpflowOperator,
    WatermarkOperator,
)
from upflow_provider.settings import Entry, Organization, read_organizations
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.triggers.stripe_events import StripeEventsTrigger

EVERY_5_MINUTES = CronTriggerTimetable("*/5 * * * *", timezone="UTC")
INSTANT = {"type": ["null", "string"], "format": "date-time"}
DRY_RUN = "{{ params.dry_run }}"
TAKEN = "{{{{ (ti.xcom_pull(task_ids='changes', key='report') or {{}}).get('{}', '') }}}}"


def schedule(organization: Organization) -> CronTriggerTimetable | AssetOrTimeSchedule:
    """Return when the sync runs: every 5 minutes and, in live mode, as soon as Stripe tells of a change."""
    if not organization.live:
        return EVERY_5_MINUTES
    trigger = StripeEventsTrigger(
        organization=organization.name, stripe_conn_id=organization.stripe_conn_id, lag_s=organization.lag_s
    )
    watcher = AssetWatcher(name=f"stripe_events_{organization.name}", trigger=trigger)
    events = Asset(f"upflow://{organization.name}/stripe_events", watchers=[watcher])
    return AssetOrTimeSchedule(timetable=EVERY_5_MINUTES, assets=[events])


def sync(entry: Entry) -> DAG:
    """Return the sync DAG of one organization."""
    organization = entry.organization
    with DAG(
        dag_id=organization.dag_id("stripe_to_upflow_sync"),
        dag_display_name=f"Stripe to Upflow: sync ({organization.name})",
        schedule=schedule(organization),
        start_date=datetime(2011, 1, 1, tzinfo=UTC),
        catchup=False,  # one run covers whatever was missed
        max_active_runs=1,
        render_template_as_native_obj=True,
        default_args={
            "owner": "finance",
            "retries": 3,
            "retry_delay": timedelta(seconds=30),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=5),
        },
        params={
            "start": Param(None, **INSTANT, description="First instant of a window to replay, UTC; empty: what is new"),
            "end": Param(None, **INSTANT, description="First instant after that window, UTC"),
            "retry_rejected": Param(default=False, type="boolean", description="Try all rejected records again now"),
            "dry_run": Param(default=False, type="boolean", description="Report only, write nothing"),
        },
        doc_md=__doc__,
        tags=["stripe", "upflow"],
    ) as dag:
        changes = StripeChangesOperator(
            task_id="changes",
            organization=organization,
            problem=entry.problem,
            start="{{ params.start or '' }}",
            end="{{ params.end or '' }}",
            retry_rejected="{{ params.retry_rejected }}",
            is_dry_run=DRY_RUN,
            execution_timeout=timedelta(hours=12),
        )
        if entry.problem:
            return dag  # its only task says what is wrong
        changes >> PreflightOperator(
            task_id="pool",
            organization=organization,
            access_task="{{ ti.xcom_pull(task_ids='changes', key='first') }}",
        )
        tasks = {
            name: StripeChangesToUpflowOperator(
                task_id=name,
                stream=name,
                organization=organization,
                is_dry_run=DRY_RUN,
                trigger_rule="all_done",  # what one stream could not do holds no other back
                execution_timeout=timedelta(days=7),
            )
            for name in STREAMS
        }
        for name, stream in STREAMS.items():
            tasks[name] << [changes, *(tasks[upstream] for upstream in stream.after)]
        closing = OutstandingCheckOperator(
            task_id="closing",
            organization=organization,
            start=TAKEN.format("start"),
            end=TAKEN.format("end"),
            is_dry_run=DRY_RUN,
            lane="live",
            trigger_rule="all_done",
            execution_timeout=timedelta(days=1),
        )
        watermark = WatermarkOperator(
            task_id="watermark", organization=organization, is_dry_run=DRY_RUN, trigger_rule="all_done"
        )
        [changes, *tasks.values()] >> closing
        [changes, *tasks.values(), closing] >> watermark
    return dag


for each in read_organizations(Path(__file__).with_name("organizations.yaml")):
    globals()[each.organization.dag_id("stripe_to_upflow_sync")] = sync(each)
