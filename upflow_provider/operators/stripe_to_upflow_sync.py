"""The operators of the incremental sync, which imports records that changed in Stripe and moves the watermark."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from upflow_provider.errors import FatalError, UnfinishedError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.links.upflow import UpflowLink
from upflow_provider.operators.setup_check import check_params, check_setup, ledger_of
from upflow_provider.operators.stream_sync import ChangesReading, existing_stream, publish, sync_stream
from upflow_provider.runs.switches import is_on
from upflow_provider.runs.window import Window
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.stripe_to_upflow.changes_report import ChangesReport

log = logging.getLogger(__name__)

WITH_STREAMS = ("custom_fields", "closing", "assets")
"""Tasks that have something to do if a stream has."""
PDF_TASK = "pdfs"
"""Task that has something to do if documents changed, or if PDFs are due from before."""


class StripeChangesOperator(BaseOperator):
    """
    Open the run's window and find out which records changed in it; the first task of an incremental run.

    The window is opened once: when this task, or any other of the run, is cleared, it works on the same window. Tasks
    of streams in which nothing changed are skipped. Settings, connections and ledger are checked first, and all
    problems are reported at once. The XCom ``report`` contains only counts and instants.

    :param organization: the Upflow organization
    :param start: first instant of a window to replay, at most 30 days ago; empty for the window after the watermark
        (templated)
    :param end: first instant after it (templated)
    :param retry_rejected: try all rejected records again, not only those that are due (templated)
    :param is_dry_run: only report what would be done, and leave the watermark (templated)
    :param peers: organizations whose accounts must be others
    """

    template_fields: Sequence[str] = ("start", "end", "retry_rejected", "is_dry_run")
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        organization: Organization | None = None,
        start: str | None = None,
        end: str | None = None,
        retry_rejected: bool = False,
        is_dry_run: bool = False,
        peers: Sequence[Organization] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.organization = organization or Organization()
        self.peers = peers
        self.start = start
        self.end = end
        self.retry_rejected = retry_rejected
        self.is_dry_run = is_dry_run

    def execute(self, context: Context) -> None:
        """Read the feed; see the class."""
        with airflow_errors():
            checks = [lambda: check_params(context, self.get_dag()), self._window]
            check_setup(self.organization, checks=checks, peers=self.peers)
            opened = OpenOrganization(
                self.organization, context, lane="live", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start("changes: reading Stripe's events")
            report = opened.incremental().open_window(
                self._window(), retry_all=is_on("retry_rejected", self.retry_rejected), dry_run=opened.is_dry_run
            )
            log.info("%s", report)
            to_run = _tasks_to_run(report) | self._pdfs_to_run(opened, report)
        context["ti"].xcom_push(key="report", value=report.as_dict())
        if report.relisting and not opened.is_dry_run:
            to_run["inventory"] = None
        later = self.get_flat_relative_ids(upstream=False)
        to_skip = sorted(({*STREAMS, *WITH_STREAMS, PDF_TASK, "inventory"} - to_run.keys()) & later)
        if to_skip:
            raise DownstreamTasksSkipped(tasks=to_skip)  # type: ignore[no-untyped-call]

    def _pdfs_to_run(self, opened: OpenOrganization, report: ChangesReport) -> dict[str, None]:
        """Queue PDFs, unless the run is a dry one, and return the id of their task if it has something to do."""
        from upflow_provider.ledger.pdfs import NEXT_SYNC
        from upflow_provider.stripe_to_upflow.pdfs.queue import PDF_STREAMS, queue_changes

        if self.organization.pdfs == "none":
            return {}
        pdfs = opened.ledger.pdfs
        if not opened.is_dry_run:
            queue_changes(opened.ledger, opened.run)
            if is_on("retry_rejected", self.retry_rejected):
                pdfs.retry_rejected()
        is_due = any(report.changes.get(name) for name in PDF_STREAMS) or pdfs.count_due(NEXT_SYNC) > 0
        return {PDF_TASK: None} if is_due else {}

    def _window(self) -> Window | None:
        if not self.start and not self.end:
            return None
        window = Window.parse(self.start, self.end)
        window.check_past(ledger_of(self.organization).clock.now())
        return window


def _tasks_to_run(report: ChangesReport) -> dict[str, None]:
    """Return the ids of tasks that have something to do: streams with changes, and what goes with them."""
    to_run: dict[str, None] = {}
    related: set[str | None] = set()
    # In the order of the streams, because a change may be related to one of a later stream, and so on.
    for name, stream in STREAMS.items():
        if report.changes.get(name) or name in related:
            to_run[name] = None
            related.add(stream.related_stream)
    return {**to_run, **dict.fromkeys(WITH_STREAMS)} if to_run else to_run


class StripeChangesToUpflowOperator(BaseOperator):
    """
    Import the changed records of one stream, which the run's first task has found, as they are now.

    Each is read again, compared with what was sent before, and written only if it differs; payloads of events
    are never used. A retry continues where the try before it ended.

    :param stream: name of the stream
    :param is_dry_run: only read, map, compare and report what would be done (templated)
    :param organization: the Upflow organization
    """

    template_fields: Sequence[str] = ("is_dry_run",)
    operator_extra_links = (UpflowLink(),)
    ui_color = "#e8e4ff"

    def __init__(
        self, *, stream: str, is_dry_run: bool = False, organization: Organization | None = None, **kwargs: Any
    ) -> None:
        self.stream = existing_stream(stream)
        self.organization = organization or Organization()
        super().__init__(**kwargs)
        self.is_dry_run = is_dry_run
        self._opened: OpenOrganization | None = None

    def on_kill(self) -> None:
        """Give back what the task has claimed; Airflow calls this before it kills the task."""
        if self._opened:
            self._opened.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the sync; see the class."""
        _skip_without_window(self, context)
        stream = STREAMS[self.stream]
        with airflow_errors():
            opened = self._opened = OpenOrganization(
                self.organization, context, lane="live", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            try:
                reading = ChangesReading(opened, opened.incremental(), stream)
            except UnfinishedError as error:
                raise AirflowSkipException(str(error)) from None
            report = sync_stream(context, opened, stream, reading)
            return publish(context, self.organization, self.stream, report)


class WatermarkOperator(BaseOperator):
    """
    Move the watermark to the end of the run's window; the last task of an incremental run.

    If changes of the run have no outcome yet, it fails and leaves the watermark; the next run covers them. If another
    task of the run has failed, for example because of rejected records, it moves the watermark and then fails, so
    that the run counts as failed.

    :param organization: the Upflow organization
    :param is_dry_run: leave the watermark, because a dry run did nothing (templated)
    """

    template_fields: Sequence[str] = ("is_dry_run",)
    ui_color = "#e8e4ff"

    def __init__(self, *, organization: Organization | None = None, is_dry_run: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.organization = organization or Organization()
        self.is_dry_run = is_dry_run

    def execute(self, context: Context) -> str:
        """Move the watermark and return it, ISO 8601."""
        _skip_without_window(self, context)
        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane="live", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            incremental = opened.incremental()
            mark = incremental.finish()
            if opened.is_dry_run:
                end = incremental.window().end
                log.info("would be synced until %s; nothing was written, and the watermark stays", end.isoformat())
            else:
                log.info("synced until %s", mark.isoformat())
            failed = self._failed(context)
            if failed:
                raise FatalError(
                    f"failed: {', '.join(failed)}. Their logs say why. All changes of this run have their outcome and "
                    "the watermark has moved; rejected records are tried again when they are due"
                )
        return mark.isoformat()

    def _failed(self, context: Context) -> list[str]:
        states = _states(context, self.get_flat_relative_ids(upstream=True))
        return sorted(task_id for task_id, state in states.items() if state == "failed")


def _skip_without_window(task: BaseOperator, context: Context) -> None:
    """Skip a task if the first one failed, whose log says what has to be done: nothing else would go right either."""
    earlier = task.get_flat_relatives(upstream=True)
    first = {each.task_id for each in earlier if isinstance(each, StripeChangesOperator)}
    if "failed" in _states(context, first).values():
        raise AirflowSkipException(f"the run has no window: see the log of task {', '.join(first)}")


def _states(context: Context, task_ids: Collection[str]) -> dict[str, Any]:
    """Return the states of tasks of this run."""
    ti: Any = context["ti"]
    states: dict[str, dict[str, Any]] = ti.get_task_states(ti.dag_id, task_ids=sorted(task_ids), run_ids=[ti.run_id])
    found = states.get(ti.run_id, {})
    return {each: found.get(each) for each in task_ids}  # asked about no task, Airflow tells of all
