"""Watches Airflow's runs until they have finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from upflow_provider.testing.demo_airflow import Airflow
from upflow_provider.testing.demo_errors import DemoError, tail
from upflow_provider.testing.demo_screen import Rate, Screen
from upflow_provider.testing.demo_totals import Totals
from upflow_provider.testing.demo_vendors import Upflow

EVERY_S = 0.5
FINISHED = {"success", "failed"}
STALL_S = 180.0
"""Seconds without any movement after which it gives up; a task's first retry comes after 60."""


class Watch:
    """
    Shows how far some runs are, and what goes wrong meanwhile.

    Args:
        airflow: Where they run.
        upflow: Where their records arrive.
        screen: Where it is shown.
        goal: What must arrive.
        clock: Seconds of a monotonic clock.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        airflow: Airflow,
        upflow: Upflow,
        screen: Screen,
        goal: Totals,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._airflow, self._upflow, self._screen, self._clock = airflow, upflow, screen, clock
        self._sleep = sleep
        self._goals = {
            stream: sum(total.count for (each, _), total in goal.items() if each == stream)
            for stream in ("customers", "invoices")
        }
        self._told: set[tuple[str, str, int]] = set()

    def until_finished(self, runs: Collection[str]) -> None:
        """
        Wait until all *runs* have finished.

        Raises:
            DemoError: One failed, or nothing moved for `STALL_S` seconds.
        """
        bars = self._screen.bars({"runs finished": len(runs), **self._goals})
        rate = Rate(self._clock)
        moved_at, before = self._clock(), None
        with bars.drawn():
            while True:
                states = {run: state for run, state in self._airflow.run_states().items() if run in runs}
                requests = self._upflow.requests()["count"]
                finished = sum(state in FINISHED for state in states.values())
                bars.show(
                    {"runs finished": finished, **self._upflow.counts()},
                    f"{rate.per_minute(requests)} requests/min",
                )
                self._tell_troubles()
                if finished == len(runs):
                    break
                if (states, requests) != before:
                    moved_at, before = self._clock(), (states, requests)
                if self._clock() - moved_at > STALL_S:
                    raise self._trouble(f"nothing has moved for {STALL_S:.0f} s")
                self._sleep(EVERY_S)
        self._check(states)

    def _tell_troubles(self) -> None:
        for task in self._airflow.troubled_tasks():
            key = task["dag_run_id"], task["task_id"], task["try_number"]
            if task["state"] == "up_for_retry" and key not in self._told:
                self._told.add(key)
                self._screen.say(
                    f"[yellow]  Task {task['task_id']} failed and will be tried again; "
                    f"log: {self._airflow.log_of(task)}[/]"
                )

    def _check(self, states: dict[str, str]) -> None:
        failed = [run for run, state in states.items() if state == "failed"]
        if failed:
            raise self._trouble(f"{len(failed)} of {len(states)} runs failed")

    def _trouble(self, problem: str) -> DemoError:
        """Return the error with what the first task in trouble wrote last."""
        tasks = sorted(self._airflow.troubled_tasks(), key=lambda task: task["start_date"] or "")
        if not tasks:
            return DemoError(problem, remedy="read the log of Airflow's scheduler", log=self._airflow.log)
        first, *others = tasks
        log = self._airflow.log_of(first)
        more = f" and {len(others)} more" if others else ""
        return DemoError(
            f"{problem}: task {first['task_id']}{more}",
            log=log,
            last=tail(log),
            remedy="do what the last error above says; the logs of all tasks are in .airflow/logs",
        )
