"""
What an export to Salesforce costs when 1 % of 100,000 customers have changed, compared with other ways to do it.

One fake Upflow and one fake Salesforce take 100-400 ms a request. Four fresh processes run one after the other: our
export, which reads both sides and finds what differs; our export again, when nothing has changed; a loop over
simple-salesforce, which is given the rows that have changed; Airflow's ``SalesforceBulkOperator``, which is given all.

* "calls": requests to Salesforce, without logins; "calls that write" change Accounts or belong to a job that does.
* "Accounts written": records that Salesforce was asked to write.
* "time" (s): wall time without imports; "CPU of its own process" (s) and "until Upflow was read" (s) are parts of it.
* "peak memory" (MB): the peak of the process's resident memory, Airflow included.
* Ratios: how many times as much the other way needs.

Takes about 8 minutes.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.export.vendors import CHANGED_EVERY, STALE
from benchmarks.figures import Figure
from benchmarks.processes import run_module, server
from benchmarks.vendors import ALL
from demo.vendors import Fake, Salesforce, Upflow

MODULE = "benchmarks.export.process"
LOGIN = re.compile(r"/services/oauth2/")
READING = re.compile(r"/jobs/query")
"""Paths of requests that change no Account, although their method is not GET."""
BATCH = 200
"""Accounts that one call of our export writes."""


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much there is to export.

    Attributes:
        customers: How many customers, each with an Account; a multiple of `CHANGED_EVERY`.
        is_isolated: Whether each way has a process of its own, without which its peak of memory means nothing.
    """

    customers: int
    is_isolated: bool

    @property
    def changed(self) -> int:
        """How many customers have changed."""
        return self.customers // CHANGED_EVERY


NORMAL = Size(customers=100_000, is_isolated=True)
SMOKE = Size(customers=200, is_isolated=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """
    Cost of one way.

    Attributes:
        calls: Requests to Salesforce.
        writes: Those that change Accounts, or belong to a job that does.
        records: Accounts written.
        took_s: Wall time without imports, in seconds.
        cpu_s: CPU time of the process itself, in seconds.
        upflow_s: From the first to the last request to Upflow, in seconds; 0 without any.
        peak_mb: Peak of the process's resident memory, in MB.
    """

    calls: int
    writes: int
    records: int
    took_s: float
    cpu_s: float
    upflow_s: float
    peak_mb: float


def run(size: Size) -> list[Figure]:
    """Update the same Accounts in each way."""
    with _scene(size) as scene:
        export, unchanged = scene.cost("export", size.changed), scene.cost("export", 0)
        scene.outdate()
        rows = scene.cost("row_by_row", size.changed)
        scene.outdate()
        operator = scene.cost("operator", size.customers)
    batches = -(-size.changed // BATCH)
    return [
        *_figures("export", export, writes=f"{batches}", records=f"{size.changed:,}", peak="< 600 MB"),
        *_figures("export, nothing changed", unchanged, writes="0", records="0", peak="< 600 MB"),
        *_figures("SalesforceBulkOperator, all", operator),
        *_figures("row by row, what changed", rows),
        Figure("Accounts written, SalesforceBulkOperator / export", operator.records / export.records, "100"),
        Figure("calls that write, row by row / export", rows.writes / export.writes, "200"),
        Figure("time, row by row / export", rows.took_s / export.took_s, digits=1),
        Figure(
            "time, row by row of all / export; extrapolated from what changed",
            rows.took_s * CHANGED_EVERY / export.took_s,
        ),
        Figure(
            "time, SalesforceBulkOperator / export without its reading of Upflow",
            operator.took_s / (export.took_s - export.upflow_s),
            digits=1,
        ),
    ]


def _figures(way: str, cost: Cost, *, writes: str = "", records: str = "", peak: str = "") -> list[Figure]:
    return [
        Figure(f"{way}: calls that write", cost.writes, writes),
        Figure(f"{way}: calls", cost.calls),
        Figure(f"{way}: Accounts written", cost.records, records),
        Figure(f"{way}: time", cost.took_s, unit="s", digits=1),
        Figure(f"{way}: of it, CPU of its own process", cost.cpu_s, unit="s", digits=1),
        *([Figure(f"{way}: of it, until Upflow was read", cost.upflow_s, unit="s", digits=1)] if cost.upflow_s else []),
        Figure(f"{way}: peak memory", cost.peak_mb, peak, unit="MB"),
    ]


class _Scene:
    """Both fakes, and processes that export from one to the other."""

    def __init__(self, folder: Path, addresses: dict[str, Any], *, is_isolated: bool) -> None:
        url, key, secret = addresses["salesforce"]
        self._folder, self._is_isolated = folder, is_isolated
        self._salesforce = Salesforce(url, key, secret, trusted=Path(addresses["authority"]))
        self._upflow = Upflow(*addresses["upflow"])
        ledger = {"conn_type": "sqlite", "host": str(folder / "ledger.db")}
        self._environment = {
            **_connection(self._upflow),
            **_connection(self._salesforce),
            "AIRFLOW_CONN_UPFLOW_LEDGER": json.dumps(ledger),
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "REQUESTS_CA_BUNDLE": addresses["bundle"],
        }

    def cost(self, way: str, expected: int) -> Cost:
        """
        Update Accounts, and return what that cost.

        Raises:
            RuntimeError: Another number of Accounts was updated than expected.
        """
        for fake in (self._salesforce, self._upflow):
            fake.call("DELETE", "/_fake/requests")
        before = self._salesforce.state()["writes"]
        file = self._folder / ("changed.json" if way == "row_by_row" else "rows.json")
        result = run_module(MODULE, way, str(file), environment=self._environment, is_isolated=self._is_isolated)
        if result["updated"] != expected:
            raise RuntimeError(f"{way}: {result['updated']} Accounts were updated instead of {expected}")
        log = self._salesforce.requests(last=ALL)["requests"]
        calls = [each for each in log if not LOGIN.search(each["path"])]
        reads = self._upflow.requests(last=ALL)["requests"]
        return Cost(
            calls=len(calls),
            writes=sum(each["method"] != "GET" and not READING.search(each["path"]) for each in calls),
            records=self._salesforce.state()["writes"] - before,
            took_s=result["took_s"],
            cpu_s=result["cpu_s"],
            upflow_s=reads[-1]["ended"] - reads[0]["at"] if reads else 0.0,
            peak_mb=result["peak_mb"],
        )

    def outdate(self) -> None:
        """Give Accounts the values from before their customers changed."""
        for row in json.loads((self._folder / "changed.json").read_text(encoding="utf-8")):
            self._salesforce.act("edit_account", account_id=row["Id"], **STALE)


@contextmanager
def _scene(size: Size) -> Iterator[_Scene]:
    with (
        tempfile.TemporaryDirectory(prefix="upflow-bench-") as folder,
        server("benchmarks.export.vendors", folder, str(size.customers)) as next_line,
    ):
        yield _Scene(Path(folder), json.loads(next_line()), is_isolated=size.is_isolated)


def _connection(fake: Fake) -> dict[str, str]:
    """Return the environment variable that defines the connection for Airflow."""
    fields = dict(fake.connection)
    return {f"AIRFLOW_CONN_{fields.pop('connection_id').upper()}": json.dumps(fields)}
