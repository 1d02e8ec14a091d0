"""
How long Airflow's DAG processor takes to parse the DAG folder, beyond importing Airflow itself.

A fresh process imports Airflow, parses an empty folder, and then ours; only the last is counted. The
best of three, because noise only ever adds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure

DAGS = Path(__file__).resolve().parents[1] / "dags"
TURNS = 3
PROGRAM = """
import json, sys, time
import airflow.sdk
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Asset, BaseOperator, BaseOperatorLink, CronDataIntervalTimetable, Param
empty, ours = sys.argv[1:]
DagBag(empty, collect_dags=True)
before, began = set(sys.modules), time.monotonic()
bag = DagBag(ours, collect_dags=True)
took_s = time.monotonic() - began
new = sorted({"pandas", "stripe"} & (set(sys.modules) - before))
print(json.dumps({"took_s": took_s, "dags": len(bag.dags), "errors": bag.import_errors, "heavy": new}))
"""


def run() -> list[Figure]:
    """Parse the folder a few times."""
    turns = [_parse() for _ in range(TURNS)]
    best = min(turns, key=lambda each: each["took_s"])
    return [
        Figure("DAGs", best["dags"]),
        Figure("files that cannot be parsed", len(best["errors"]), "0"),
        Figure("of pandas and stripe, imported while parsing", len(best["heavy"]), "0"),
        Figure("parsing the DAG folder, beyond Airflow itself", best["took_s"], "< 1 s", "{:.2f} s"),
    ]


def _parse() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="upflow-bench-") as home:
        empty = Path(home, "empty")
        empty.mkdir()
        environment = {**os.environ, "AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        command = [sys.executable, "-c", PROGRAM, str(empty), str(DAGS)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # Airflow may warn before
    return said
