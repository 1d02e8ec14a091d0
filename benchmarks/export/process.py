"""
One process of the benchmark `export`: updates Accounts in one way, and reports what that took.

``python -m benchmarks.export.process WAY ROWS``: *WAY* is one of `WAYS`; *ROWS* is a file that
`benchmarks.export.vendors` has written. Airflow's connections are in the environment. Only the work itself is timed,
not imports or the reading of *ROWS*.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

from benchmarks.export.vendors import SETTINGS
from benchmarks.processes import answer, peak_mb

CONN_ID = "salesforce_default"
Work = Callable[[], dict[str, Any]]


def main(way: str, rows: str) -> dict[str, Any]:
    """Do the work, and return counts, time (seconds), CPU time (seconds) and the peak of memory (MB)."""
    work = WAYS[way](json.loads(Path(rows).read_text(encoding="utf-8")) if way != "export" else [])
    began, cpu = time.monotonic(), time.process_time()
    counts = work()
    took = {"took_s": time.monotonic() - began, "cpu_s": time.process_time() - cpu, "peak_mb": peak_mb()}
    return {**counts, **took}


def _export(_: list[dict[str, Any]]) -> Work:
    """Return our export, which reads both sides and finds what differs by itself."""
    from upflow_provider.hooks.salesforce import SalesforceAccountsHook  # noqa: PLC0415
    from upflow_provider.hooks.upflow import UpflowHook  # noqa: PLC0415
    from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter  # noqa: PLC0415 - what this way needs
    from upflow_provider.upflow_to_salesforce.export import Export  # noqa: PLC0415
    from upflow_provider.upflow_to_salesforce.export_plan import ExportPlanner  # noqa: PLC0415
    from upflow_provider.upflow_to_salesforce.settings import SalesforceExport  # noqa: PLC0415

    upflow, salesforce = UpflowHook(), SalesforceAccountsHook(CONN_ID)
    ledger, settings = upflow.open_ledger("bench"), SalesforceExport.model_validate(SETTINGS)
    planner = ExportPlanner(
        upflow=upflow.get_client(),
        client=salesforce.client,
        jobs=salesforce.jobs,
        ledger=ledger,
        settings=settings,
        decimals={},
    )
    writer = AccountWriter(salesforce.client, salesforce.jobs, ledger.findings, bulk_from=settings.bulk_from)
    return lambda: Export(planner, writer, ledger).run().as_dict()


def _operator(rows: list[dict[str, Any]]) -> Work:
    """Return Airflow's own operator, which is given every row."""
    from airflow.providers.salesforce.operators.bulk import SalesforceBulkOperator  # noqa: PLC0415

    payload = [{name: value for name, value in row.items() if name != "Billing_Id__c"} for row in rows]
    operator = SalesforceBulkOperator(
        task_id="operator", operation="update", object_name="Account", payload=payload, salesforce_conn_id=CONN_ID
    )
    return lambda: {"updated": sum(each["success"] for each in operator.execute({}))}


def _row_by_row(rows: list[dict[str, Any]]) -> Work:
    """Return updates one at a time, by simple-salesforce."""
    from airflow.providers.salesforce.hooks.salesforce import SalesforceHook  # noqa: PLC0415

    changed = [(row.pop("Id"), row) for row in rows]

    def work() -> dict[str, Any]:
        accounts: Any = SalesforceHook(CONN_ID).get_conn().Account
        return {
            "updated": sum(accounts.update(account_id, row) == HTTPStatus.NO_CONTENT for account_id, row in changed)
        }

    return work


WAYS: dict[str, Callable[[list[dict[str, Any]]], Work]] = {
    "export": _export,
    "operator": _operator,
    "row_by_row": _row_by_row,
}

if __name__ == "__main__":
    answer(main(*sys.argv[1:]))
