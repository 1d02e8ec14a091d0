"""Airflow as the demonstration controls it: over its REST API."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.errors import DemoError, tail
from demo.http import AnswerError, Server

BACKFILL, SYNC = "stripe_to_upflow_backfill", "stripe_to_upflow_sync"
EXPORT, LINKS = "upflow_to_salesforce", "upflow_portal_links"
WRITE_BACK = "upflow_payments_to_stripe"
START_S = 300.0
"""Seconds Airflow has to start; a quick machine takes 15."""
NOT_FOUND = 404
TROUBLE = ["failed", "up_for_retry"]


class Airflow:
    """
    The REST API of a running Airflow (https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html).

    Args:
        url: Root URL of the API server.
        home: Its ``AIRFLOW_HOME``.
        log: File with the output of its components.
        alive: Raises an error when Airflow has ended; called while waiting.
        dag_id: Id of the DAG to control.
    """

    def __init__(self, url: str, home: Path, log: Path, alive: Callable[[], None], dag_id: str = BACKFILL) -> None:
        self.url, self.log, self.dag_id = url, log, dag_id
        self._server = Server(url)
        self._home = home
        self._alive = alive

    def of(self, dag_id: str) -> Airflow:
        """Return the same Airflow, for another DAG."""
        other = Airflow(self.url, self._home, self.log, self._alive, dag_id)
        other._server = self._server
        return other

    def wait_until_up(self) -> None:
        """
        Wait for the API server, and get a token.

        Raises:
            DemoError: It did not come up in time.
        """
        self._wait(lambda: self._server.get("/api/v2/monitor/health"), "Airflow did not start")
        token = self._server.get("/auth/token")["access_token"]
        self._server.headers["Authorization"] = f"Bearer {token}"

    def wait_for_dag(self) -> None:
        """
        Wait until the DAG processor has read the DAG.

        Raises:
            DemoError: The DAG's file is broken, or the DAG did not appear in time.
        """

        def parsed() -> None:
            for broken in self._server.get("/api/v2/importErrors")["import_errors"]:
                reason = broken["stack_trace"].strip().splitlines()[-1]
                raise DemoError(f"Airflow cannot read {broken['filename']}: {reason}", log=self.log)
            self._server.get(f"/api/v2/dags/{self.dag_id}")

        self._wait(parsed, f"Airflow did not find the DAG {self.dag_id}")

    def add_connection(self, connection: Mapping[str, Any]) -> None:
        """Create a connection, with port 0 as the UI's form does; else Airflow 3.3.2 refuses to test it in the UI."""
        self._server.call("POST", "/api/v2/connections", {"port": 0, **connection})

    def test_connection(self, connection: Mapping[str, Any]) -> None:
        """
        Test a connection that exists, as the Test button in the UI does.

        Raises:
            DemoError: The test fails.
        """
        sent = {name: value for name, value in connection.items() if name != "password"}  # the UI does not know it
        result = self._server.call("POST", "/api/v2/connections/test", sent)
        if not result["status"]:
            raise DemoError(f"connection {connection['connection_id']}: {result['message']}", log=self.log)

    def add_pool(self) -> None:
        """Create the pool that the DAGs need, as a person does in the UI under Admin > Pools."""
        pool = {"name": "upflow_api", "slots": 5, "description": "Concurrent requests to Upflow"}
        self._server.call("POST", "/api/v2/pools", pool)

    def backfill(self, start: datetime, end: datetime) -> list[str]:
        """
        Create a Backfill of the months that begin in ``[start, end]``, newest first, and let the DAG run.

        The DAG is still paused when the runs are created: if it were not, Airflow would start a scheduled run of last
        month as well.

        Returns:
            Ids of the runs.
        """
        backfill = {
            "dag_id": self.dag_id,
            "from_date": start.isoformat(),
            "to_date": end.isoformat(),
            "run_backwards": True,
            "max_active_runs": 2,
        }
        self._wait(
            lambda: self._server.call("POST", "/api/v2/backfills", backfill), "Airflow did not create the Backfill"
        )
        self.unpause()
        return list(self.run_states())

    def unpause(self) -> None:
        """Let the DAG run."""
        self._set_paused(is_paused=False)

    def pause(self) -> None:
        """Keep the DAG from running."""
        self._set_paused(is_paused=True)

    def unpaused_run(self) -> str:
        """
        Let the DAG run, and return the id of its first run.

        Airflow creates one at once, for the latest time of the schedule.

        Raises:
            DemoError: Airflow created none in time.
        """
        self.unpause()

        def created() -> None:
            if not self.run_states():
                raise AnswerError("there is no run yet", 0)

        self._wait(created, f"Airflow did not create a run of {self.dag_id}")
        return next(iter(self.run_states()))

    def trigger(self, conf: Mapping[str, Any], *, run_after: datetime | None = None) -> str:
        """
        Start one run by hand and return its id.

        Args:
            conf: Its Params.
            run_after: Its place among runs that wait, now by default.
        """
        body = {"logical_date": None, "conf": conf} | ({"run_after": run_after.isoformat()} if run_after else {})
        run = self._server.call("POST", f"/api/v2/dags/{self.dag_id}/dagRuns", body)
        return str(run["dag_run_id"])

    def run_states(self) -> dict[str, str]:
        """Return the state of every run of the DAG, by its id."""
        self._alive()
        runs = self._server.get(f"/api/v2/dags/{self.dag_id}/dagRuns", limit=100)["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in runs}

    def run_times(self) -> dict[str, float]:
        """Return how many seconds each finished run of the DAG took, by its id."""
        runs = self._server.get(f"/api/v2/dags/{self.dag_id}/dagRuns", limit=100)["dag_runs"]
        return {
            run["dag_run_id"]: (
                datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])
            ).total_seconds()
            for run in runs
            if run["end_date"]
        }

    def troubled_tasks(self) -> list[dict[str, Any]]:
        """Return the task instances that have failed or wait for a retry."""
        path = f"/api/v2/dags/{self.dag_id}/dagRuns/~/taskInstances"
        tasks: list[dict[str, Any]] = self._server.get(path, state=TROUBLE, limit=100)["task_instances"]
        return tasks

    def log_of(self, task: Mapping[str, Any]) -> Path:
        """Return the log of a task's latest try."""
        folder = self._home / f"logs/dag_id={self.dag_id}/run_id={task['dag_run_id']}/task_id={task['task_id']}"
        return folder / f"attempt={task['try_number']}.log"

    def link(self) -> str:
        """Return the address of the DAG's page."""
        return f"{self.url}/dags/{self.dag_id}"

    def _set_paused(self, *, is_paused: bool) -> None:
        path, state = f"/api/v2/dags/{self.dag_id}", {"is_paused": is_paused}
        self._wait(lambda: self._server.call("PATCH", path, state), f"Airflow did not pause or unpause {self.dag_id}")

    def _wait(self, ask: Callable[[], object], problem: str) -> None:
        """Ask until Airflow answers; on SQLite it may refuse while another of its components writes."""
        deadline = time.monotonic() + START_S
        while True:
            self._alive()
            try:
                ask()
            except AnswerError as error:
                if not (error.passing or error.status == NOT_FOUND):
                    raise
                if time.monotonic() > deadline:
                    raise DemoError(
                        f"{problem} within {START_S:.0f} s ({error})", log=self.log, last=tail(self.log)
                    ) from error
                time.sleep(0.3)
            else:
                return
