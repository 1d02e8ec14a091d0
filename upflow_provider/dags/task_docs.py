"""What Airflow's UI shows about the tasks that several DAGs have."""

from __future__ import annotations

RUNBOOK = "https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md"

PREFLIGHT_TASK = (
    "Checks settings, Params, connections, the ledger and the pool before anything is read, and lists all problems "
    "together. If it fails, do what its message says, and clear it."
)
ACCESS_TASK = (
    "Asks the vendors whether they accept the credentials. It needs as many slots of the pool `upflow_api` as the "
    "tasks after it. If it never starts, see the "
    f"[runbook]({RUNBOOK}#a-task-gets-no-slots-of-the-pool)."
)
CUSTOM_FIELDS_TASK = (
    "Creates the custom fields that `organizations.yaml` declares and Upflow lacks, and checks those that it has. If "
    "it fails, its message names each field that is not filled, with the remedy; everything else goes on."
)
FIELDS_TASK = "Lets the tasks of the streams go on, whatever became of `custom_fields`. It does nothing itself."
FIELDS_FAILED_TASK = "Makes the run fail if `custom_fields` does. It does nothing itself."
CLOSING_TASK = (
    "Checks that every invoice of the run shows in Upflow the amount that remains in Stripe, and corrects what "
    "differs. It is skipped if there is nothing to check. If it fails, see the "
    f"[runbook]({RUNBOOK}#the-task-closing-failed)."
)
ASSETS_TASK = (
    "Updates the assets of what was written to Upflow, which starts the export to Salesforce. It is skipped if nothing "
    "was written."
)
PDF_TASK = (
    "Brings PDFs of invoices and credit notes from Stripe to Upflow, after the money and slower than it. It is skipped "
    f"if no PDFs are wanted or due. If it fails, see the [runbook]({RUNBOOK}#a-pdf-was-rejected)."
)
