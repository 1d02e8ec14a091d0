"""The operator at the end of a run: every invoice shows in Upflow what Stripe says remains."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.organization import POOL, Pipeline
from upflow_provider.operators.airflow_errors import airflow_errors
from upflow_provider.runs.window import Window
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingReport
    from upflow_provider.stripe_to_upflow.streams.registry import Record, Stream

log = logging.getLogger(__name__)


class OutstandingCheckOperator(BaseOperator):
    """
    Check that every invoice shows as outstanding in Upflow what Stripe says remains of it.

    What the answers of the imports did not show is looked up in lists; what differs is mended with records
    of other windows, and with those that waited for the others of their run. The task fails when an
    invoice still differs; its message has the sum. Its return value (XCom) is the report.

    :param start: first instant of the run's window, for the record; without one there is nothing to check (templated)
    :param end: first instant after the window (templated)
    :param streams: names of the streams this run is about; unless they are all, the task is skipped, for what
        settles the invoices is not to be loaded (templated)
    :param is_dry_run: do nothing, for a dry run has nothing to check (templated)
    :param organization: the Upflow organization
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``
    """

    template_fields: Sequence[str] = ("start", "end", "streams", "is_dry_run")
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
        super().__init__(**kwargs)
        self.start = start
        self.end = end
        self.streams = streams
        self.is_dry_run = is_dry_run
        self.lane: Literal["live", "history"] = lane

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the check; see the class."""
        if self.streams and set(self.streams) < STREAMS.keys():
            raise AirflowSkipException(f"this run is about {', '.join(self.streams)} only")
        if not self.start:
            raise AirflowSkipException("the run has no window: see its first task")
        with airflow_errors():
            report = self._close(context)
            log.info("closing: %s", report)
            context["ti"].xcom_push(key="report", value=report.as_dict())
            report.synced.check(self.organization.max_rejected)
        return report.as_dict()

    def _close(self, context: Context) -> OutstandingReport:
        from upflow_provider.runs.progress import Progress
        from upflow_provider.stripe_to_upflow.outstanding_check import Closing, page_of

        window = Window.parse(self.start, self.end)
        pipeline = Pipeline(self.organization, context, lane=self.lane, is_dry_run=self.is_dry_run)
        if pipeline.dry_run:
            raise AirflowSkipException("a dry run writes nothing that could be checked")

        def load(stream: Stream, records: list[Record], read_at: datetime, *, reject_refused: bool) -> SyncReport:
            pages = [page_of(records, read_at)]
            return pipeline.sync_of(stream, reject_refused=reject_refused).run(
                pages, progress=Progress(stream.name, window)
            )

        report = Closing(
            source=pipeline.reader,
            upflow=pipeline.upflow,
            ledger=pipeline.ledger,
            load=load,
            options=self.organization.options,
            owner=pipeline.owner,
            run=pipeline.run,
        ).run()
        pipeline.save_report("closing", window, report.as_dict())
        return report
