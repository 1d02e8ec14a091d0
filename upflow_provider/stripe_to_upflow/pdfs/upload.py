"""
The upload of all PDFs that are due in a run.

Each document is read again, because links to PDFs expire. Its PDF is downloaded only if Upflow lacks it.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from upflow_provider.clients.stripe.files import StripeFiles
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import NotFoundError, RecordError, RetriableError, UnservedRecordError
from upflow_provider.ledger import Ledger, Owner
from upflow_provider.ledger.pdfs import DuePdf
from upflow_provider.records.mapped import Skip
from upflow_provider.runs.containment import contained
from upflow_provider.runs.customer_turns import CustomerTurns
from upflow_provider.runs.outage import Outage
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.pdfs.queue import PDF_STREAMS, resource_of
from upflow_provider.stripe_to_upflow.pdfs.sender import PdfDestination, PdfSender
from upflow_provider.stripe_to_upflow.pdfs.wanted import DocumentPdf, WantedPdfs, document_pdf

log = logging.getLogger(__name__)

BATCH_SIZE = 100
"""Documents that are read from the queue at a time."""
TRIES_MAX = 10
"""How often one upload may handle a document that stays due, because it is queued again meanwhile."""

T = TypeVar("T")


class PdfUpload:
    """
    Uploads the PDFs that are due in one run.

    Args:
        source: Reads documents from Stripe.
        files: Downloads PDFs from Stripe.
        upflow: Where PDFs go.
        ledger: Knows which are due, and which Upflow has.
        owner: Name of this task instance, the same on each try.
        wanted: Which PDFs are uploaded.
        threads: Documents in flight; each has one PDF in memory.
        time_limit_s: Seconds after which no further document is begun; those that are left stay due. ``None`` for no
            limit.
        sleep: Waits for a number of seconds.
        clock: Returns the seconds of a monotonic clock.
    """

    def __init__(
        self,
        *,
        source: StripeSource,
        files: StripeFiles,
        upflow: PdfDestination,
        ledger: Ledger,
        owner: str,
        wanted: WantedPdfs,
        threads: int = 1,
        time_limit_s: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._files, self._ledger, self._owner = source, files, ledger, Owner(owner)
        self._sender = PdfSender(upflow, ledger, self._owner, sleep)
        self._wanted, self._threads, self._turns = wanted, threads, CustomerTurns()
        self._api, self._downloads, self._uploads = Outage(), Outage(), Outage()
        self._is_stopped, self._clock = threading.Event(), clock
        self._time_limit_s, self._until_s = math.inf if time_limit_s is None else time_limit_s, math.inf

    def stop(self) -> None:
        """Send nothing more and give the turns back, because Airflow ends the task."""
        self._sender.is_stopped = True
        self._is_stopped.set()
        self._ledger.claims.give_back(self._owner, may_arrive_late=False)  # turns; it has no claims

    def run(self, run: str, report: SyncReport, progress: Progress) -> None:
        """
        Upload all PDFs that are due in a run, open invoices first.

        Args:
            run: Name of the run; see `Pdfs.queue`.
            report: The counts are added to it: ``created`` for a first PDF, ``updated`` for one that replaces another,
                ``waiting`` for what the time limit leaves.
            progress: Informed after each document.

        Raises:
            RetriableError, FatalError: Raised by the clients, and no trouble of one document alone.
        """
        self._until_s = self._clock() + self._time_limit_s
        self._ledger.turns.end_earlier(self._owner)
        total = self._ledger.pdfs.count_due(run)
        try:
            self._upload_all(run, report, progress, total)
        except BaseException:
            self.stop()
            raise
        report.waiting = self._ledger.pdfs.count_due(run)
        report.read += report.waiting

    def _upload_all(self, run: str, report: SyncReport, progress: Progress, total: int) -> None:
        with ThreadPoolExecutor(self._threads, thread_name_prefix="pdfs") as pool:
            done, tries = 0, Counter[DuePdf]()
            while not self._is_over and (batch := self._ledger.pdfs.due(run, BATCH_SIZE)):
                tries.update(batch)
                if endless := [each for each in batch if tries[each] > TRIES_MAX]:
                    name = shown_id(endless[0].external_id)
                    raise RetriableError(f"PDF of {name}: it was handled {TRIES_MAX} times and is still due")
                try:
                    for counts in pool.map(self._upload, batch):
                        report.add(counts)
                        done += 1
                        progress.show(report, min(done / total, 1.0) if total else 1.0)
                except BaseException:
                    self._is_stopped.set()  # before the pool waits for what has been begun
                    raise

    @property
    def _is_over(self) -> bool:
        """Whether no further document is begun."""
        return self._is_stopped.is_set() or self._clock() >= self._until_s

    def _upload(self, due: DuePdf) -> SyncReport:
        """Upload one PDF, and return the counts; none if the time is over."""
        report = SyncReport()
        if self._is_over:
            return report
        report.read = 1
        try:
            with contained(due.external_id):
                report.count(self._bring(due))
        except RecordError as error:
            log.warning("rejected PDF: %s", error)
            self._ledger.pdfs.reject(due, error, may_have_arrived=isinstance(error, UnservedRecordError))
            report.reject(due.external_id, str(error))
        return report

    def _bring(self, due: DuePdf) -> str:
        """Bring one PDF from Stripe to Upflow if Upflow lacks it, and return how to count it."""
        pdfs, read_at = self._ledger.pdfs, self._ledger.clock.tick()
        pdf = self._read(due)
        if isinstance(pdf, Skip):
            pdfs.pass_over(due, read_at, pdf.reason)
            return "skipped"
        known = pdfs.known(due)
        if known.state == pdf.state:
            pdfs.pass_over(due, read_at)
            return "unchanged"
        what = f"PDF of {shown_id(due.external_id)}"
        content = self._served(self._downloads, due, lambda: self._files.pdf(pdf.link, what))
        with self._turns.turn(pdf.customer):
            send = partial(self._sender.send, due, pdf, content, read_at)
            if not self._served(self._uploads, due, send, pdf.customer):
                return "unchanged"
        return "updated" if known.state else "created"

    def _read(self, due: DuePdf) -> DocumentPdf | Skip:
        stream = PDF_STREAMS[due.stream]
        try:
            document = self._served(self._api, due, lambda: self._source.retrieve(resource_of(stream), due.external_id))
        except NotFoundError:
            return Skip("not in Stripe")
        return document_pdf(stream.name, document, upflow_id=due.upflow_id, wanted=self._wanted)

    @staticmethod
    def _served(vendor: Outage, due: DuePdf, call: Callable[[], T], customer: str = "") -> T:
        """Return what a call returns; its failure is that of one document, unless the vendor fails at several."""
        with vendor.watched(due.external_id, customer):
            answer = call()
        vendor.served()
        return answer
