"""The operators of the incremental sync, which imports records that changed in Stripe and moves the watermark."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped

from upflow_provider.errors import FatalError, UnfinishedError
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.links.upflow import UpflowLink
from upflow_provider.operators.airflow_errors import airflow_errors
from upflow_provider.operators.preflight import check_setup
from upflow_provider.operators.stream_sync import asset_of, existing_stream, publish, sync_stream, task_defaults
from upflow_provider.runs.window import Window
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

    from upflow_provider.records.page import Page
    from upflow_provider.stripe_to_upflow.changes_report import ChangesReport
    from upflow_provider.stripe_to_upflow.incremental import Incremental
    from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

log = logging.getLogger(__name__)

POOL_USE_TRUST_S = 86_400.0
"""Seconds after a request to Upflow during which the pool is assumed to exist."""


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
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.organization = organization or Organization()
        self.start = start
        self.end = end
        self.retry_rejected = retry_rejected
        self.is_dry_run = is_dry_run

    def execute(self, context: Context) -> None:
        """Read the feed; see the class."""
        with airflow_errors():
            check_setup(self.organization)
            opened = OpenOrganization(self.organization, context, lane="live", is_dry_run=self.is_dry_run)
            report = self._open_window(opened)
            log.info("%s", report)
        context["ti"].xcom_push(key="report", value=report.as_dict())
        to_run = _tasks_to_run(report)
        if report.relisting and not opened.is_dry_run:
            to_run["inventory"] = None
        context["ti"].xcom_push(key="first", value=next(iter(to_run), None))
        if to_run and not opened.is_in_use(POOL_USE_TRUST_S):
            to_run["pool"] = None
        to_skip = sorted(({"pool", *STREAMS, "closing", "inventory"} - to_run.keys()) & self.downstream_task_ids)
        if to_skip:
            raise DownstreamTasksSkipped(tasks=to_skip)  # type: ignore[no-untyped-call]

    def _open_window(self, opened: OpenOrganization) -> ChangesReport:
        window = Window.parse(self.start, self.end) if self.start or self.end else None
        return opened.incremental().open_window(window, retry_all=self.retry_rejected, dry_run=opened.is_dry_run)


def _tasks_to_run(report: ChangesReport) -> dict[str, None]:
    """Return the ids of tasks that have something to do: streams with changes or related changes, and the check."""
    to_run: dict[str, None] = {}
    related: set[str | None] = set()
    # In the order of the streams, because a change may be related to one of a later stream, and so on.
    for name, stream in STREAMS.items():
        if report.changes.get(name) or name in related:
            to_run[name] = None
            related.add(stream.related_stream)
    return {**to_run, "closing": None} if to_run else to_run


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
        super().__init__(**task_defaults(self.organization, stream, kwargs))
        self.is_dry_run = is_dry_run
        self._opened: OpenOrganization | None = None

    @property
    def asset(self) -> Asset:
        """The asset that this task updates; its events carry the report's counts."""
        return asset_of(self.organization, self.stream)

    def on_kill(self) -> None:
        """Give back what the task has claimed; Airflow calls this before it kills the task."""
        if self._opened:
            self._opened.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the sync; see the class."""
        stream = STREAMS[self.stream]
        with airflow_errors():
            opened = self._opened = OpenOrganization(
                self.organization, context, lane="live", is_dry_run=self.is_dry_run
            )
            try:
                reading = ChangesReading(opened, opened.incremental(), stream)
            except UnfinishedError as error:
                raise AirflowSkipException(str(error)) from None
            report = sync_stream(context, opened, stream, reading)
            return publish(context, self.organization, self.stream, report)


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
        with airflow_errors():
            opened = OpenOrganization(self.organization, context, lane="live", is_dry_run=self.is_dry_run)
            mark = opened.incremental().finish()
            log.info("synced until %s", mark.isoformat())
            failed = self._failed(context)
            if failed:
                raise FatalError(
                    f"failed: {', '.join(failed)}. Their logs say why. All changes of this run have their outcome and "
                    "the watermark has moved; rejected records are tried again when they are due"
                )
        return mark.isoformat()

    def _failed(self, context: Context) -> list[str]:
        ti = context["ti"]
        others = sorted(self.upstream_task_ids)
        states = (
            ti.get_task_states(ti.dag_id, task_ids=others, run_ids=[ti.run_id]).get(ti.run_id, {}) if others else {}
        )
        return [task_id for task_id in others if states.get(task_id) == "failed"]
