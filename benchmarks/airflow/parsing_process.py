"""
One process of the benchmark `parsing`: parses a DAG folder, and reports how long that took.

``python -m benchmarks.airflow.parsing_process EMPTY FOLDER``
"""

from __future__ import annotations

import sys
import time
from typing import Any

from airflow import sdk
from airflow.dag_processing.dagbag import DagBag

from benchmarks.processes import answer

NAMES = ("DAG", "Asset", "BaseOperator", "BaseOperatorLink", "CronDataIntervalTimetable", "Param")
"""Names of Airflow's SDK, which imports each at its first use."""
HEAVY = {"pandas", "stripe"}


def main(empty: str, folder: str) -> dict[str, Any]:
    """Parse an empty folder to warm up, then the DAG folder; return what was found and the time (seconds)."""
    for name in NAMES:
        getattr(sdk, name)
    DagBag(empty, collect_dags=True)
    before, began = set(sys.modules), time.monotonic()
    bag = DagBag(folder, collect_dags=True)
    took_s = time.monotonic() - began
    heavy = sorted(HEAVY & (set(sys.modules) - before))
    return {"took_s": took_s, "dags": len(bag.dags), "errors": bag.import_errors, "heavy": heavy}


if __name__ == "__main__":
    answer(main(*sys.argv[1:]))
