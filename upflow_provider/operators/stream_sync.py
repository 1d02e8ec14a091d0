"""The sync of one stream by a task, which reads either a window or changed records."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

from upflow_provider.operators.task_cursor import TaskCursor
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

    from upflow_provider.hooks.organization import OpenOrganization
    from upflow_provider.records.page import Page
    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.runs.window import Window
    from upflow_provider.settings import Organization
    from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

log = logging.getLogger(__name__)


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
    from upflow_provider.runs.sync_report import SyncReport

    cursor = TaskCursor(context, {**reading.inputs, "dry_run": opened.is_dry_run})
    position, earlier = cursor.load()
    again = ", from where the last try ended" if position else ""
    opened.log_start(f"{stream.name}: syncing {reading.window}{again}")
    report = earlier or SyncReport(dry_run=opened.is_dry_run)

    def checkpoint(page_cursor: dict[str, Any], counts: SyncReport) -> None:
        reached = reading.page_done(page_cursor)
        if not opened.is_dry_run:  # a retry of a dry run starts over, and so does its part of the plan
            cursor.save(reached, counts)

    try:
        opened.sync_of(stream).run(
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
