"""
How long Airflow's DAG processor takes to parse the DAG folder, beyond importing Airflow itself.

A fresh process imports Airflow, parses an empty folder, then parses ``dags/``; only the last step is timed. The best of
three processes counts, because noise only ever adds.

* "parsing the DAG folder" (s): wall time for all files together. Airflow parses again and again, so it must be short.
* "of pandas and stripe, imported while parsing": 0, because importing them takes longer than everything else.

Takes about 20 seconds.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.processes import CHECKOUT, run_module


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much to measure.

    Attributes:
        turns: How many processes parse the folder, one after the other.
    """

    turns: int


NORMAL = Size(turns=3)
SMOKE = Size(turns=1)


def run(size: Size) -> list[Figure]:
    """Parse the folder a few times."""
    turns = [_parse() for _ in range(size.turns)]
    best = min(turns, key=lambda each: each["took_s"])
    return [
        Figure("DAGs", best["dags"]),
        Figure("files that cannot be parsed", len(best["errors"]), "0"),
        Figure("of pandas and stripe, imported while parsing", len(best["heavy"]), "0"),
        Figure("parsing the DAG folder, beyond Airflow itself", best["took_s"], "< 1 s", unit="s", digits=2),
    ]


def _parse() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="upflow-bench-") as home:
        empty = Path(home, "empty")
        empty.mkdir()
        environment = {"AIRFLOW_HOME": home, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        module = "benchmarks.airflow.parsing_process"
        return run_module(module, str(empty), str(CHECKOUT / "dags"), environment=environment)
