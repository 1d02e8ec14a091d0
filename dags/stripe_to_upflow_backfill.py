"""
### Stripe -> Upflow, history

Load what was *created* in Stripe within a window into Upflow: customers with their main contact, invoices,
credit notes, payments, refunds and lost disputes. The last task, `closing`, checks that every invoice shows as
outstanding in Upflow what Stripe says remains.

* **Any range:** Airflow's own Backfill (Trigger > Backfill, `airflow backfill create`, or REST)
  makes one run a month. Running backwards loads the newest first.
* **One window:** trigger a run with `since` and `until` (UTC; `until` is not part of the window).
* `streams` limits the run to some entities, and leaves out the check at its end; `dry_run` reads, maps and
  compares only, and reports what would be created or updated, how many requests that needs, and how long it will take.

Every write is a record's current state under its own external id, and only if it changed: clear
any task at any time. Records that cannot be imported wait in the ledger with their reason; the
task does all other work and then fails.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from upflow_provider.operators.outstanding_check import OutstandingCheckOperator
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.settings import Entry, read_organizations
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

# A run that was triggered without a logical date has no data interval; the first task then asks for a window.
START = "{{ params.since or (data_interval_start | default('', true) | string) }}"
END = "{{ params.until or (data_interval_end | default('', true) | string) }}"
DATE = {"type": ["null", "string"], "format": "date"}


def backfill(entry: Entry) -> DAG:
    """Return the backfill DAG of one organization."""
    organization = entry.organization
    with DAG(
        dag_id=organization.dag_id("stripe_to_upflow_backfill"),
        dag_display_name=f"Stripe to Upflow: history ({organization.name})",
        schedule=CronDataIntervalTimetable("0 0 1 * *", timezone="UTC"),
        start_date=datetime(2011, 1, 1, tzinfo=UTC),  # nothing in Stripe is older
        catchup=False,  # history is loaded when someone asks for it
        max_active_runs=2,  # the second run's checks are done by the time the first run ends
        render_template_as_native_obj=True,  # so that `streams` is a list and `dry_run` a boolean
        default_args={
            "owner": "finance",
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
                description="Which entities",
            ),
            "dry_run": Param(default=False, type="boolean", description="Report only, write nothing"),
        },
        doc_md=__doc__,
        tags=["stripe", "upflow"],
    ) as dag:
        access = "access"
        preflight = PreflightOperator(
            task_id="preflight",
            organization=organization,
            problem=entry.problem,
            start=START,
            end=END,
            access_task=None if entry.problem else access,
        )
        if entry.problem:
            return dag  # its only task says what is wrong
        first = [preflight, AccessOperator(task_id=access, organization=organization, priority_weight=100)]
        tasks = {
            name: StripeToUpflowOperator(
                task_id=name,
                stream=name,
                organization=organization,
                start=START,
                end=END,
                streams="{{ params.streams }}",
                is_dry_run="{{ params.dry_run }}",
                trigger_rule="none_failed",  # a stream left out does not hold back the next
                execution_timeout=timedelta(days=7),
            )
            for name in STREAMS
        }
        for name, stream in STREAMS.items():
            tasks[name] << [*first, *(tasks[upstream] for upstream in stream.after)]
        closing = OutstandingCheckOperator(
            task_id="closing",
            organization=organization,
            start=START,
            end=END,
            streams="{{ params.streams }}",
            is_dry_run="{{ params.dry_run }}",
            trigger_rule="none_failed",
            execution_timeout=timedelta(days=1),
        )
        closing << list(tasks.values())
    return dag


for each in read_organizations(Path(__file__).with_name("organizations.yaml")):
    globals()[each.organization.dag_id("stripe_to_upflow_backfill")] = backfill(each)
