"""
### Upflow: rebuild the ledger

Trigger it manually if the ledger was lost, or to see now what people have changed in Upflow; the sync looks once a
day. It lists the records that Upflow has and compares them with the ledger:

* What the ledger does not know is added, with its content as far as Upflow's lists show it. The sync then reads
  Stripe's changes of the last 30 days again.
* What was changed, unlinked or deleted in Upflow is sent again by the next run of the sync.
* If so much differs or is missing that there must be a general cause, nothing is sent again, and the task or its report
  says so. `send_again` sends it all the same.

It writes nothing to Upflow, and may run at any time.

Read more: [if the ledger is lost](https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md#the-ledger-is-lost).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG

from upflow_provider.dags.organizations import ALL_BUT_BACKFILL, organization_dag
from upflow_provider.dags.params import switch
from upflow_provider.dags.task_docs import ACCESS_TASK, PREFLIGHT_TASK
from upflow_provider.operators.ledger import LedgerRebuildOperator
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.settings import Entry

# Typed as `Any`, because the template becomes a boolean when the task runs.
SEND_AGAIN: Any = "{{ params.send_again }}"


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
        title="Upflow: rebuild the ledger",
        description="Restores a lost ledger from Upflow, and finds what people have changed there; by hand",
        schedule=None,
        allowed_run_types=ALL_BUT_BACKFILL,
        default_args={"retries": 3, "retry_delay": timedelta(minutes=1)},
        params={
            "send_again": switch("Send again", "Send again whatever differs or is missing, however much it is"),
        },
        doc_md=__doc__,
        tags={"upflow"},
    )


def _tasks(entry: Entry) -> None:
    organization = entry.organization
    preflight = PreflightOperator(
        task_id="preflight", organization=organization, access_task="access", peers=entry.peers, doc_md=PREFLIGHT_TASK
    )
    access = AccessOperator(task_id="access", organization=organization, pool_slots=1, doc_md=ACCESS_TASK)
    rebuild = LedgerRebuildOperator(
        task_id="rebuild",
        organization=organization,
        send_again=SEND_AGAIN,
        execution_timeout=timedelta(hours=12),
        doc_md="Lists what Upflow has, and compares it with the ledger. It writes nothing to Upflow.",
    )
    [preflight, access] >> rebuild
