"""
The upload of one PDF, done once even if the task is killed or the answer is lost.

Before it begins, the ledger notes that the PDF may be in Upflow. Whoever finds that note asks Upflow for the document,
which shows whether it has a PDF. Only if it had one before, nothing tells whether that was replaced: the PDF is then
uploaded again, and is assumed to replace what is there (https://docs.upflow.io, import of an invoice's PDF).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from upflow_provider.clients.upflow.client import BeforeSend, PdfCollection, external
from upflow_provider.errors import NewerReadError, RecordBusyError, RetriableError, UnservedError, UpflowSyncError
from upflow_provider.ledger import Ledger, Owner
from upflow_provider.ledger.pdfs import DuePdf, KnownPdf
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.pdfs.wanted import DocumentPdf

BUSY_WAIT_S = 2.0
"""Seconds before a customer is tried again that another task sends requests about."""
TRIES_MAX = 600
"""Tries of one upload while its customer is busy: twice as long as a turn lasts."""
UNANSWERED_MAX = 3
"""Uploads of one PDF in a row that get no answer and do not arrive, until the PDF is set aside."""


class UnansweredUploadError(UpflowSyncError):
    """An upload may have arrived, and only Upflow can say whether it did."""


class PdfDestination(Protocol):
    """The part of `UpflowClient` that uploads use."""

    def upload_pdf(
        self, collection: PdfCollection, ref: str, data: bytes, *, before_send: BeforeSend | None = None
    ) -> None:
        """Attach a document's PDF."""

    def get(self, collection: PdfCollection, ref: str) -> dict[str, Any]:
        """Return one document."""


class PdfSender:
    """
    Uploads PDFs; safe to use from several threads for different customers.

    Args:
        upflow: Where PDFs go.
        ledger: Knows what was begun, and has the turns of customers.
        owner: This task instance.
        sleep: Waits for a number of seconds.

    Attributes:
        is_stopped: Whether nothing more may be sent, because the task is being stopped.
    """

    def __init__(
        self, upflow: PdfDestination, ledger: Ledger, owner: Owner, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._upflow, self._ledger, self._owner, self._sleep = upflow, ledger, owner, sleep
        self.is_stopped = False

    def send(self, due: DuePdf, pdf: DocumentPdf, content: bytes, read_at: datetime) -> bool:
        """
        Upload a PDF and record it; return whether it was needed: another task may have been faster.

        Args:
            due: The document.
            pdf: Its PDF.
            content: The PDF itself.
            read_at: Tick of the read of the document.

        Raises:
            UnservedError: Several uploads got no answer, and none has arrived.
            RetriableError: Another task sends requests about the customer for longer than any turn lasts.
            UpflowSyncError: Raised by the client.
        """
        unanswered = 0
        for _ in range(TRIES_MAX):
            try:
                self._send_once(due, pdf, content, read_at, is_checked=unanswered > 0)
            except RecordBusyError:
                self._sleep(BUSY_WAIT_S)
                continue
            except NewerReadError:
                self._ledger.pdfs.pass_over(due, read_at)
                return False
            except UnansweredUploadError:
                unanswered += 1
                if not self._has_pdf(due, pdf):
                    if unanswered > UNANSWERED_MAX:
                        break
                    continue
                self._ledger.pdfs.record(due, read_at, pdf.state)
            return True
        shown = shown_id(due.external_id)
        if unanswered > UNANSWERED_MAX:
            raise UnservedError(f"{shown}: {unanswered} uploads of its PDF got no answer, and none has arrived")
        raise RetriableError(f"{shown}: other tasks send requests about its customer for longer than any turn lasts")

    def _send_once(self, due: DuePdf, pdf: DocumentPdf, content: bytes, read_at: datetime, *, is_checked: bool) -> None:
        """Upload a PDF unless it may be there already; *is_checked* says that Upflow was asked, and lacks it."""
        is_first = True

        def begin(may_arrive_late: bool) -> None:  # noqa: FBT001 - as `BeforeSend`
            nonlocal is_first
            known = self._take_turn(due, pdf, read_at)
            # An earlier upload of another state is replaced in any case.
            was_begun = is_first and known.sending == pdf.state and not is_checked
            if known.state is None and (may_arrive_late or was_begun):
                raise UnansweredUploadError(shown_id(due.external_id))
            self._ledger.pdfs.begin(due, pdf.state)
            is_first = False

        try:
            self._upflow.upload_pdf(pdf.collection, external(due.external_id), content, before_send=begin)
        finally:
            self._ledger.turns.end(pdf.customer, self._owner)
        self._ledger.pdfs.record(due, read_at, pdf.state)

    def _take_turn(self, due: DuePdf, pdf: DocumentPdf, read_at: datetime) -> KnownPdf:
        """Take the customer's turn right before a request, and return what is known by now."""
        if self.is_stopped:
            raise RetriableError(f"{shown_id(due.external_id)}: not sent, because the task is being stopped")
        if not self._ledger.turns.take(pdf.customer, self._owner):
            raise RecordBusyError(shown_id(due.external_id))
        known = self._ledger.pdfs.known(due)
        if known.state == pdf.state or (known.read_at is not None and known.read_at > read_at):
            raise NewerReadError(due.external_id)
        return known

    def _has_pdf(self, due: DuePdf, pdf: DocumentPdf) -> bool:
        """Return whether Upflow shows a PDF of a document that had none before."""
        return bool(self._upflow.get(pdf.collection, external(due.external_id)).get("pdfUrl"))
