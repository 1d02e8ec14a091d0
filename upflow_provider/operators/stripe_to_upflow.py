"""Operators that bring one window of Stripe's history into Upflow, one per stream."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.links.upflow import UpflowLink
from upflow_provider.operators.cursor import TaskCursor
from upflow_provider.operators.errors import airflow_errors
from upflow_provider.settings import Organization
from upflow_provider.streams import STREAMS
from upflow_provider.window import Window

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.ledger import RunReport
    from upflow_provider.report import SyncReport

log = logging.getLogger(__name__)

POOL = "upflow_api"
"""The pool that bounds how many requests to Upflow are under way at once."""


class StripeToUpflowOperator(BaseOperator):
    """
    Import the records of one stream that were created in a window from Stripe into Upflow.

    Each record's current state is written under its own external id, and only if it differs from
    what was sent before, so that the task can be cleared and run again at any time, for any
    window, in any order. A retry goes on at the page where the try before it ended.

    The task does all its work first and then fails if more records were rejected than allowed;
    they wait in the ledger with their reason. Its return value (XCom) is the report: counts and
    ids, never personal data.

    :param start: first instant of the window, ISO 8601, UTC unless it says otherwise (templated)
    :param end: first instant after the window (templated)
    :param streams: names of the streams this run is about; the task is skipped when its own is
        not among them; empty for all (templated)
    :param plan_only: read, map and compare only, and report what would be done (templated; a boolean: a DAG
        that templates it needs ``render_template_as_native_obj``)
    :param organization: the Upflow organization: its connections, time zone and limits
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``
    """

    stream: ClassVar[str]
    template_fields: Sequence[str] = ("start", "end", "streams", "plan_only")
    operator_extra_links = (UpflowLink(),)
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        start: str,
        end: str,
        streams: Sequence[str] | str = (),
        plan_only: bool = False,
        organization: Organization | None = None,
        lane: Literal["live", "history"] = "history",
        **kwargs: Any,
    ) -> None:
        self.organization = organization or Organization()
        kwargs.setdefault("pool", POOL)
        kwargs.setdefault("pool_slots", self.organization.threads)
        kwargs.setdefault("outlets", [self.asset])
        super().__init__(**kwargs)
        self.start = start
        self.end = end
        self.streams = streams
        self.plan_only = plan_only
        self.lane: Literal["live", "history"] = lane

    @property
    def asset(self) -> Asset:
        """The asset that this task updates; its events carry the report's counts."""
        return Asset(f"upflow://{self.organization.name}/{self.stream}")

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the sync; see the class."""
        if self.streams and self.stream not in self.streams:
            raise AirflowSkipException(f"this run is about {', '.join(self.streams)} only")
        with airflow_errors():
            report = self._sync(context)
            log.info("%s: %s", self.stream, report)
            # Also when the task is about to fail for them: this is when it is wanted most.
            context["ti"].xcom_push(key="report", value=report.as_dict())
            report.check(self.organization.max_rejected)
        context["outlet_events"][self.asset].extra = _counts(report)
        return report.as_dict()

    def _sync(self, context: Context) -> SyncReport:
        # Imported here: they bring in Stripe's SDK and SQLAlchemy, which parsing a DAG must not.
        from upflow_provider.hooks.stripe import StripeHook
        from upflow_provider.hooks.upflow import UpflowHook
        from upflow_provider.importing import Importer
        from upflow_provider.ledger.budget import pace
        from upflow_provider.progress import Progress
        from upflow_provider.sync import StreamSync

        organization, stream, window = self.organization, STREAMS[self.stream], Window.parse(self.start, self.end)
        hook = UpflowHook(organization.upflow_conn_id, ledger_conn_id=organization.ledger_conn_id)
        dry_run = self.plan_only or hook.test_mode
        ledger = hook.open_ledger(organization.name)
        source = StripeHook(organization.stripe_conn_id).source
        importer = Importer(
            source=source,
            upflow=hook.get_client(lane=self.lane, read_only=dry_run),
            ledger=ledger,
            options=organization.options,
            owner=_owner(context),
        )
        cursor = TaskCursor(context, self._inputs(window, ledger.organization, dry_run=dry_run))
        position, earlier = cursor.load()
        what = "planning" if dry_run else "syncing"
        log.info("%s: %s %s%s", self.stream, what, window, ", from where the last try ended" if position else "")
        started_at = datetime.now(UTC)
        if not dry_run:
            # Before the first read: a later incremental sync begins no later than here.
            ledger.stamp_watermark(started_at)
        report = StreamSync(
            stream=stream,
            importer=None if dry_run else importer,
            ledger=ledger,
            options=organization.options,
            owner=_owner(context),
            threads=organization.threads,
        ).run(
            source.pages(stream.resource, start=window.start, end=window.end, expand=stream.expand, cursor=position),
            progress=Progress(self.stream, window),
            report=earlier,
            checkpoint=cursor.save,
        )
        if dry_run:
            report.minutes = report.writes / pace(hook.extra.requests_per_minute)
        cursor.clear()
        ledger.save_report(_run_report(context, self.stream, window, started_at, report))
        return report

    def _inputs(self, window: Window, ledger: str, *, dry_run: bool) -> dict[str, Any]:
        """Name everything that a cursor is good for: another account or setting begins at the beginning."""
        settings = self.organization.model_dump()
        return {
            "stream": self.stream,
            "window": str(window),
            "ledger": ledger,
            "settings": settings,
            "dry_run": dry_run,
        }


class StripeCustomersToUpflowOperator(StripeToUpflowOperator):
    """
    Import the customers created in a window, each with its e-mail address as main contact.

    Parameters are those of :class:`StripeToUpflowOperator`.
    """

    stream = "customers"


class StripeInvoicesToUpflowOperator(StripeToUpflowOperator):
    """
    Import the finalized invoices created in a window; drafts are skipped.

    A customer that Upflow lacks is imported first; one that was deleted in Stripe, from what the
    invoice recorded of it. Parameters are those of :class:`StripeToUpflowOperator`.
    """

    stream = "invoices"


OPERATORS: dict[str, type[StripeToUpflowOperator]] = {
    operator.stream: operator for operator in (StripeCustomersToUpflowOperator, StripeInvoicesToUpflowOperator)
}
"""The operator of each stream."""


def _owner(context: Context) -> str:
    """Name the task instance, the same on every try."""
    ti = context["ti"]
    return f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.map_index}"


def _run_report(context: Context, stream: str, window: Window, started_at: datetime, report: SyncReport) -> RunReport:
    from upflow_provider.ledger import RunReport

    ti = context["ti"]
    return RunReport(
        stream=stream,
        dag_id=ti.dag_id,
        run_id=ti.run_id,
        task_id=ti.task_id,
        window_start=window.start,
        window_end=window.end,
        started_at=started_at,
        finished_at=datetime.now(UTC),
        counts=report.as_dict(),
    )


def _counts(report: SyncReport) -> dict[str, Any]:
    return {name: value for name, value in report.as_dict().items() if isinstance(value, int)}
