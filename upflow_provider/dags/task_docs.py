"""What Airflow's UI shows about the tasks that several DAGs have."""

from __future__ import annotations

RUNBOOK = "https://github.com/upflow-provider/upflow-provider/blob/main/docs/runbook.md"

PREFLIGHT_TASK = (
    "Checks settings, Params, connections, the ledger and the pool before anything is read, and lists all problems "
    "at once. If it fails, do what its message says, and clear it."
)
ACCESS_TASK = (
    "Asks the vendors whether they accept the credentials. It needs as many slots of the pool `upflow_api` as the "
    "tasks after it. If it never starts, see the "
    f"[runbook]({RUNBOOK}#a-task-gets-no-slots-of-the-pool)."
)
CLOSING_TASK = (
    "Checks that every invoice of the run shows in Upflow the amount that remains in Stripe, and corrects what "
    "differs. It is skipped if there is nothing to check. If it fails, see the "
    f"[runbook]({RUNBOOK}#the-task-closing-failed)."
)
ASSETS_TASK = (
    "Updates the assets of what was written to Upflow, which starts the export to Salesforce. It is skipped if nothing "
    "was written."
)
