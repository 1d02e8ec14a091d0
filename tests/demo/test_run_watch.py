"""The demonstration tells a failed run from a good one."""

import io
import itertools
import json
from pathlib import Path

import pytest
from rich.console import Console

from demo.errors import DemoError
from demo.http import AnswerError
from demo.run_watch import Watch
from demo.screen import Screen

GOALS = {"customers": 1, "invoices": 1}


class Airflow:
    """Stands in for Airflow: runs in given states, tasks in given trouble."""

    log = Path("airflow.log")

    def __init__(self, states, tasks=(), task_log=Path("missing.log")):
        self._states, self._tasks, self._task_log = states, list(tasks), task_log

    def run_states(self):
        """Return the runs' states."""
        return self._states

    def troubled_tasks(self):
        """Return the tasks in trouble."""
        return self._tasks

    def log_of(self, _task):
        """Return the one log."""
        return self._task_log


class Upflow:
    """Stands in for Upflow: nothing has arrived."""

    def requests(self):
        """Return an empty log."""
        return {"count": 0}

    def counts(self):
        """Return no records."""
        return {"customers": 0, "invoices": 0}


def watch(airflow, **options):
    """Return a watch, and what it prints."""
    printed = io.StringIO()
    screen = Screen(Console(file=printed, width=200, highlight=False))
    return Watch(airflow, Upflow(), screen, GOALS, **options), printed


def task(state, try_number=1):
    """Return a task in trouble."""
    return {
        "dag_run_id": "r1",
        "task_id": "invoices",
        "try_number": try_number,
        "state": state,
        "start_date": "2026-11-20T20:00:00Z",
    }


def test_runs_that_succeeded_are_fine():
    """Other runs of the DAG do not matter."""
    watching, printed = watch(Airflow({"r1": "success", "other": "failed"}))

    watching.until_finished(["r1"])

    assert printed.getvalue() == ""


def test_a_failed_run_is_an_error_that_quotes_the_task(tmp_path):
    """The error names the task's log and ends with what it says."""
    log = tmp_path / "attempt=1.log"
    log.write_text(json.dumps({"level": "error", "event": "3 records were rejected"}))
    watching, _ = watch(Airflow({"r1": "failed", "r2": "success"}, [task("failed")], log))

    with pytest.raises(DemoError, match="1 of 2 runs failed: task invoices") as caught:
        watching.until_finished(["r1", "r2"])

    assert caught.value.log == log
    assert caught.value.last == ["error   3 records were rejected"]


def test_a_retry_is_told_once():
    """Airflow tries again by itself, so it is no error yet; a standstill is one in the end."""
    times = itertools.count(step=50.0)
    watching, printed = watch(
        Airflow({"r1": "running"}, [task("up_for_retry")]), clock=lambda: next(times), sleep=lambda _: None
    )

    with pytest.raises(DemoError, match="there has been no progress for 180 s"):
        watching.until_finished(["r1"])

    assert printed.getvalue().count("will be tried again") == 1


def test_a_task_that_failed_again_ends_the_watch():
    """Airflow would go on trying for hours."""
    watching, _ = watch(Airflow({"r1": "running"}, [task("up_for_retry", try_number=2)]))

    with pytest.raises(DemoError, match="a task has failed repeatedly: task invoices"):
        watching.until_finished(["r1"])


def test_a_standstill_without_any_failure_quotes_airflow(tmp_path):
    """A scheduler that died leaves tasks where they are."""
    airflow = Airflow({"r1": "queued"})
    airflow.log = tmp_path / "airflow.log"
    airflow.log.write_text("scheduler | out of memory\n")
    watching, _ = watch(airflow, clock=itertools.count(step=100.0).__next__, sleep=lambda _: None)

    with pytest.raises(DemoError, match="no progress") as caught:
        watching.until_finished(["r1"])

    assert caught.value.last == ["scheduler | out of memory"]


def test_a_passing_error_of_airflow_is_waited_out():
    """On SQLite, Airflow answers 500 now and then."""
    answers = iter([AnswerError("GET /dagRuns: 500", 500), {"r1": "success"}, {"r1": "success"}])
    waits = []
    airflow = Airflow({})

    def run_states():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    airflow.run_states = run_states
    watching, _ = watch(airflow, sleep=waits.append)

    watching.until_finished(["r1"])

    assert len(waits) == 1


def test_something_that_comes_by_itself_is_waited_for():
    """Airflow starts the export when the sync has changed something; who waits, looks again and again."""
    looks = iter([False, False, True])
    waits = []
    watching, _ = watch(Airflow({"r1": "running"}), sleep=waits.append)

    watching.until(lambda: next(looks))

    assert len(waits) == 2


def test_waiting_ends_with_a_failed_run(tmp_path):
    """What a failed run was to bring does not come."""
    log = tmp_path / "attempt=1.log"
    log.write_text(json.dumps({"level": "error", "event": "Account is locked"}))
    watching, _ = watch(Airflow({"r1": "failed"}, [task("failed")], log))

    with pytest.raises(DemoError, match="a run failed: task invoices") as caught:
        watching.until(lambda: False)

    assert caught.value.last == ["error   Account is locked"]


def test_waiting_ends_where_no_run_starts_or_ends():
    """Looking again and again is no movement."""
    watching, _ = watch(Airflow({"r1": "success"}), clock=itertools.count(step=100.0).__next__, sleep=lambda _: None)

    with pytest.raises(DemoError, match="there has been no progress for 180 s"):
        watching.until(lambda: False)


def test_other_counts_than_upflows_can_be_shown():
    """The export's bars count Accounts."""
    screen = Screen(Console(file=io.StringIO(), force_terminal=True, width=200, highlight=False))
    watching = Watch(Airflow({"r1": "success"}), Upflow(), screen, {"Accounts": 3}, counts=lambda: {"Accounts": 2})

    watching.until_finished(["r1"])

    assert "2/3" in screen.console.file.getvalue()
