"""A real Airflow, ``airflow standalone``, with the DAGs of ``dags/``, for benchmarks of whole runs."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import CHECKOUT
from benchmarks.vendors import certificates
from demo.airflow import Airflow
from demo.airflow_environment import Ports, environment
from demo.processes import Processes, Signals, free_ports, fresh_home
from demo.vendors import Stripe, Upflow

LOOK_EVERY_S = 0.5
RUN_S = 600.0
"""Seconds that a run may take; a quick machine takes 15."""

Settings = Mapping[str, object]
"""Settings of an organization, as in ``organizations.yaml``."""


@contextmanager
def standalone(organizations: Mapping[str, Settings]) -> Iterator[Airflow]:
    """
    Run Airflow in a home of its own until the block ends.

    Args:
        organizations: Settings by the name of the organization; each has connections of its own, see `connected`.
    """
    signals = Signals()
    with (
        tempfile.TemporaryDirectory(prefix="upflow-bench-") as temporary,
        signals.listening(),
        fresh_home(Path(temporary).resolve() / "home") as lock,
        Processes(Path(temporary).resolve() / "home", signals, lock) as processes,
    ):
        yield _started(processes, _lay_out(Path(temporary) / "dags", organizations))


@contextmanager
def connected(airflow: Airflow, dag: str, organization: str, stripe: Stripe, upflow: Upflow) -> Iterator[Airflow]:
    """
    Connect an organization to its vendors, and pause its DAG when the block ends.

    Args:
        airflow: Where it runs.
        dag: Id of the DAG, without the organization.
        organization: Name of the organization.
        stripe: Its Stripe.
        upflow: Its Upflow.

    Yields:
        The same Airflow, steering that organization's DAG, which is paused.
    """
    for kind, vendor in {"stripe": stripe, "upflow": upflow}.items():
        airflow.add_connection({**vendor.connection, "connection_id": f"{kind}_{organization}"})
    steered = airflow.of(f"{dag}.{organization}")
    steered.wait_for_dag()
    try:
        yield steered
    finally:
        steered.pause()


def until_idle(airflow: Airflow) -> None:
    """
    Wait until there was a run, and none is under way.

    Raises:
        RuntimeError: A run failed, or takes too long.
    """
    deadline = time.monotonic() + RUN_S
    while not (states := set(airflow.run_states().values())) or states & {"queued", "running"}:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{airflow.dag_id}: after {RUN_S:.0f} s, runs are {states}")
        time.sleep(LOOK_EVERY_S)
    if "failed" in states:
        raise RuntimeError(f"{airflow.dag_id}: a run failed: {airflow.troubled_tasks()}")


def _lay_out(folder: Path, organizations: Mapping[str, Settings]) -> Path:
    """Copy the DAGs of the checkout to a new folder, write its ``organizations.yaml``, and return the folder."""
    shutil.copytree(CHECKOUT / "dags", folder, ignore=shutil.ignore_patterns("__pycache__"))
    entries = {
        name: {"stripe_conn_id": f"stripe_{name}", "upflow_conn_id": f"upflow_{name}", **settings}
        for name, settings in organizations.items()
    }
    (folder / "organizations.yaml").write_text(json.dumps({"organizations": entries}), encoding="utf-8")  # JSON is YAML
    return folder


def _started(processes: Processes, dags: Path) -> Airflow:
    """Start Airflow, and wait until it answers."""
    api, worker_logs, trigger_logs = free_ports(3, preferred=0)
    ports, bundle = Ports(api, worker_logs, trigger_logs), certificates().bundle
    variables = {
        **environment(processes.home, dags, ports, bundle),
        # Airflow's own default: the trigger of live mode begins when the file of its DAG is read again.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
    }
    processes.start("airflow", [sys.executable, "-m", "airflow", "standalone"], variables)
    airflow = Airflow(f"http://127.0.0.1:{api}", processes.home, processes.log_of("airflow"), processes.check)
    airflow.wait_until_up()
    airflow.add_pool()
    return airflow
