"""
What an export to Salesforce costs when 1 % of 100,000 customers have changed, and what other ways cost.

One fake Upflow and one fake Salesforce, each of which takes 100-400 ms a request; four fresh processes, one after the
other. Ours reads both sides and finds out what differs; the others are handed their rows: Airflow's own operator all
of them, a loop over simple-salesforce those that have changed. A call is a request to Salesforce, without logins.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.export_vendors import CHANGED_EVERY, STALE
from benchmarks.figures import Figure
from benchmarks.vendors import STOP_S
from demo.vendors import Fake, Salesforce, Upflow

CUSTOMERS = 100_000
CHANGED = CUSTOMERS // CHANGED_EVERY
ALL = 1_000_000
"""More requests than any log holds."""
LOGIN = re.compile(r"/services/oauth2/")
READING = re.compile(r"/jobs/query")
"""Paths of requests that are no GET and change no Account."""


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What one way cost.

    Attributes:
        calls: Requests to Salesforce.
        writes: Those that change Accounts, or belong to a job that does.
        records: Accounts that Salesforce was asked to write.
        updated: Accounts that were.
        took_s: Time, in seconds, without imports.
        cpu_s: Of it, CPU time of the process itself.
        upflow_s: From the first to the last request to Upflow, in seconds.
        peak_mb: Peak of the process's memory.
    """

    calls: int
    writes: int
    records: int
    updated: int
    took_s: float
    cpu_s: float
    upflow_s: float
    peak_mb: float


def run() -> list[Figure]:
    """Bring the same Accounts in step in each way."""
    with _vendors() as scene:
        export, unchanged = scene.cost("export", CHANGED), scene.cost("export", 0)
        scene.age()
        rows = scene.cost("row_by_row", CHANGED)
        scene.age()
        operator = scene.cost("operator", CUSTOMERS)
    return [
        *_figures("export", export, writes=f"{-(-CHANGED // 200)}", records=f"{CHANGED:,}", peak="< 600 MB"),
        *_figures("export, nothing changed", unchanged, writes="0", records="0", peak="< 600 MB"),
        *_figures("SalesforceBulkOperator, all", operator),
        *_figures("row by row, what changed", rows),
        Figure("Accounts written, SalesforceBulkOperator / export", operator.records / export.records, "100"),
        Figure("calls that write, row by row / export", rows.writes / export.writes, "200"),
        Figure("time, row by row / export", rows.took_s / export.took_s, form="{:.1f}"),
        Figure(
            "time, row by row of all / export; extrapolated from what changed",
            rows.took_s * CHANGED_EVERY / export.took_s,
        ),
        Figure(
            "time, SalesforceBulkOperator / export without its reading of Upflow",
            operator.took_s / (export.took_s - export.upflow_s),
            form="{:.1f}",
        ),
    ]


def _figures(way: str, cost: Cost, *, writes: str = "", records: str = "", peak: str = "") -> list[Figure]:
    return [
        Figure(f"{way}: calls that write", cost.writes, writes),
        Figure(f"{way}: calls", cost.calls),
        Figure(f"{way}: Accounts written", cost.records, records),
        Figure(f"{way}: time", cost.took_s, form="{:.1f} s"),
        Figure(f"{way}: of it, CPU of its own process", cost.cpu_s, form="{:.1f} s"),
        *([Figure(f"{way}: of it, until Upflow was read", cost.upflow_s, form="{:.1f} s")] if cost.upflow_s else []),
        Figure(f"{way}: peak memory", cost.peak_mb, peak, "{:.0f} MB"),
    ]


class _Scene:
    """The fakes, and processes that bring them in step."""

    def __init__(self, folder: Path, said: dict[str, Any]) -> None:
        url, key, secret = said["salesforce"]
        self._folder = folder
        self._salesforce = Salesforce(url, key, secret, trusted=Path(said["authority"]))
        self._upflow = Upflow(*said["upflow"])
        ledger = {"conn_type": "sqlite", "host": str(folder / "ledger.db")}
        self._environment = {
            **os.environ,
            **_connection(self._upflow),
            **_connection(self._salesforce),
            "AIRFLOW_CONN_UPFLOW_LEDGER": json.dumps(ledger),
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "REQUESTS_CA_BUNDLE": said["bundle"],
        }

    def cost(self, way: str, expected: int) -> Cost:
        """
        Bring Accounts in step in a fresh process, and return what that cost.

        Raises:
            RuntimeError: Another number of Accounts was updated than expected.
        """
        for fake in (self._salesforce, self._upflow):
            fake.call("DELETE", "/_fake/requests")
        before = self._salesforce.state()["writes"]
        file = self._folder / ("changed.json" if way == "row_by_row" else "rows.json")
        command = [sys.executable, "-m", "benchmarks.export_run", way, str(file)]
        done = subprocess.run(command, env=self._environment, check=True, stdout=subprocess.PIPE)
        said = json.loads(done.stdout.splitlines()[-1])
        if said["updated"] != expected:
            raise RuntimeError(f"{way}: {said['updated']} Accounts were updated instead of {expected}")
        log = self._salesforce.requests(last=ALL)["requests"]
        calls = [each for each in log if not LOGIN.search(each["path"])]
        reads = self._upflow.requests(last=ALL)["requests"]
        return Cost(
            calls=len(calls),
            writes=sum(each["method"] != "GET" and not READING.search(each["path"]) for each in calls),
            records=self._salesforce.state()["writes"] - before,
            updated=said["updated"],
            took_s=said["took_s"],
            cpu_s=said["cpu_s"],
            upflow_s=reads[-1]["ended"] - reads[0]["at"] if reads else 0.0,
            peak_mb=said["peak_mb"],
        )

    def age(self) -> None:
        """Let Accounts be as they were before their customers changed."""
        for row in json.loads((self._folder / "changed.json").read_text(encoding="utf-8")):
            self._salesforce.act("edit_account", account_id=row["Id"], **STALE)


@contextmanager
def _vendors() -> Iterator[_Scene]:
    with tempfile.TemporaryDirectory(prefix="upflow-bench-") as folder:
        command = [sys.executable, "-m", "benchmarks.export_vendors", folder, str(CUSTOMERS)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError(f"the fakes ended with status {process.wait()}")
            try:
                yield _Scene(Path(folder), json.loads(line))
            finally:
                process.terminate()
                process.wait(STOP_S)


def _connection(fake: Fake) -> dict[str, str]:
    """Return the environment variable that tells Airflow of a connection."""
    fields = dict(fake.connection)
    return {f"AIRFLOW_CONN_{fields.pop('connection_id').upper()}": json.dumps(fields)}
