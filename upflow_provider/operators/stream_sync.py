"""The sync of one stream by a task, which reads either a window or changed records."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from upflow_provider import __version__
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

    from upflow_provider.hooks.organization import OpenOrganization
    from upflow_provider.records.page import Page
    from upflow_provider.runs.window import Window
    from upflow_provider.settings import Organization
    from upflow_provider.stripe_to_upflow.incremental import Incremental
    from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

log = logging.getLogger(__name__)

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


class StreamReading(Protocol):
    """The way in which a task reads the records of its stream, and continues when it is retried."""

    @property
    def window(self) -> Window:
        """The window that the records belong to."""

    @property
    def inputs(self) -> dict[str, Any]:
        """What the cursor depends on, as JSON; if it changes, the task starts from the beginning."""

    def pages(self, cursor: dict[str, Any] | None) -> Iterable[Page]:
        """Return the pages after a cursor; all pages if it is ``None``."""

    def page_done(self, page_cursor: dict[str, Any]) -> dict[str, Any]:
        """Record that a page is done, and return the cursor to store."""

    def finish(self) -> None:
        """Record that all pages are done."""


class ChangesReading:
    """
    The records that changed in the run's window.

    :param opened: the organization
    :param incremental: the run of the incremental sync
    :param stream: the stream
    :raises UnfinishedError: the run's first task has not read the event feed to the end
    """

    def __init__(self, opened: OpenOrganization, incremental: Incremental, stream: StripeStream) -> None:
        self._opened, self._incremental, self._stream = opened, incremental, stream
        self._first_try_at = opened.ledger.clock.tick()
        self.window = incremental.window()

    @property
    def inputs(self) -> dict[str, Any]:
        """What the cursor depends on."""
        return {"run": self._opened.run, "settings": self._opened.organization.sync_settings}

    def pages(self, cursor: dict[str, Any] | None) -> Iterable[Page]:
        """Return the changed records, without those that an earlier try has done."""
        if cursor:
            self._first_try_at = datetime.fromisoformat(cursor["begun"])
        return self._incremental.pages(self._stream, self._first_try_at)

    def page_done(self, page_cursor: dict[str, Any]) -> dict[str, Any]:
        """Record that the changes of a page are done; the cursor is the tick at which the first try began."""
        self._incremental.page_done(self._stream, page_cursor)
        return {"begun": self._first_try_at.isoformat()}

    def finish(self) -> None:
        """Record that all changes of the stream are done."""
        self._incremental.stream_done(self._stream)


def existing_stream(name: str) -> str:
    """
    Return the name of a stream, if there is one of that name.

    :raises ValueError: there is none
    """
    if name not in STREAMS:
        raise ValueError(f"there is no stream {name!r}; there are {', '.join(STREAMS)}")
    return name


def sync_stream(context: Context, opened: OpenOrganization, stream: StripeStream, reading: StreamReading) -> SyncReport:
    """
    Sync the records that *reading* reads; a retry continues where the try before it ended.

    :param context: the task's context
    :param opened: the organization
    :param stream: the stream
    :param reading: how its records are read
    """
    from upflow_provider.runs.progress import Progress

    cursor = TaskCursor(context, {**reading.inputs, "dry_run": opened.is_dry_run})
    position, earlier = cursor.load()
    again = ", from where the last try ended" if position else ""
    opened.log_start(f"{stream.name}: syncing {reading.window}{again}")
    report = earlier or SyncReport(dry_run=opened.is_dry_run)

    sync, keys = opened.sync_of(stream), opened.declared_fields.metadata_keys(stream.name, is_dry_run=opened.is_dry_run)
    if keys:
        sync.stream = keys.watched(sync.stream)

    def checkpoint(page_cursor: dict[str, Any], counts: SyncReport) -> None:
        reached = reading.page_done(page_cursor)
        if keys:
            keys.keep()
        if not opened.is_dry_run:  # a retry of a dry run starts over, and so does its part of the plan
            cursor.save(reached, counts)

    try:
        sync.run(
            reading.pages(position),
            progress=Progress(stream.name, reading.window),
            report=report,
            checkpoint=checkpoint,
        )
    except BaseException:
        opened.save_report(stream.name, report.as_dict(), reading.window)  # what was written until then is known
        raise
    reading.finish()
    report.differing = opened.ledger.balances.count_differing(opened.run)
    if opened.is_dry_run:
        report.minutes = report.writes / opened.slots_per_minute
    cursor.clear()
    opened.save_report(stream.name, report.as_dict(), reading.window)
    return report


def publish(context: Context, organization: Organization, stream: str, report: SyncReport) -> dict[str, Any]:
    """
    Log a report, hand it to Airflow, and return it as JSON.

    :raises TooManyRejectedError: more records were rejected than the organization's settings allow
    """
    log.info("%s: %s", stream, report)
    counts = report.as_dict()
    # This comes before the check, because the report matters most when the task fails.
    context["ti"].xcom_push(key="report", value=counts)
    report.check(organization.max_rejected)
    return counts


def add_up_plan(context: Context, opened: OpenOrganization, names: Iterable[str]) -> dict[str, Any]:
    """
    Log and return what the tasks of a dry run have planned: requests to Upflow, and minutes.

    :param context: the task's context
    :param opened: the organization
    :param names: names of the reports that count
    """
    from upflow_provider.runs.sync_report import requests_needed

    ti: Any = context["ti"]
    in_run = [
        [each for each in opened.ledger.reports(name) if (each.dag_id, each.run_id) == (ti.dag_id, ti.run_id)]
        for name in names
    ]
    writes = sum(reports[0].counts["writes"] for reports in in_run if reports)  # the newest: that of the last try
    minutes = writes / opened.slots_per_minute
    log.info("nothing written. In all: %s", requests_needed(writes, minutes))
    return {"dry_run": True, "writes": writes, "minutes": minutes}
