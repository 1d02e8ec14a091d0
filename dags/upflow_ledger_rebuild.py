"""
### The ledger, written again from Upflow

For when the ledger was lost: lists what Upflow holds and writes down which records it has and, as
far as Upflow repeats it, with which content. Reads only; trigger it by hand. Without it, the next
load sends every record once more, which changes nothing in Upflow but takes its time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG

from upflow_provider.operators.ledger import LedgerRebuildOperator
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.settings import Entry, read_organizations


def ledger_rebuild(entry: Entry) -> DAG:
    """Return the rebuild DAG of one organization."""
    organization = entry.organization
    with DAG(
        dag_id=organization.dag_id("upflow_ledger_rebuild"),
        dag_display_name=f"Upflow: rebuild the ledger ({organization.name})",
        schedule=None,
        start_date=datetime(2011, 1, 1, tzinfo=UTC),
        max_active_runs=1,
        default_args={"owner": "finance", "retries": 3, "retry_delay": timedelta(minutes=1)},
        doc_md=__doc__,
        tags=["upflow"],
    ) as dag:
        access = "access"
        preflight = PreflightOperator(
            task_id="preflight",
            organization=organization,
            problem=entry.problem,
            access_task=None if entry.problem else access,
        )
        if not entry.problem:
            rebuild = LedgerRebuildOperator(
                task_id="rebuild", organization=organization, execution_timeout=timedelta(hours=12)
            )
            [preflight, AccessOperator(task_id=access, organization=organization)] >> rebuild
    return dag


for each in read_organizations(Path(__file__).with_name("organizations.yaml")):
    globals()[each.organization.dag_id("upflow_ledger_rebuild")] = ledger_rebuild(each)
