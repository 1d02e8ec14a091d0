"""
### Upflow: customer file

Imports a CSV file that people hold, as Upflow's own import does: **customers** with their details, groups, custom
fields, contacts and assignments; **contacts**; **assignments** of account managers and workflows; or **payments**.

1. Trigger it with `path`, or paste the text of the file. Start with `dry_run`.
2. Every line is checked before the first write, and compared with Upflow: only cells that differ are written.
3. Refused lines are in `<name>.errors.csv` beside the file, each with its reason. Correct them there, and import that
   file. After a dry run they are in `<name>.dry-run.errors.csv`; correct them in the file itself. The task fails if
   more lines are refused than `max_rejected` of the settings allows.

* **Clear it at any time:** what is in Upflow already costs no write.
* **Pasted text stays in Airflow's database**, as all Params do, but it is in no log.
  Prefer a path for personal data.
* **What a file may change** depends on where your customers come from: `customer_file` in `organizations.yaml`.

Read more: [columns and rules](https://github.com/upflow-provider/upflow-provider/blob/main/docs/customer-file.md)
and, if something goes wrong, the
[runbook](https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md#lines-of-a-file-are-refused).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from airflow.sdk import DAG, Param

from upflow_provider.dags.organizations import ALL_BUT_BACKFILL, organization_dag
from upflow_provider.dags.params import switch
from upflow_provider.dags.task_docs import ACCESS_TASK, PREFLIGHT_TASK
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.operators.tables_to_upflow.customer_file import OnError, UpflowCustomerFileOperator
from upflow_provider.settings import Entry
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import Kind

UPFLOW = ("upflow",)
TEXT = "text"
# Typed as `Any`, because the templates become other types when a task runs.
TEMPLATES: Any = {
    "kind": "{{ params.kind }}",
    "path": "{{ params.path or '' }}",
    "on_error": "{{ params.on_error }}",
    "clear_empty": "{{ params.clear_empty }}",
    "error_path": "{{ params.error_path or '' }}",
    "encoding": "{{ params.encoding or '' }}",
    "separator": "{{ params.separator or '' }}",
    "is_dry_run": "{{ params.dry_run }}",
}
"""Arguments of the task that depend on the run; the text of a file is not among them, so that it is shown nowhere."""


def upflow_customer_file(entry: Entry, **dag_options: Any) -> DAG:
    """
    Return the DAG that imports files of customers, contacts, assignments and payments, for one organization.

    Args:
        entry: The organization's entry in ``organizations.yaml``; if it is broken, the DAG has one task, which says so.
        **dag_options: Arguments of Airflow's ``DAG``. They replace ours; ``default_args`` are merged over ours, and
            ``tags`` are added to ours.
    """
    return organization_dag(
        entry,
        "upflow_customer_file",
        _tasks,
        dag_options,
        title="Upflow: customer file",
        description="Imports a CSV file of customers, contacts, assignments or payments; by hand",
        schedule=None,
        allowed_run_types=ALL_BUT_BACKFILL,
        default_args={"retries": 2, "retry_delay": timedelta(minutes=2)},
        params=_params(entry),
        doc_md=__doc__,
        tags={"upflow"},
    )


def _params(entry: Entry) -> dict[str, Param]:
    clears = entry.organization.customer_file.clear_empty
    return {
        "path": _optional("Path", "Path or URL of the CSV file; or paste its text below"),
        TEXT: _optional(
            "Text",
            "Text of the file with its header. Airflow stores it with the run, so prefer a path for personal data",
            format="multiline",
        ),
        "kind": Param("customers", "What the file holds", type="string", enum=list(get_args(Kind)), title="Kind"),
        "on_error": Param(
            "good_lines",
            "If the check refuses lines: import the good lines, or nothing",
            type="string",
            enum=list(get_args(OnError)),
            title="On error",
        ),
        "clear_empty": Param(
            clears, "An empty optional cell clears what Upflow has", type="boolean", title="Clear empty"
        ),
        "error_path": _optional("Error file", "Where refused lines are written; by default beside the file"),
        "encoding": _optional("Encoding", "Such as utf-8 or windows-1252, if the file is not understood without it"),
        "separator": _optional("Separator", "Such as ; if the file is not understood without it"),
        "dry_run": switch("Dry run", "Check the file and report what would be written; write nothing to Upflow"),
    }


def _optional(title: str, description: str, **schema: Any) -> Param:
    return Param(default=None, description=description, type=["null", "string"], title=title, **schema)


def _tasks(entry: Entry) -> None:
    organization = entry.organization
    preflight = PreflightOperator(
        task_id="preflight",
        organization=organization,
        access_task="access",
        systems=UPFLOW,
        peers=entry.peers,
        doc_md=PREFLIGHT_TASK,
    )
    access = AccessOperator(task_id="access", organization=organization, systems=UPFLOW, doc_md=ACCESS_TASK)
    [preflight, access] >> UpflowCustomerFileOperator(
        task_id="import",
        organization=organization,
        text_param=TEXT,
        execution_timeout=timedelta(days=1),
        doc_md="Checks every line of the file, then writes what differs from Upflow. Clear it at any time.",
        **TEMPLATES,
    )
