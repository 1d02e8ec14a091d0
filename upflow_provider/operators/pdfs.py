"""The operator that brings PDFs of invoices and credit notes from Stripe to Upflow, after the money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import LIVE_THREADS_MAX, OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.stream_sync import add_up_plan, publish
from upflow_provider.runs.switches import is_on
from upflow_provider.runs.window import Window
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.pdfs.wanted import WantedPdfs
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.stripe_to_upflow.pdfs.queue import PdfQueue
    from upflow_provider.stripe_to_upflow.pdfs.upload import PdfUpload

REPORT = "pdfs"
"""Name of the task's report in the ledger."""
LIVE_TIME_LIMIT_S = 120.0
"""Seconds after which a run of the sync begins no further PDF, so that the next run is not late with the money."""


class UpflowPdfOperator(BaseOperator):
    """
    Bring the PDFs of invoices and credit notes from Stripe to Upflow.

    Only documents that Upflow has get their PDF, open invoices first. A PDF is uploaded again if number, effective
    date, total or status of its document have changed. Uploads take what other work leaves of Upflow's request budget.

    A PDF that cannot be had is rejected: the ledger keeps it with its reason, and the sync tries it again. The task
    does all its work first and then fails if more PDFs were rejected than allowed. Its return value (XCom) is the
    report: counts and ids. A dry run counts the uploads and adds up the plan of the whole run.

    :param start: first instant of the run's window; if it is empty, there is nothing to do (templated)
    :param end: first instant after the window (templated)
    :param pdfs: which PDFs to bring: ``none``, ``open`` or ``all``; if it is empty, what the organization's settings
        say (templated)
    :param streams: names of the streams that this run loads; PDFs of others are left out; empty for all (templated)
    :param is_dry_run: only count (templated)
    :param organization: the Upflow organization
    :param lane: ``history`` for the documents that were created in the window; it takes slots of the pool. ``live`` for
        those that changed in this run of the sync, and those that are due again, for two minutes at most; it takes none
    """

    template_fields: Sequence[str] = ("start", "end", "pdfs", "streams", "is_dry_run")
    ui_color = "#fff4d6"

    def __init__(
        self,
        *,
        start: str,
        end: str,
        pdfs: WantedPdfs | str = "",
        streams: Sequence[str] | str = (),
        is_dry_run: bool = False,
        organization: Organization | None = None,
        lane: Literal["live", "history"] = "history",
        **kwargs: Any,
    ) -> None:
        self.organization = organization or Organization()
        super().__init__(**with_slots(lane, self.organization.threads, kwargs))
        self.start = start
        self.end = end
        self.pdfs = pdfs
        self.streams = streams
        self.is_dry_run = is_dry_run
        self._upload: PdfUpload | None = None
        self.lane: Literal["live", "history"] = lane

    def on_kill(self) -> None:
        """Send nothing more, and give the turns of customers back; Airflow calls this before it kills the task."""
        if self._upload:
            self._upload.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Bring the PDFs; see the class."""
        from upflow_provider.runs.sync_report import SyncReport

        if not self.start:
            raise AirflowSkipException("the run has no window: see its first task")
        with airflow_errors():
            wanted = self._wanted()
            if wanted == "none":
                raise AirflowSkipException("no PDFs are wanted: see the setting pdfs, and the Param with_pdfs")
            window = Window.parse(self.start, self.end)
            opened = OpenOrganization(
                self.organization, context, lane="background", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start(f"pdfs: bringing PDFs ({wanted}) after {window}")
            report = SyncReport(dry_run=opened.is_dry_run)
            try:
                self._bring(opened, window, wanted, report)
            finally:
                opened.save_report(REPORT, report.as_dict(), window)  # what was uploaded until then is known
            if opened.is_dry_run:
                add_up_plan(context, opened, (*STREAMS, REPORT))
            return publish(context, self.organization, REPORT, report)

    def _wanted(self) -> WantedPdfs:
        wanted: Any = self.pdfs or self.organization.pdfs
        if wanted not in get_args(WantedPdfs):
            raise ConfigurationError(f"pdfs must be one of {', '.join(get_args(WantedPdfs))}")
        found: WantedPdfs = wanted
        return found

    def _bring(self, opened: OpenOrganization, window: Window, wanted: WantedPdfs, report: SyncReport) -> None:
        """Queue what the run has to upload, upload it unless the run is a dry one, and count both."""
        from upflow_provider.ledger.pdfs import NEXT_SYNC
        from upflow_provider.runs.progress import Progress

        uploads_in = NEXT_SYNC if self.lane == "live" else opened.run
        self._fill(self._queue(opened, uploads_in, wanted, report), window)
        if opened.is_dry_run:
            report.minutes = report.writes / opened.slots_per_minute
        else:
            self._upload = self._uploader(opened, wanted)
            self._upload.run(uploads_in, report, Progress(REPORT, window))

    def _queue(self, opened: OpenOrganization, uploads_in: str, wanted: WantedPdfs, report: SyncReport) -> PdfQueue:
        from upflow_provider.stripe_to_upflow.pdfs.queue import PdfQueue

        plan = opened.ledger.plan(opened.run, opened.owner) if opened.is_dry_run else None
        return PdfQueue(opened.source, opened.ledger, opened.run, uploads_in, wanted, report, plan)

    def _fill(self, queue: PdfQueue, window: Window) -> None:
        from upflow_provider.stripe_to_upflow.pdfs.queue import PDF_STREAMS

        if self.lane == "live":
            queue.add_changed(window)
        else:
            queue.add_created(
                window, [each for name, each in PDF_STREAMS.items() if not self.streams or name in self.streams]
            )

    def _uploader(self, opened: OpenOrganization, wanted: WantedPdfs) -> PdfUpload:
        from upflow_provider.hooks.stripe import StripeHook
        from upflow_provider.stripe_to_upflow.pdfs.upload import PdfUpload

        is_live = self.lane == "live"
        return PdfUpload(
            source=opened.source,
            files=StripeHook(self.organization.stripe_conn_id).get_files(),
            upflow=opened.upflow,
            ledger=opened.ledger,
            owner=opened.owner,
            wanted=wanted,
            threads=min(opened.threads, LIVE_THREADS_MAX) if is_live else opened.threads,
            time_limit_s=LIVE_TIME_LIMIT_S if is_live else None,
        )
