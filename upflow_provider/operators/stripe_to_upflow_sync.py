"""The operators of the incremental sync: what changed in Stripe, into Upflow, and how far we are."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from upflow_provider.errors import ConfigurationError, FatalError, UnfinishedError
from upflow_provider.hooks.organization import Pipeline
from upflow_provider.operators.airflow_errors import airflow_errors
from upflow_provider.operators.preflight import check_setup, pool_is_in_use
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.operators.task_cursor import TaskCursor
from upflow_provider.runs.window import Window
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.runs.sync_report import ChangesReport, SyncReport

log = logging.getLogger(__name__)

POOL_SEEN_S = 86_400.0
"""For how long after a request to Upflow the pool is taken to exist, in seconds."""


class StripeChangesOperator(BaseOperator):
    """
    Take the run's window and find out which records changed in it; the first task of an incremental run.

    The window is taken once: clearing this task, or any other of the run, goes through the same one again. Tasks
    of streams that nothing changed in are skipped. Settings, connections and ledger are checked first,
    and everything that is wrong is named at once. Its return value, the XCom ``report``, has counts only.

    :param organization: the Upflow organization
    :param problem: what is wrong with the organization's settings, if anything
    :param start: first instant of a window to go through again, at most 30 days ago; empty for what comes after
        the watermark (templated)
    :param end: first instant after it (templated)
    :param retry_rejected: try all rejected records again, not only those that are due (templated)
    :param is_dry_run: report only what would be done, and leave the watermark (templated)
    """

    template_fields: Sequence[str] = ("start", "end", "retry_rejected", "is_dry_run")
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        organization: Organization | None = None,
        problem: str | None = None,
        start: str | None = None,
        end: str | None = None,
        retry_rejected: bool = False,
        is_dry_run: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.organization = organization or Organization()
        self.problem = problem
        self.start = start
        self.end = end
        self.retry_rejected = retry_rejected
        self.is_dry_run = is_dry_run

    def execute(self, context: Context) -> None:
        """Read the feed; see the class."""
        with airflow_errors():
            if self.problem:
                raise ConfigurationError(self.problem)
            check_setup(self.organization)
            report = self._take(context)
            log.info("%s", report)
        context["ti"].xcom_push(key="report", value=report.as_dict())
        wanted = _wanted(report)
        context["ti"].xcom_push(key="first", value=next(iter(wanted), None))
        if wanted and not pool_is_in_use(self.organization, POOL_SEEN_S):
            wanted["pool"] = None
        needless = sorted(({"pool", *STREAMS, "closing"} - wanted.keys()) & self.downstream_task_ids)
        if needless:
            raise DownstreamTasksSkipped(tasks=needless)  # type: ignore[no-untyped-call]

    def _take(self, context: Context) -> ChangesReport:
        window = Window.parse(self.start, self.end) if self.start or self.end else None
        pipeline = Pipeline(self.organization, context, lane="live", is_dry_run=self.is_dry_run)
        return pipeline.incremental().take(window, retry_all=self.retry_rejected, dry_run=pipeline.dry_run)


def _wanted(report: ChangesReport) -> dict[str, None]:
    """Return the tasks that have something to do: of streams that changed or may turn out to have, and the check."""
    wanted: dict[str, None] = {}
    led: set[str | None] = set()
    for name, stream in STREAMS.items():  # in their order, for one leads to a later one, and that to a third
        if report.changes.get(name) or name in led:
            wanted[name] = None
            led.add(stream.leads)
    return {**wanted, "closing": None} if wanted else wanted


class StripeChangesToUpflowOperator(StripeToUpflowOperator):
    """
    Import the records of one stream that the run's first task found changed, as they are now.

    Each is read again, compared with what was sent before, and written only if it differs: an event is a
    pointer, its payload is never used. A retry goes on where the try before it ended.

    :param stream: name of the stream
    :param is_dry_run: read, map and compare only, and report what would be done (templated)
    :param organization: the Upflow organization
    """

    template_fields: Sequence[str] = ("is_dry_run",)

    def __init__(
        self, *, stream: str, is_dry_run: bool = False, organization: Organization | None = None, **kwargs: Any
    ) -> None:
        self.stream = stream
        super().__init__(start="", end="", is_dry_run=is_dry_run, organization=organization, lane="live", **kwargs)

    def _sync(self, context: Context) -> SyncReport:
        from upflow_provider.runs.progress import Progress

        stream = STREAMS[self.stream]
        pipeline = Pipeline(self.organization, context, lane=self.lane, is_dry_run=self.is_dry_run)
        incremental = pipeline.incremental()
        try:
            window = incremental.window()
        except UnfinishedError as error:
            raise AirflowSkipException(str(error)) from None
        settings = self.organization.of_sync
        cursor = TaskCursor(context, {"run": pipeline.run, "settings": settings, "dry_run": pipeline.dry_run})
        position, earlier = cursor.load()
        begun = position["begun"] if position else datetime.now(UTC).isoformat()

        def checkpoint(page_cursor: dict[str, Any], report: SyncReport) -> None:
            incremental.settled(stream, page_cursor)
            cursor.save({"begun": begun}, report)

        report = pipeline.sync_of(stream).run(
            incremental.pages(stream, datetime.fromisoformat(begun)),
            progress=Progress(self.stream, window),
            report=earlier,
            checkpoint=checkpoint,
        )
        incremental.done(stream)
        report.unclosed = pipeline.unclosed()
        if pipeline.dry_run:
            report.minutes = report.writes / pipeline.slots_per_minute
        cursor.clear()
        pipeline.save_report(self.stream, window, report.as_dict())
        return report


class WatermarkOperator(BaseOperator):
    """
    Move the watermark to the end of the run's window; the last task of an incremental run.

    It fails, and leaves the watermark, when changes of the run have no outcome yet: the next run covers them.
    It fails as well, having moved it, when another task of the run has failed, for instance because of rejected
    records, so that the run counts as failed.

    :param organization: the Upflow organization
    :param is_dry_run: leave the watermark, for a dry run did nothing (templated)
    """

    template_fields: Sequence[str] = ("is_dry_run",)
    ui_color = "#e8e4ff"

    def __init__(self, *, organization: Organization | None = None, is_dry_run: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.organization = organization or Organization()
        self.is_dry_run = is_dry_run

    def execute(self, context: Context) -> str:
        """Move the watermark and return it, ISO 8601."""
        with airflow_errors():
            pipeline = Pipeline(self.organization, context, lane="live", is_dry_run=self.is_dry_run)
            mark = pipeline.incremental().finish()
            log.info("synced until %s", mark.isoformat())
            failed = self._failed(context)
            if failed:
                raise FatalError(
                    f"failed: {', '.join(failed)}. Their logs say why. All changes of this run have their outcome and "
                    "the watermark has moved; what was rejected is tried again when it is due"
                )
        return mark.isoformat()

    def _failed(self, context: Context) -> list[str]:
        ti = context["ti"]
        others = sorted(self.upstream_task_ids)
        states = (
            ti.get_task_states(ti.dag_id, task_ids=others, run_ids=[ti.run_id]).get(ti.run_id, {}) if others else {}
        )
        return [task_id for task_id in others if states.get(task_id) == "failed"]
