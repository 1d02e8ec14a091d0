"""`airflow standalone` with the shipped DAGs and settings of its own, for benchmarks of the sync."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.airflow import SYNC, Airflow, Ports, environment
from demo.processes import Processes, Signals, free_ports, fresh_home
from demo.vendors import Stripe, Upflow

DAGS = Path(__file__).resolve().parents[1] / "dags"
LOOK_EVERY_S = 0.5
LONGEST_S = 180.0
"""Seconds that a run may take."""


@contextmanager
def airflow_with(stripe: Stripe, upflow: Upflow, settings: str) -> Iterator[Airflow]:
    """
    Serve Airflow until the block ends, steering the sync.

    Args:
        stripe: The fake Stripe.
        upflow: The fake Upflow.
        settings: Those of the organization ``default``, as YAML in one line.
    """
    signals = Signals()
    signals.install()
    with (
        tempfile.TemporaryDirectory(prefix="upflow-bench-") as folder,
        fresh_home(Path(folder).resolve() / "home") as lock,
        Processes(Path(folder).resolve() / "home", signals, lock) as processes,
    ):
        dags = Path(folder) / "dags"
        shutil.copytree(DAGS, dags, ignore=shutil.ignore_patterns("__pycache__"))
        (dags / "organizations.yaml").write_text(f"organizations: {{default: {{{settings}}}}}\n", encoding="utf-8")
        api, worker_logs, trigger_logs = free_ports(3, preferred=0)
        variables = environment(processes.home, dags, Ports(api, worker_logs, trigger_logs))
        processes.start("airflow", [sys.executable, "-m", "airflow", "standalone"], variables)
        airflow = Airflow(f"http://127.0.0.1:{api}", processes.home, processes.log_of("airflow"), processes.check, SYNC)
        airflow.wait_until_up()
        airflow.set_up(upflow, stripe)
        airflow.wait_for_dag()
        yield airflow


def until_idle(airflow: Airflow) -> None:
    """
    Wait until there was a run, and none is under way.

    Raises:
        RuntimeError: A run failed, or takes too long.
    """
    deadline = time.monotonic() + LONGEST_S
    while not (states := set(airflow.run_states().values())) or states & {"queued", "running"}:
        if time.monotonic() > deadline:
            raise RuntimeError(f"runs of the sync are {states} for {LONGEST_S:.0f} s")
        time.sleep(LOOK_EVERY_S)
    if "failed" in states:
        raise RuntimeError(f"a run of the sync failed: {airflow.troubled_tasks()}")
