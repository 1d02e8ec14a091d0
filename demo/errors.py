"""Errors of the demonstration, with a remedy where there is one, and the end of the log that explains them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

TAIL = 12
"""Lines of a log to show."""


class DemoError(Exception):
    """
    The demonstration cannot go on, or its result is wrong.

    Attributes:
        problem: What happened, in one sentence.
        remedy: What to do about it, if anything is known.
        log: Log file with the details.
        last: The last lines of the log, readable.
    """

    def __init__(
        self,
        problem: str,
        *,
        remedy: str | None = None,
        log: Path | None = None,
        last: list[str] | None = None,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.log = log
        self.last = last or []


def tail(log: Path, lines: int = TAIL) -> list[str]:
    """Return the last lines of a log file; the JSON of task logs becomes text."""
    if not log.exists():
        return []
    text = log.read_text(encoding="utf-8", errors="replace")
    return [line for raw in text.splitlines() for line in readable(raw)][-lines:]


def readable(line: str) -> Iterator[str]:
    """
    Turn one line of an Airflow log into lines of text.

    Task logs are JSON: an event, and for errors a chain of exceptions; the text has their types and messages but not
    their frames. Other lines stay as they are.
    """
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        yield line.rstrip()
        return
    event = str(record.get("event", ""))
    if not event.startswith(("::group::", "::endgroup::")):
        yield f"{record.get('level', ''):<7} {event}"
    for error in record.get("error_detail") or ():
        yield f"        {error.get('exc_type')}: {error.get('exc_value')}"
