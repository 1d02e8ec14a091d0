"""The page cursor of a task, which survives its retries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider import __version__
from upflow_provider.runs.sync_report import SyncReport

if TYPE_CHECKING:
    from airflow.sdk import Context

STATE_KEY = "cursor"
STATE_FORMAT = 2
"""Raised whenever cursors or the fields of reports change: states of another format are ignored."""


class TaskCursor:
    """
    Stores in Airflow's task state store how far a listing got.

    The cursor carries a fingerprint of the task's inputs and is ignored when they differ: clearing
    a task keeps its state in Airflow 3.3 and deletes it in later versions, and both must be harmless.

    :param context: the task's context
    :param inputs: what the listing depends on, as JSON
    """

    def __init__(self, context: Context, inputs: dict[str, Any]) -> None:
        self._store: Any = context["task_state_store"]
        self._fingerprint = {**inputs, "version": __version__, "format": STATE_FORMAT}

    def load(self) -> tuple[dict[str, Any] | None, SyncReport | None]:
        """Return the cursor and the counts of an earlier try; two times ``None`` to start from the beginning."""
        state = self._store.get(STATE_KEY)
        if not state or state["fingerprint"] != self._fingerprint:
            return None, None
        return state["cursor"], SyncReport.from_dict(state["report"])

    def save(self, cursor: dict[str, Any], report: SyncReport) -> None:
        """Store the cursor after a page that is done, and the counts up to it."""
        self._store.set(STATE_KEY, {"fingerprint": self._fingerprint, "cursor": cursor, "report": report.as_dict()})

    def clear(self) -> None:
        """Delete the cursor when the listing is complete, so that the next run starts from the beginning."""
        self._store.delete(STATE_KEY)
