"""
### The ledger, rebuilt from Upflow

Trigger it manually if the ledger was lost. It lists the records that Upflow has and adds them to the ledger, with
their content as far as Upflow's lists show it. It writes nothing to Upflow. Without it, the next load sends every
record again, which changes nothing in Upflow but takes time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG

from upflow_provider.dags.organizations import organization_dag
from upflow_provider.operators.ledger import LedgerRebuildOperator
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.settings import Entry, Organization


def upflow_ledger_rebuild(entry: Entry, **dag_options: Any) -> DAG:
    """
    Return the DAG that rebuilds an organization's ledger from Upflow.

    Args:
        entry: The organization's entry in ``organizations.yaml``; if it is broken, the DAG has one task, which says so.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours; ``default_args`` are merged over ours, and
            ``tags`` are added to ours.
    """
    return organization_dag(
        entry,
        "upflow_ledger_rebuild",
        _tasks,
        dag_options,
        dag_display_name=f"Upflow: rebuild the ledger ({entry.organization.name})",
        schedule=None,
        default_args={"retries": 3, "retry_delay": timedelta(minutes=1)},
        params={},
        doc_md=__doc__,
        tags={"upflow"},
    )


def _tasks(organization: Organization) -> None:
    preflight = PreflightOperator(task_id="preflight", organization=organization, access_task="access")
    rebuild = LedgerRebuildOperator(task_id="rebuild", organization=organization, execution_timeout=timedelta(hours=12))
    [preflight, AccessOperator(task_id="access", organization=organization)] >> rebuild
