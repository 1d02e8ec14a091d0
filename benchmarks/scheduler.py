"""
How much of Upflow's budget a whole Backfill uses under the real scheduler.

`airflow standalone` in a fresh home loads six months, a run each, newest first, with the shipped DAG
and its defaults; Upflow takes 100-400 ms a request and answers 429 beyond its limits. What counts is
the time from the first write to the last: scheduling, starting tasks and changing from one to the
next included.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.vendors import LATENCY_S, requests_in, vendors
from demo.airflow import Airflow, Ports, environment
from demo.processes import Processes, Signals, free_ports, fresh_home
from demo.run_watch import Watch
from demo.screen import Screen
from demo.totals import FROM_STRIPE, expected
from demo.vendors import Stripe, Upflow
from upflow_provider.testing.seed.seed import Seed

DAGS = Path(__file__).resolve().parents[1] / "dags"
LIMIT = 600
ALL = 1_000_000
"""More requests than any log holds."""
LOOK_EVERY_S = 5.0
SEED = Seed(
    seed=11,
    customers=500,
    invoices=2_700,
    start=datetime(2026, 5, 1, tzinfo=UTC),
    end=datetime(2026, 11, 1, tzinfo=UTC),
)
LAST_MONTH = datetime(2026, 10, 31, tzinfo=UTC)


def run() -> list[Figure]:
    """Start Airflow and the fakes, run the Backfill, and read Upflow's log."""
    signals = Signals()
    signals.install()
    with (
        vendors(SEED, "--latency", *map(str, LATENCY_S)) as (stripe, upflow),
        tempfile.TemporaryDirectory(prefix="upflow-bench-") as folder,
        fresh_home(Path(folder).resolve()) as lock,
        Processes(Path(folder).resolve(), signals, lock) as processes,
    ):
        _backfill(processes, stripe, upflow)
        return _figures(upflow)


def _backfill(processes: Processes, stripe: Stripe, upflow: Upflow) -> None:
    api, worker_logs, trigger_logs = free_ports(3, preferred=0)
    settings = environment(processes.home, DAGS, Ports(api, worker_logs, trigger_logs))
    processes.start("airflow", [sys.executable, "-m", "airflow", "standalone"], settings)
    airflow = Airflow(f"http://127.0.0.1:{api}", processes.home, processes.log_of("airflow"), processes.check)
    goal = expected({name: list(stripe.records(name)) for name in FROM_STRIPE})
    airflow.wait_until_up()
    airflow.set_up(upflow, stripe)
    airflow.wait_for_dag()
    runs = airflow.backfill(SEED.start, LAST_MONTH)
    watch = Watch(airflow, upflow, Screen(), goal, sleep=lambda _: time.sleep(LOOK_EVERY_S))
    watch.until_finished(runs)


def _figures(upflow: Upflow) -> list[Figure]:
    log, records = upflow.requests(last=ALL), _held(upflow)
    times = [request["at"] for request in requests_in(log, "POST", "PUT", "PATCH", "DELETE")]
    took_s = times[-1] - times[0]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    return [
        Figure("writes", len(times), ">= 3,000"),
        Figure("from the first to the last write", took_s, form="{:.0f} s"),
        Figure(
            "share of the budget used, from the first to the last write",
            100 * (len(times) - 1) * 60 / took_s / LIMIT,
            ">= 93 %",
            "{:.1f} %",
        ),
        Figure("pauses over 1 s between two writes", sum(pause > 1 for pause in pauses)),
        Figure("pauses over 1 s, together", sum(pause for pause in pauses if pause > 1), form="{:.1f} s"),
        Figure("most requests in any 60 s", log["peak_per_minute"], f"<= {LIMIT}"),
        Figure("answers 429", log["statuses"].get("429", 0), "0"),
        Figure("writes per document that Upflow holds", len(times) / records, form="{:.3f}"),
    ]


def _held(upflow: Upflow) -> int:
    """Return how many records and balancing documents Upflow holds."""
    state = upflow.state()
    documents = (state[name] for name in ("invoices", "credit_notes", "payments", "refunds"))
    count: int = sum(total["count"] for each in documents for total in each.values())
    return count + int(state["customers"]["count"])
