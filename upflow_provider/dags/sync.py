"""
### Stripe to Upflow: sync

Imports every change in Stripe into Upflow within minutes. The first task, `changes`, opens the window from the end of
the last run (the watermark) until a minute ago, and reads in Stripe's event feed which records changed in it. One task
per stream reads each of them again and imports its current state if it differs from what was sent. The task `closing`
checks that every invoice of the run shows in Upflow the amount that remains in Stripe. The task `watermark` moves the
watermark when every change has its outcome. Once a day, the task `inventory` lists what Upflow has; the next run sends
again what people have changed or deleted there. If the setting `pdfs` asks for it, the task `pdfs` brings PDFs last.

* **Clear any task at any time:** it works on the same window again. Tasks without changes are skipped.
* **After a pause,** one run covers all of it. Stripe keeps events for 30 days; after a longer pause, the run lists the
  records that may have changed, and its log says what cannot be known.
* **Replay a window** of the last 30 days: trigger a run with `start` and `end` (UTC). The watermark stays.
* Rejected records are tried again after 5 minutes, 10, 20 and so on up to a day, and as soon as they change in
  Stripe; `retry_rejected` tries all of them now.
* `dry_run` only reads, maps and compares, and reports what would be done.

`stripe_to_upflow_backfill` loads the history; both may run at the same time and in either order.

Read more: [how changes arrive](https://github.com/upflow-provider/upflow-provider/blob/main/docs/incremental-sync.md)
and, if something goes wrong, the
[runbook](https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, AssetWatcher, BaseOperator, CronTriggerTimetable

from upflow_provider.dags.organizations import ALL_BUT_BACKFILL, organization_dag
from upflow_provider.dags.params import optional, switch, title_of
from upflow_provider.dags.task_docs import ASSETS_TASK, CLOSING_TASK, CUSTOM_FIELDS_TASK, PDF_TASK
from upflow_provider.operators.custom_fields import UpflowCustomFieldsOperator
from upflow_provider.operators.ledger import InventoryOperator
from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.pdfs import UpflowPdfOperator
from upflow_provider.operators.stripe_to_upflow_sync import (
    StripeChangesOperator,
    StripeChangesToUpflowOperator,
    WatermarkOperator,
)
from upflow_provider.operators.updated_assets import UpdatedAssetsOperator
from upflow_provider.settings import Entry, Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.triggers.stripe_events import StripeEventsTrigger

EVERY_5_MINUTES = CronTriggerTimetable("*/5 * * * *", timezone="UTC")
# Typed as `Any`, because the templates become booleans when a task runs.
DRY_RUN: Any = "{{ params.dry_run }}"
RETRY_REJECTED: Any = "{{ params.retry_rejected }}"
LIVE = ", and soon after each change"
CHANGES_TASK = (
    "Opens the run's window and reads in Stripe's event feed which records changed in it. Tasks of streams in which "
    "nothing changed are skipped. Clearing it keeps the window."
)
WINDOW_TASK = "Marks that the run has its window, so that the run fails if `changes` does. It does nothing itself."
STREAM_TASK = (
    "{0}: reads the current state of those that changed in Stripe, and imports those that differ from what was "
    "sent. It is skipped if none changed."
)
WATERMARK_TASK = (
    "Moves the watermark, from which the next run continues, when every change of this run has its outcome. It fails "
    "if another task has failed, so that the run does."
)
INVENTORY_TASK = (
    "Once a day, lists what Upflow has and compares it with the ledger. The next run sends again what people have "
    "changed or deleted there. It is skipped for the rest of the day."
)
WINDOW_IS_OPEN: Any = "{{ ti.xcom_pull(task_ids='changes', key='report') is not none }}"
WINDOW_TEMPLATE = "{{{{ (ti.xcom_pull(task_ids='changes', key='report') or {{}}).get('{}', '') }}}}"


def stripe_to_upflow_sync(entry: Entry, **dag_options: Any) -> DAG:
    """
    Return the DAG that imports changes in Stripe into Upflow, for one organization.

    Args:
        entry: The organization's entry in ``organizations.yaml``; if it is broken, the DAG has one task, which says so.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours (a ``schedule`` replaces live mode, too);
            ``default_args`` are merged over ours, and ``tags`` are added to ours.
    """
    organization = entry.organization
    return organization_dag(
        entry,
        "stripe_to_upflow_sync",
        _tasks,
        dag_options,
        title="Stripe to Upflow: sync",
        description=f"Brings what changed in Stripe to Upflow; every 5 minutes{LIVE if organization.live else ''}",
        allowed_run_types=ALL_BUT_BACKFILL,
        schedule=_schedule(organization),  # catchup is off, because one run covers everything that was missed
        default_args={
            "retries": 3,
            "retry_delay": timedelta(seconds=30),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=5),
        },
        params={
            "start": optional(
                "date-time", "Start", "First instant of a window to replay, at most 30 days ago; empty for what is new"
            ),
            "end": optional("date-time", "End", "First instant after that window; needed if Start is given"),
            "retry_rejected": switch("Retry rejected records", "Try all rejected records again now"),
            "dry_run": switch("Dry run", "Report what would be written; write nothing"),
        },
        doc_md=__doc__,
        tags={"stripe", "upflow"},
    )


def _schedule(organization: Organization) -> CronTriggerTimetable | AssetOrTimeSchedule:
    """Return when the sync runs: every 5 minutes and, in live mode, soon after a change in Stripe."""
    if not organization.live:
        return EVERY_5_MINUTES
    trigger = StripeEventsTrigger(
        organization=organization.name, stripe_conn_id=organization.stripe_conn_id, lag_s=organization.lag_s
    )
    watcher = AssetWatcher(name=f"stripe_events_{organization.name}", trigger=trigger)
    events = Asset(f"upflow://{organization.name}/stripe_events", watchers=[watcher])
    return AssetOrTimeSchedule(timetable=EVERY_5_MINUTES, assets=[events])


def _tasks(entry: Entry) -> None:
    organization, changes = entry.organization, _changes(entry)
    fields = _custom_fields(organization, changes)
    tasks = {
        name: StripeChangesToUpflowOperator(
            task_id=name,
            stream=name,
            organization=organization,
            is_dry_run=DRY_RUN,
            trigger_rule="all_done",  # a stream that failed does not block others
            execution_timeout=timedelta(days=7),
            doc_md=STREAM_TASK.format(title_of(name)),
        )
        for name in STREAMS
    }
    for name, stream in STREAMS.items():
        # All that is before it, although one of them comes after another: one without changes is skipped early.
        before: list[BaseOperator] = [tasks[upstream] for upstream in stream.after]
        tasks[name] << ([*before, *fields] or [changes])
    closing = _closing(organization)
    watermark = WatermarkOperator(
        task_id="watermark",
        organization=organization,
        is_dry_run=DRY_RUN,
        trigger_rule="all_done",
        doc_md=WATERMARK_TASK,
    )
    inventory = InventoryOperator(
        task_id="inventory",
        organization=organization,
        is_due=WINDOW_IS_OPEN,
        trigger_rule="all_done",  # what it finds does not depend on the streams, but is less when they are done
        execution_timeout=timedelta(hours=12),
        doc_md=INVENTORY_TASK,
    )
    assets = UpdatedAssetsOperator(task_id="assets", organization=organization, is_dry_run=DRY_RUN, doc_md=ASSETS_TASK)
    # `closing` is skipped only if all streams are, so that whatever comes after it comes after them.
    list(tasks.values()) >> closing >> [watermark, inventory]
    # A teardown runs whatever became of the streams, and does not hide that one failed.
    closing >> assets.as_teardown()
    if organization.pdfs != "none":
        # After the inventory, so that the sync has no more requests at once than the budget leaves room for.
        [closing, inventory] >> _pdfs(organization)


def _changes(entry: Entry) -> BaseOperator:
    """Return the first task; a marker after it makes the run fail if it fails, because all other tasks skip then."""
    changes = StripeChangesOperator(
        task_id="changes",
        organization=entry.organization,
        peers=entry.peers,
        start="{{ params.start or '' }}",
        end="{{ params.end or '' }}",
        retry_rejected=RETRY_REJECTED,
        is_dry_run=DRY_RUN,
        execution_timeout=timedelta(hours=12),
        doc_md=CHANGES_TASK,
    )
    changes >> EmptyOperator(task_id="window", doc_md=WINDOW_TASK)
    return changes


def _custom_fields(organization: Organization, changes: BaseOperator) -> list[BaseOperator]:
    """Return the task for custom fields, which all streams wait for; none if no field is declared."""
    if not organization.declared_fields.is_any:
        return []
    custom_fields = UpflowCustomFieldsOperator(
        task_id="custom_fields", organization=organization, is_dry_run=DRY_RUN, doc_md=CUSTOM_FIELDS_TASK
    )
    changes >> custom_fields
    return [custom_fields]


def _closing(organization: Organization) -> BaseOperator:
    return OutstandingCheckOperator(
        task_id="closing",
        organization=organization,
        start=WINDOW_TEMPLATE.format("start"),
        end=WINDOW_TEMPLATE.format("end"),
        is_dry_run=DRY_RUN,
        lane="live",
        trigger_rule="all_done",
        execution_timeout=timedelta(days=1),
        doc_md=CLOSING_TASK,
    )


def _pdfs(organization: Organization) -> BaseOperator:
    return UpflowPdfOperator(
        task_id="pdfs",
        organization=organization,
        start=WINDOW_TEMPLATE.format("start"),
        end=WINDOW_TEMPLATE.format("end"),
        is_dry_run=DRY_RUN,
        lane="live",
        trigger_rule="all_done",
        execution_timeout=timedelta(hours=1),
        doc_md=PDF_TASK,
    )
