"""How the demonstration quotes logs."""

import json

from demo.errors import readable, tail


def test_an_event_of_a_task_log_is_shown_as_level_and_text():
    """Timestamps, ids and file names of the JSON are left out."""
    line = json.dumps({"timestamp": "2026-11-20T20:00:00Z", "level": "info", "event": "syncing", "lineno": 7})

    assert list(readable(line)) == ["info    syncing"]


def test_exceptions_of_a_task_log_are_shown_without_frames():
    """People get type and message of the whole chain; the log file has the rest."""
    detail = {"exc_type": "ConfigurationError", "exc_value": "no connection", "frames": [{"lineno": 1}]}
    line = json.dumps({"level": "error", "event": "Task failed", "error_detail": [detail]})

    assert list(readable(line)) == ["error   Task failed", "        ConfigurationError: no connection"]


def test_other_lines_are_passed_on(tmp_path):
    """Components of Airflow write plain text; its end is what matters."""
    log = tmp_path / "airflow.log"
    log.write_text("scheduler | one\n[1]\nscheduler | two\n", encoding="utf-8")

    assert tail(log, lines=2) == ["[1]", "scheduler | two"]


def test_groups_of_a_task_log_are_left_out(tmp_path):
    """Airflow's marks for folding lines say nothing."""
    log = tmp_path / "attempt=1.log"
    log.write_text('{"event": "::group::Pre Execute", "level": "info"}\n{"event": "::endgroup::"}\n')

    assert tail(log) == []


def test_a_log_that_was_never_written_has_no_tail(tmp_path):
    """A task that could not start has no log."""
    assert tail(tmp_path / "missing.log") == []
