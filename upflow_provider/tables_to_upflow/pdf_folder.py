"""
The PDFs of a folder, each named after the external id of its invoice or credit note.

A PDF is uploaded again only if its bytes have changed: the ledger keeps a digest of what was uploaded. Before an
upload begins, the ledger notes that its outcome is not known, so that a task that dies repeats it; Upflow then replaces
the PDF (https://docs.upflow.io, import of an invoice's PDF).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from upflow_provider.clients.upflow.client import external
from upflow_provider.errors import NotFoundError, RecordError
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.pdfs import DuePdf
from upflow_provider.records.text import is_id
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.shown_ids import shown_id
from upflow_provider.tables_to_upflow.record_requests import DocumentCustomers, RecordRequests

if TYPE_CHECKING:
    from upflow_provider.clients.upflow.client import PdfCollection, UpflowClient

MAGIC = b"%PDF-"
"""The beginning of every PDF (ISO 32000)."""
RUN = "pdf folder"
"""Stands in the ledger for the run that uploads; the tasks that bring Stripe's PDFs never look for it."""


@dataclass(frozen=True, slots=True)
class PdfFile:
    """
    One file.

    Attributes:
        stem: Its name without the suffix, which is the external id of its document.
        suffix: The suffix, such as ``.pdf``.
        read: Returns its content, up to a number of bytes.
    """

    stem: str
    suffix: str
    read: Callable[[int], bytes]

    @property
    def shown(self) -> str:
        """Its name as messages show it."""
        return f"{shown_id(self.stem)}{self.suffix}"


class PdfFolder:
    """
    Uploads the PDFs of a folder.

    Args:
        collection: Whose documents they are.
        upflow: Where PDFs go.
        ledger: Keeps what was uploaded.
        requests: Sends requests one by one.
        size_max: Bytes of the largest PDF that is uploaded.
        upload_unchanged: Whether to upload PDFs that were uploaded before, such as those that somebody has removed.
    """

    def __init__(
        self,
        collection: PdfCollection,
        *,
        upflow: UpflowClient,
        ledger: Ledger,
        requests: RecordRequests,
        size_max: int,
        upload_unchanged: bool = False,
    ) -> None:
        self._collection, self._upflow, self._ledger, self._requests = collection, upflow, ledger, requests
        self._size_max, self._upload_unchanged = size_max, upload_unchanged
        self._stream = f"{RUN}:{collection}"
        self._customers = DocumentCustomers(upflow)

    def run(self, files: Iterable[PdfFile], report: SyncReport) -> None:
        """
        Upload PDFs one by one, or in a dry run count what would be uploaded.

        Args:
            files: The files.
            report: The counts are added to it: ``created`` for a first PDF, ``updated`` for one that replaces it.

        Raises:
            RetriableError, FatalError: Something stops the whole upload.
        """
        seen: set[str] = set()
        for file in files:
            report.read += 1
            upload = partial(self._upload, file, is_double=file.stem in seen, is_dry_run=report.dry_run)
            seen.add(file.stem)
            if counted_as := self._requests.attempted(file.stem, report, upload):
                report.count(counted_as)

    def _upload(self, file: PdfFile, *, is_double: bool, is_dry_run: bool) -> str:
        """Upload one PDF if that is needed, and return how to count it."""
        content = self._content(file, is_double=is_double)
        digest = sha256(content).hexdigest()
        pdf = DuePdf(self._stream, file.stem, "")
        known = self._ledger.pdfs.known(pdf)
        if known.state == digest and known.sending is None and not self._upload_unchanged:
            return "unchanged"
        customer = self._customer(file)
        if not is_dry_run:
            self._send(pdf, content, digest, customer)
        return "updated" if known.state else "created"

    def _content(self, file: PdfFile, *, is_double: bool) -> bytes:
        """Return the content of a file that can be uploaded."""
        if not is_id(file.stem):
            raise RecordError(f"{file.shown}: its name cannot be an external id; name it like IN-1.pdf")
        if is_double:
            raise RecordError(f"{file.shown}: another file has this name, too; keep one of them")
        try:
            content = file.read(self._size_max + 1)
        except OSError as error:
            raise RecordError(f"{file.shown}: cannot be read ({type(error).__name__})") from None
        if len(content) > self._size_max:
            raise RecordError(
                f"{file.shown}: has more than {self._size_max:,} bytes; raise size_max, or make it smaller"
            )
        if not content.startswith(MAGIC):
            raise RecordError(f"{file.shown}: {'is no PDF' if content else 'is empty'}")
        return content

    def _customer(self, file: PdfFile) -> str:
        """Return the external id of the customer whose document a file belongs to."""
        try:
            return self._customers.of(self._upflow.get(self._collection, external(file.stem)))
        except NotFoundError:
            what = self._collection.removesuffix("s").replace("_", " ")
            raise RecordError(f"{file.shown}: Upflow has no {what} of this external id; import it first") from None

    def _send(self, pdf: DuePdf, content: bytes, digest: str, customer: str) -> None:
        pdfs, clock, ref = self._ledger.pdfs, self._ledger.clock, external(pdf.external_id)
        pdfs.queue(pdf.stream, [pdf.external_id], run=RUN, queued_at=clock.tick())
        read_at = clock.tick()
        pdfs.begin(pdf, digest)
        self._requests.in_turn(
            customer, lambda begin: self._upflow.upload_pdf(self._collection, ref, content, before_send=begin)
        )
        pdfs.record(pdf, read_at, digest)
