"""
The queue of PDFs: which documents of a run need one, judging by the ledger; or, in a dry run, how many.

The backfill queues documents that were created in its window, the sync those that changed in its run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import RecordError
from upflow_provider.ledger import Ledger, Plan
from upflow_provider.ledger.pdfs import NEXT_SYNC
from upflow_provider.records.mapped import Skip
from upflow_provider.records.page import Record
from upflow_provider.records.text import is_id
from upflow_provider.runs.batches import batches
from upflow_provider.runs.containment import contained
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.incremental import LISTING_ID
from upflow_provider.stripe_to_upflow.pdfs.wanted import WantedPdfs, document_pdf
from upflow_provider.stripe_to_upflow.streams.credit_notes import CREDIT_NOTES
from upflow_provider.stripe_to_upflow.streams.invoices import INVOICES
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

log = logging.getLogger(__name__)

PDF_STREAMS = {stream.name: stream for stream in (INVOICES, CREDIT_NOTES)}
"""Streams whose documents have PDFs."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH_SIZE = 100
"""Documents that are read one by one and counted together."""
PLANNED = "planned"
"""Stands for Upflow's id of a document that a dry run has not imported."""


def queue_changes(ledger: Ledger, run: str) -> None:
    """
    Queue the documents that changed in a run of the sync, before the watermark can move.

    Nobody knows yet which of them Upflow will have: the others wait until it has them.

    Args:
        ledger: The organization's ledger.
        run: Name of the run.
    """
    for name in PDF_STREAMS:
        changed = ledger.changes.stream_changes(run, name)
        ids = [each.record_id for each in changed if each.record_id != LISTING_ID]
        ledger.pdfs.queue(name, ids, run=NEXT_SYNC, queued_at=ledger.clock.tick())


def resource_of(stream: StripeStream) -> str:
    """Return the collection of Stripe's API that a stream of documents is read from."""
    [listing] = stream.listings
    return listing.resource


@dataclass(slots=True)
class PdfQueue:
    """
    Queues the documents whose PDF Upflow lacks, or has of an earlier state.

    Attributes:
        source: Reads documents from Stripe.
        ledger: Knows which documents and PDFs Upflow has.
        run: Name of the run that queues.
        uploads_in: Run whose task uploads what is queued; see `Pdfs.queue`.
        wanted: Which PDFs are uploaded.
        report: Counts of the documents that need no PDF; in a dry run, of all documents.
        plan: In a dry run, what the tasks before would have imported; nothing is queued then.
    """

    source: StripeSource
    ledger: Ledger
    run: str
    uploads_in: str
    wanted: WantedPdfs
    report: SyncReport
    plan: Plan | None = None

    def add_created(self, window: Window, streams: Iterable[StripeStream]) -> None:
        """
        Queue the documents that were created in a window.

        Raises:
            RetriableError, FatalError: Raised by the client.
        """
        for stream in streams:
            self._add_listed(stream, window)

    def add_changed(self, window: Window) -> None:
        """
        Queue the documents that changed in a run of the sync; if it lists records, what it lists.

        A run lists open invoices once a day. So each open invoice gets its PDF, whenever it was imported.

        Raises:
            RetriableError, FatalError: Raised by the client.
        """
        if self.plan is None:
            queue_changes(self.ledger, self.run)
        else:
            self._add_read_again()
        opened = self.ledger.changes.window_of(self.run)
        if opened and opened.relisting:
            self._add_listed(INVOICES, Window(EPOCH, window.end), status="open")
        if opened and opened.relisting == "gap":
            self.add_created(window, PDF_STREAMS.values())

    def _add_listed(self, stream: StripeStream, window: Window, **filters: str) -> None:
        pages = self.source.pages(resource_of(stream), start=window.start, end=window.end, filters=filters)
        for page in pages:
            self._add(stream, [each for each in page.records if is_id(each["id"])])

    def _add_read_again(self) -> None:
        """Count the documents that changed, which a dry run reads here, and others right before the upload."""
        for stream in PDF_STREAMS.values():
            changed = self.ledger.changes.stream_changes(self.run, stream.name)
            for batch in batches(self._read(stream, (each.record_id for each in changed)), BATCH_SIZE):
                self._add(stream, batch)

    def _read(self, stream: StripeStream, external_ids: Iterable[str]) -> Iterator[Record]:
        for external_id in external_ids:
            if external_id == LISTING_ID:
                continue
            try:
                yield self.source.retrieve(resource_of(stream), external_id)
            except RecordError as error:
                log.warning("%s", error)

    def _add(self, stream: StripeStream, documents: Sequence[Record]) -> None:
        """Queue those of the documents whose PDF Upflow lacks, and count the others."""
        ids = [each["id"] for each in documents]
        known, states = self.ledger.records(stream.name, ids), self.ledger.pdfs.states(stream.name, ids)
        due: list[str] = []
        for document in documents:
            external_id = document["id"]
            upflow_id = known[external_id].upflow_id if external_id in known else None
            if upflow_id is None and self.plan and self.plan.has(stream.name, external_id):
                upflow_id = PLANNED
            counted = self._without_upload(stream, document, upflow_id, states.get(external_id))
            if counted:
                self.report.read += 1
                self.report.count(counted)
            elif self.plan:
                self.report.read += 1
                self.report.count("updated" if external_id in states else "created")
            else:
                due.append(external_id)
        self._queue(stream, due)

    def _without_upload(
        self, stream: StripeStream, document: Record, upflow_id: str | None, state: str | None
    ) -> str | None:
        """Return how to count a document that needs no upload; ``None`` for one that may need one."""
        if upflow_id is None:
            return "skipped"
        try:
            with contained(document["id"]):
                pdf = document_pdf(stream.name, document, upflow_id=upflow_id, wanted=self.wanted)
        except RecordError:
            return None  # whoever uploads it finds out again why it is unusable, and rejects it
        if isinstance(pdf, Skip):
            return "skipped"
        return "unchanged" if pdf.state == state else None

    def _queue(self, stream: StripeStream, external_ids: Sequence[str]) -> None:
        if external_ids:
            tick = self.ledger.clock.tick()
            self.ledger.pdfs.queue(stream.name, external_ids, run=self.uploads_in, queued_at=tick)
