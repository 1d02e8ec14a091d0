"""Operators that bring one window of Stripe's history into Upflow, one per stream."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.organization import POOL, Pipeline
from upflow_provider.links.upflow import UpflowLink
from upflow_provider.operators.airflow_errors import airflow_errors
from upflow_provider.operators.task_cursor import TaskCursor
from upflow_provider.runs.window import Window, first_watermark
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.runs.sync_report import SyncReport

log = logging.getLogger(__name__)


class StripeToUpflowOperator(BaseOperator):
    """
    Import the records of one stream that were created in a window from Stripe into Upflow.

    Each record's current state is written under its own external id, and only if it differs from
    what was sent before, so that the task can be cleared and run again at any time, for any
    window, in any order. A retry goes on at the page where the try before it ended.

    The task does all its work first and then fails if more records were rejected than allowed;
    they wait in the ledger with their reason. What Upflow refuses because of what it settles waits for
    :class:`~upflow_provider.operators.outstanding_check.OutstandingCheckOperator` at the end of the run. Its
    return value (XCom) is the report: counts and ids, never personal data.

    :param start: first instant of the window, ISO 8601, UTC unless it says otherwise (templated)
    :param end: first instant after the window (templated)
    :param streams: names of the streams this run is about; the task is skipped when its own is
        not among them; empty for all (templated)
    :param is_dry_run: read, map and compare only, and report what would be done (templated; a boolean: a DAG
        that templates it needs ``render_template_as_native_obj``)
    :param organization: the Upflow organization: its connections, time zone and limits
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``
    """

    stream: str
    template_fields: Sequence[str] = ("start", "end", "streams", "is_dry_run")
    operator_extra_links = (UpflowLink(),)
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        start: str,
        end: str,
        streams: Sequence[str] | str = (),
        is_dry_run: bool = False,
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
        self.is_dry_run = is_dry_run
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
        from upflow_provider.runs.progress import Progress

        stream, window = STREAMS[self.stream], Window.parse(self.start, self.end)
        pipeline = Pipeline(self.organization, context, lane=self.lane, is_dry_run=self.is_dry_run)
        inputs = self._inputs(window, pipeline.ledger.organization, dry_run=pipeline.dry_run)
        cursor = TaskCursor(context, inputs)
        position, earlier = cursor.load()
        what = "planning" if pipeline.dry_run else "syncing"
        log.info("%s: %s %s%s", self.stream, what, window, ", from where the last try ended" if position else "")
        if not pipeline.dry_run:
            # Before the first read: the incremental sync begins where this window ends, or earlier.
            pipeline.ledger.stamp_watermark(first_watermark(pipeline.started_at, window.end))
        report = pipeline.sync_of(stream).run(
            pipeline.reader.pages(stream, window, position),
            progress=Progress(self.stream, window),
            report=earlier,
            checkpoint=cursor.save,
        )
        report.unclosed = pipeline.unclosed()
        if pipeline.dry_run:
            report.minutes = report.writes / pipeline.slots_per_minute
        cursor.clear()
        pipeline.save_report(self.stream, window, report.as_dict())
        return report

    def _inputs(self, window: Window, ledger: str, *, dry_run: bool) -> dict[str, Any]:
        """Name everything that a cursor is good for: another account or setting begins at the beginning."""
        return {
            "stream": self.stream,
            "window": str(window),
            "ledger": ledger,
            "settings": self.organization.of_sync,
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
    invoice recorded of it. What Stripe takes off an invoice without a record of its own (the
    customer's balance, payments out of band, a write-off) comes along.

    Parameters are those of :class:`StripeToUpflowOperator`.
    """

    stream = "invoices"


class StripeCreditNotesToUpflowOperator(StripeToUpflowOperator):
    """
    Import the credit notes created in a window, linked to their invoices; void ones are deleted.

    An invoice that Upflow lacks is imported first. Parameters are those of :class:`StripeToUpflowOperator`.
    """

    stream = "credit_notes"


class StripePaymentsToUpflowOperator(StripeToUpflowOperator):
    """
    Import the payments that were applied to invoices in a window, linked to all of their invoices.

    An invoice that Upflow lacks is imported first. Parameters are those of :class:`StripeToUpflowOperator`.
    """

    stream = "payments"


class StripeRefundsToUpflowOperator(StripeToUpflowOperator):
    """
    Import the refunds created in a window and the disputes that were lost, linked to credit notes.

    Those that failed or were won are deleted. Parameters are those of :class:`StripeToUpflowOperator`.
    """

    stream = "refunds"


OPERATORS: dict[str, type[StripeToUpflowOperator]] = {
    operator.stream: operator
    for operator in (
        StripeCustomersToUpflowOperator,
        StripeInvoicesToUpflowOperator,
        StripeCreditNotesToUpflowOperator,
        StripePaymentsToUpflowOperator,
        StripeRefundsToUpflowOperator,
    )
}
"""The operator of each stream."""


def _counts(report: SyncReport) -> dict[str, Any]:
    return {name: value for name, value in report.as_dict().items() if isinstance(value, int)}
