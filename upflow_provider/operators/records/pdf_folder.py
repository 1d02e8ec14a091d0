"""The operator that uploads the PDFs of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import ObjectStoragePath

from upflow_provider.errors import ConfigurationError
from upflow_provider.operators.records.named_records import _NamedRecordsOperator
from upflow_provider.runs.switches import is_on

if TYPE_CHECKING:
    from upflow_provider.clients.upflow.client import PdfCollection
    from upflow_provider.hooks.organization import OpenOrganization
    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.tables_to_upflow.pdf_folder import PdfFile
    from upflow_provider.tables_to_upflow.record_requests import RecordRequests

PDF_COLLECTIONS = ("invoices", "credit_notes")
"""Collections whose documents may have a PDF."""
SIZE_MAX = 10 * 1024 * 1024
"""Bytes of the largest PDF that is uploaded by default; Upflow's own limit is not documented."""


class UpflowUploadPdfOperator(_NamedRecordsOperator):
    """
    Upload the PDFs of a folder to their invoices or credit notes.

    A file is named after the external id of its document, such as ``IN-1.pdf``. A file that is no PDF, is empty or too
    large, or whose document Upflow does not have is rejected with its name; the others are uploaded one by one. A file
    is uploaded again only if its bytes have changed since this operator uploaded it, whoever has removed it in Upflow
    meanwhile.

    The task does all its work first and then fails if more files were rejected than the organization's
    ``max_rejected`` allows. Its return value (XCom) is the report: counts and ids.

    :param folder: the folder, as Airflow's ``ObjectStoragePath`` takes it (templated)
    :param pattern: which of its files: ``*.pdf`` for those of the folder itself, ``**/*.pdf`` for those below as well
        (templated)
    :param folder_conn_id: connection of the folder's storage (templated)
    :param collection: ``invoices`` or ``credit_notes``
    :param size_max: bytes of the largest PDF that is uploaded
    :param upload_unchanged: upload files that have not changed, too (templated)
    """

    template_fields: Sequence[str] = ("folder", "pattern", "folder_conn_id", "upload_unchanged", "is_dry_run")
    ui_color = "#fff4d6"
    report_name = "pdf_folder"

    def __init__(
        self,
        *,
        folder: str,
        pattern: str = "*.pdf",
        folder_conn_id: str | None = None,
        collection: PdfCollection = "invoices",
        size_max: int = SIZE_MAX,
        upload_unchanged: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if collection not in PDF_COLLECTIONS:
            raise ValueError(f"{self.task_id}: collection must be one of {', '.join(PDF_COLLECTIONS)}")
        self.folder, self.pattern, self.folder_conn_id = folder, pattern, folder_conn_id
        self.collection, self.size_max = collection, size_max
        self.upload_unchanged = upload_unchanged

    def _run(self, opened: OpenOrganization, requests: RecordRequests, report: SyncReport) -> None:
        from upflow_provider.tables_to_upflow.pdf_folder import PdfFolder

        opened.log_start(f"{self.task_id}: uploading the PDFs of a folder to {self.collection}")
        folder = PdfFolder(
            self.collection,
            upflow=opened.upflow,
            ledger=opened.ledger,
            requests=requests,
            size_max=self.size_max,
            upload_unchanged=is_on("upload_unchanged", self.upload_unchanged),
        )
        folder.run(self._files(), report)

    def _files(self) -> Iterator[PdfFile]:
        from upflow_provider.tables_to_upflow.pdf_folder import PdfFile

        folder = ObjectStoragePath(self.folder, conn_id=self.folder_conn_id)
        if not folder.is_dir():
            raise ConfigurationError(
                f"the folder {self.folder!r} does not exist or has no files; check the path, and folder_conn_id"
            )
        for path in sorted(folder.glob(self.pattern), key=str):
            yield PdfFile(path.stem, path.suffix, partial(_content, path))


def _content(path: ObjectStoragePath, size_max: int) -> bytes:
    with path.open("rb") as file:  # type: ignore[no-untyped-call]
        content: bytes = file.read(size_max)
    return content
