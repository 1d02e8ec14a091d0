"""The environment in which the demonstration runs Airflow: its embedded defaults, and nothing of the user's."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SETTINGS = {
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__EXECUTOR": "LocalExecutor",
    "CORE__PARALLELISM": "8",
    "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
    "CORE__TEST_CONNECTION": "Enabled",
    "API__HOST": "127.0.0.1",
    "WORKERS__EXECUTION_API_TIMEOUT": "60",  # seconds; a task fails when a busy machine answers later
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",  # seconds; the default of 1 is meant for many users
    "DAG_PROCESSOR__REFRESH_INTERVAL": "10",  # seconds until a changed DAG file is read
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",  # seconds until an unchanged one is read again
    "USAGE_DATA_COLLECTION__ENABLED": "False",
}
"""Airflow's settings that are always the same: section and name."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports of Airflow: of its UI and API, and of the servers for the logs of workers and of the triggerer."""

    api: int
    worker_logs: int
    trigger_logs: int


def environment(
    home: Path, dags: Path, ports: Ports, bundle: Path, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """
    Return the environment of `airflow standalone`.

    The Airflow settings of whoever runs the demonstration are left out. Nothing goes through a proxy, and Airflow
    does not report its usage.

    Args:
        home: Its ``AIRFLOW_HOME``.
        dags: Folder of the DAGs.
        ports: TCP ports to listen on.
        bundle: Certificates of the authorities to trust, PEM.
        inherited: The environment to start from.
    """
    url = f"http://127.0.0.1:{ports.api}"
    settings = SETTINGS | {
        "CORE__DAGS_FOLDER": str(dags),
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "API__PORT": str(ports.api),
        "API__BASE_URL": url,
        "LOGGING__WORKER_LOG_SERVER_PORT": str(ports.worker_logs),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(ports.trigger_logs),
    }
    kept = {name: value for name, value in inherited.items() if not name.startswith("AIRFLOW")}
    return {
        **kept,
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        "AIRFLOW_HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", "")]),
        "NO_PROXY": "*",
        "no_proxy": "*",
        "REQUESTS_CA_BUNDLE": str(bundle),
    }
