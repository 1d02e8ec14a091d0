"""Wait for Airflow's runs, and show their progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

from demo.airflow import Airflow
from demo.errors import DemoError, tail
from demo.http import AnswerError
from demo.screen import Bars, Rate, Screen
from demo.vendors import Upflow

EVERY_S = 0.5
FINISHED = {"success", "failed"}
FAILURES = 2
"""Failures of one task after which Airflow's further retries are not waited for."""
STALL_S = 180.0
"""Seconds without progress after which the demonstration gives up."""


class Watch:
    """
    Shows the progress of some runs, and their failures.

    Args:
        airflow: The Airflow and the DAG of the runs.
        upflow: The Upflow that receives their requests.
        screen: Where to show progress.
        goals: What is counted, and its final number.
        counts: Returns the current numbers; by default those of Upflow.
        clock: Seconds of a monotonic clock.
        sleep: Waits some seconds.
    """

    def __init__(
        self,
        airflow: Airflow,
        upflow: Upflow,
        screen: Screen,
        goals: Mapping[str, int],
        *,
        counts: Callable[[], Mapping[str, int]] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._airflow, self._upflow, self._screen = airflow, upflow, screen
        self._clock, self._sleep = clock, sleep
        self._goals, self._counts = goals, counts or upflow.counts
        self._rate = Rate(clock)
        self._progress_at, self._last_seen = clock(), ""
        self._reported: set[tuple[str, str]] = set()

    def until_finished(self, runs: Collection[str]) -> None:
        """
        Wait until all *runs* have finished.

        Raises:
            DemoError: A run failed, a task failed repeatedly, or there was no progress.
        """
        bars = self._screen.bars({"runs finished": len(runs), **self._goals})
        with bars.drawn():
            while not self._patiently(lambda: self._have_finished(runs, bars)):
                self._sleep(EVERY_S)
        failed = [run for run, state in self._states(runs).items() if state == "failed"]
        if failed:
            raise self._trouble(f"{len(failed)} of {len(runs)} runs failed")

    def until(self, is_done: Callable[[], bool]) -> None:
        """
        Wait until a condition holds, which runs that Airflow starts by itself must bring about.

        Raises:
            DemoError: A run failed, a task failed repeatedly, or no run started or ended any more.
        """

        def look() -> bool:
            states = self._airflow.run_states()
            if "failed" in states.values():
                raise self._trouble("a run failed")
            self._report_failures()
            self._expect_progress(str(states))
            return is_done()

        while not self._patiently(look):
            self._sleep(EVERY_S)

    def _states(self, runs: Collection[str]) -> dict[str, str]:
        return {run: state for run, state in self._airflow.run_states().items() if run in runs}

    def _patiently(self, look: Callable[[], bool]) -> bool:
        """Return the result of a look; ``False`` when a server does not answer at the moment."""
        try:
            return look()
        except AnswerError as error:
            if not error.passing:
                raise
            self._expect_progress(self._last_seen)
            return False

    def _have_finished(self, runs: Collection[str], bars: Bars) -> bool:
        """Show the progress of the runs, and return whether all have finished."""
        states, requests = self._states(runs), self._upflow.requests()["count"]
        finished = sum(state in FINISHED for state in states.values())
        counts = {"runs finished": finished, **self._counts()}
        bars.show(counts, f"{self._rate.per_minute(requests)} requests/min")
        self._report_failures()
        self._expect_progress(f"{states} {requests}")
        return finished == len(runs)

    def _report_failures(self) -> None:
        """Report once each task that failed and will be retried; give up when it has failed again."""
        for task in self._airflow.troubled_tasks():
            key = task["dag_run_id"], task["task_id"]
            if task["try_number"] >= FAILURES:
                raise self._trouble("a task has failed repeatedly")
            if task["state"] == "up_for_retry" and key not in self._reported:
                self._reported.add(key)
                log = self._airflow.log_of(task)
                self._screen.say(f"[yellow]  Task {task['task_id']} failed and will be tried again: {log}[/]")

    def _expect_progress(self, seen: str) -> None:
        now = self._clock()
        if seen != self._last_seen:
            self._progress_at, self._last_seen = now, seen
        if now - self._progress_at > STALL_S:
            raise self._trouble(f"there has been no progress for {STALL_S:.0f} s")

    def _trouble(self, problem: str) -> DemoError:
        """Return the error, with the end of the log of the task that failed first."""
        tasks = sorted(self._airflow.troubled_tasks(), key=lambda task: task["start_date"] or "")
        if not tasks:
            return DemoError(problem, log=self._airflow.log, last=tail(self._airflow.log))
        first, *others = tasks
        log = self._airflow.log_of(first)
        more = f" and {len(others)} more" if others else ""
        return DemoError(
            f"{problem}: task {first['task_id']}{more}",
            log=log,
            last=tail(log),
            remedy="follow the last error above; the logs of all tasks are in .airflow/logs",
        )
