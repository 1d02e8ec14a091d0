"""
### Stripe to Upflow: history

Loads what was *created* in Stripe within a window into Upflow: customers with their contacts, invoices,
credit notes, payments, refunds and lost disputes. The last task, `closing`, checks that every invoice shows in
Upflow the amount that remains in Stripe.

* **Any range:** Airflow's own Backfill (Trigger > Backfill, `airflow backfill create`, or REST)
  creates one run per month. Run it backwards to load the newest records first.
* **One window:** trigger a run with `since` and `until` (UTC; `until` is not part of the window).
* If custom fields are declared, the task `custom_fields` first creates those that Upflow lacks.
* `streams` limits the run to these streams and leaves out the check at its end. `with_pdfs` brings the PDFs of the
  window, too (`open` invoices, or `all`). `dry_run` only reads, maps and
  compares; it reports what would be created or updated, how many requests that needs, and how long it will take.

A record's current state is written under its own external id, and only if it has changed, so any task may be
cleared at any time. The ledger keeps records that cannot be imported with their reasons; the task does all other
work and then fails.

Read more: [what is loaded](https://github.com/upflow-provider/upflow-provider/blob/main/docs/stripe-to-upflow.md),
[surprises](https://github.com/upflow-provider/upflow-provider/blob/main/docs/surprises.md),
and, if something goes wrong, the
[runbook](https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, BaseOperator, CronDataIntervalTimetable

from upflow_provider.dags.organizations import organization_dag
from upflow_provider.dags.params import optional, streams, switch, title_of, with_pdfs
from upflow_provider.dags.task_docs import (
    ACCESS_TASK,
    ASSETS_TASK,
    CLOSING_TASK,
    CUSTOM_FIELDS_TASK,
    FIELDS_FAILED_TASK,
    FIELDS_TASK,
    PDF_TASK,
    PREFLIGHT_TASK,
)
from upflow_provider.operators.custom_fields import UpflowCustomFieldsOperator
from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.pdfs import UpflowPdfOperator
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.operators.updated_assets import UpdatedAssetsOperator
from upflow_provider.settings import Entry, Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

MONTHLY = CronDataIntervalTimetable("0 0 1 * *", timezone="UTC")
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
STREAM_TASK = (
    "{0}: reads those that were created in Stripe in the run's window, and imports those that are "
    "missing or different in Upflow. It is skipped if the run was triggered without this stream."
)


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
        title="Stripe to Upflow: history",
        description="Loads what was created in Stripe in a window; use Backfill for a range of months",
        schedule=MONTHLY,  # a run of Airflow's Backfill has a month; catchup is off: history is loaded on request
        max_active_runs=2,  # the second run does its checks while the first one works
        default_args={
            "retries": 5,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=30),
        },
        params={
            "since": optional(
                "date",
                "Since",
                "First day of the window, UTC; leave it empty to load the run's own month, as in a Backfill",
            ),
            "until": optional("date", "Until", "First day after the window, UTC; needed if Since is given"),
            "streams": streams(),
            "with_pdfs": with_pdfs(entry.organization.pdfs),
            "dry_run": switch("Dry run", "Report what would be written and how long it would take; write nothing"),
        },
        doc_md=__doc__,
        tags={"stripe", "upflow"},
    )


def _tasks(entry: Entry) -> None:
    organization = entry.organization
    first = _custom_fields(organization, _checks(entry))
    tasks = {
        name: StripeToUpflowOperator(
            task_id=name,
            stream=name,
            organization=organization,
            trigger_rule="none_failed",  # a stream that is left out does not block the next
            execution_timeout=timedelta(days=7),
            doc_md=STREAM_TASK.format(title_of(name)),
            **RUN_TEMPLATES,
        )
        for name in STREAMS
    }
    for name, stream in STREAMS.items():
        before: list[BaseOperator] = [tasks[upstream] for upstream in stream.after]
        tasks[name] << (before or first)
    closing = OutstandingCheckOperator(
        task_id="closing",
        organization=organization,
        trigger_rule="none_failed",
        execution_timeout=timedelta(days=1),
        doc_md=CLOSING_TASK,
        **RUN_TEMPLATES,
    )
    followed = {upstream for stream in STREAMS.values() for upstream in stream.after}
    last = [tasks[name] for name in STREAMS if name not in followed]
    closing << last
    pdfs = UpflowPdfOperator(
        task_id="pdfs",
        organization=organization,
        pdfs="{{ params.with_pdfs }}",
        trigger_rule="none_failed",
        execution_timeout=timedelta(days=7),
        doc_md=PDF_TASK,
        **RUN_TEMPLATES,
    )
    closing >> pdfs
    assets = UpdatedAssetsOperator(
        task_id="assets",
        organization=organization,
        waits_for_other_runs=True,
        is_dry_run=RUN_TEMPLATES["is_dry_run"],
        doc_md=ASSETS_TASK,
    )
    # A teardown runs whatever became of the streams, and does not hide that one failed. It comes last, so that the last
    # of several runs finds all others done.
    [*last, closing, pdfs] >> assets.as_teardown()


def _custom_fields(organization: Organization, checks: list[BaseOperator]) -> list[BaseOperator]:
    """Return what the streams wait for: the checks, and the end of the task for custom fields if any are declared."""
    if not organization.declared_fields.is_any:
        return checks
    custom_fields = UpflowCustomFieldsOperator(
        task_id="custom_fields",
        organization=organization,
        is_dry_run=RUN_TEMPLATES["is_dry_run"],
        doc_md=CUSTOM_FIELDS_TASK,
    )
    # A field that cannot be filled keeps no record out; a marker at the end of nothing makes the run fail all the same.
    fields = EmptyOperator(task_id="fields", trigger_rule="all_done", doc_md=FIELDS_TASK)
    checks >> custom_fields >> [fields, EmptyOperator(task_id="fields_filled", doc_md=FIELDS_FAILED_TASK)]
    return [*checks, fields]


def _checks(entry: Entry) -> list[BaseOperator]:
    preflight = PreflightOperator(
        task_id="preflight",
        organization=entry.organization,
        start=RUN_TEMPLATES["start"],
        end=RUN_TEMPLATES["end"],
        window_params=("since", "until"),
        access_task="access",
        peers=entry.peers,
        doc_md=PREFLIGHT_TASK,
    )
    return [preflight, AccessOperator(task_id="access", organization=entry.organization, doc_md=ACCESS_TASK)]
