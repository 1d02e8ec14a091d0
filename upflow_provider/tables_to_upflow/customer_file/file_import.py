"""
The import of one file: every line is checked, then the records go to Upflow as those of any other source.

``header | CHECK every line | compare with Upflow | decide | import | record | report``
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, Self

from upflow_provider.delivery.page_decisions import Deliverer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.delivery.stream import Destination, Stream
from upflow_provider.ledger import Ledger
from upflow_provider.records.page import Page, Record
from upflow_provider.runs.batches import batches
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.report import counted
from upflow_provider.tables_to_upflow.customer_file.checks.customers import CustomerCheck
from upflow_provider.tables_to_upflow.customer_file.checks.directory import CustomerDirectory, Reader
from upflow_provider.tables_to_upflow.customer_file.checks.notes import CheckNotes
from upflow_provider.tables_to_upflow.customer_file.checks.payments import PaymentCheck
from upflow_provider.tables_to_upflow.customer_file.destination import ChangesDestination
from upflow_provider.tables_to_upflow.customer_file.header import FileHeader, Lists, read_header
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import Kind, Part
from upflow_provider.tables_to_upflow.customer_file.mapping.lines import LineParser
from upflow_provider.tables_to_upflow.customer_file.mapping.source_systems import allows
from upflow_provider.tables_to_upflow.customer_file.records import (
    CustomerChanges,
    customer_to_upflow,
    payment_records,
    payment_to_upflow,
)
from upflow_provider.tables_to_upflow.customer_file.refusals import RecordLines, refuse_lines
from upflow_provider.tables_to_upflow.customer_file.report import FileReport
from upflow_provider.tables_to_upflow.customer_file.settings import CustomerFileSettings
from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile

log = logging.getLogger(__name__)

OnError = Literal["good_lines", "nothing"]
"""What is imported if the check refuses some lines."""
NEWCOMERS = {True: "import it first", False: "your integration has to bring it, because files may not"}
"""How a customer that is new comes into Upflow, by whether files may create some."""
PAGE_SIZE = 100
"""Records on a page."""


class Client(Destination, Lists, Reader, Protocol):
    """The part of Upflow's client that an import uses."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """
    How one file is imported.

    Attributes:
        kind: What it holds.
        cells: How amounts and days are to be understood.
        settings: Those of the organization.
        synced: Names of custom fields that another system fills.
        clear_empty: Whether an empty optional cell clears what Upflow has.
        on_error: What is imported if the check refuses some lines.
        is_pasted: Whether it is a pasted text, whose first line may be no header, but personal data; names of columns
            that are not known are shown nowhere, then.
    """

    kind: Kind
    cells: CellOptions
    settings: CustomerFileSettings = field(default_factory=CustomerFileSettings)
    synced: frozenset[str] = frozenset()
    clear_empty: bool = False
    on_error: OnError = "good_lines"
    is_pasted: bool = False

    @property
    def stream(self) -> str:
        """Name of the stream in the ledger."""
        return f"file:{self.kind}"


class FileImport:
    """
    The import of one file; a context manager, which deletes its temporary files.

    Args:
        source: The file.
        options: How it is imported.
        upflow: Upflow's client.
        ledger: Where outcomes are kept.
        deliverer: Returns what imports records into a destination, or counts what an import would do.
        threads: Imports in flight.
        sleep: Waits for a number of seconds.

    Attributes:
        notes: Why lines are refused, once `run` has ended.
    """

    def __init__(
        self,
        source: CsvFile,
        options: FileOptions,
        *,
        upflow: Client,
        ledger: Ledger,
        deliverer: Callable[[Destination], Deliverer],
        threads: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source, self._options, self._upflow, self._ledger = source, options, upflow, ledger
        self._deliverer_of, self._threads, self._sleep = deliverer, threads, sleep
        self._open = ExitStack()
        self.notes = self._open.enter_context(CheckNotes())
        self._directory = self._open.enter_context(CustomerDirectory(upflow))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def run(self, report: FileReport) -> None:
        """
        Check every line, then import.

        Args:
            report: The counts are added to it, also if an error ends the import.

        Raises:
            ConfigurationError: The header is wrong, or the file holds what it may not change.
            RetriableError, FatalError: Something stops the whole import.
        """
        header = read_header(self._source.header, self._options, self._upflow, separator=self._source.separator)
        report.ignored = list(header.columns.ignored)
        log.info("%s: %s in Upflow", self._options.stream, counted(self._directory.read_customers(), "customer"))
        if self._options.kind == "payments":
            self._directory.read_invoices()
            self._directory.read_payments()
            self._import_payments(header, report)
        else:
            self._import_customers(header.with_labels(self._directory.labels), report)

    def _import_payments(self, header: FileHeader, report: FileReport) -> None:
        used = header.columns.used
        with PaymentCheck(used, self._options.cells, self._directory, self.notes, self._was_imported) as check:
            if self._check(check, report):
                sync = self._sync(Stream(self._options.stream, "payments", payment_to_upflow), self._upflow)
                read_at = self._deliver(sync, payment_records(check), report)
                self._refuse_lines(map(RecordLines.of_payment, check.payments()), read_at, report)
        self._count_lines(report)

    def _import_customers(self, header: FileHeader, report: FileReport) -> None:
        kind = self._options.kind
        may_create = allows(self._options.settings.source_system, Part.DETAILS)
        describes = kind == "customers" and may_create
        parser = LineParser(header.columns, header.references, clear_empty=self._options.clear_empty)
        with CustomerCheck(
            kind, parser, self._directory, self.notes, describes=describes, newcomers=NEWCOMERS[may_create]
        ) as check:
            if self._check(check, report):
                self._change_customers(check, CustomerChanges(check, self._directory, header.references.fields), report)
        self._count_lines(report)

    def _change_customers(self, check: CustomerCheck, changes: CustomerChanges, report: FileReport) -> None:
        stream = Stream(self._options.stream, "customers", customer_to_upflow, has_changes_only=True)
        sync = self._sync(stream, ChangesDestination(self._upflow, self._directory, self.notes))
        # Parents first: none of their children is sent before all of them are done.
        for with_parent in (False, True):
            read_at = self._deliver(sync, changes.records(with_parent=with_parent), report)
            self._refuse_lines(map(RecordLines.of_customer, check.customers(with_parent=with_parent)), read_at, report)
        report.records.read += changes.unchanged
        report.records.unchanged += changes.unchanged

    def _check(self, check: CustomerCheck | PaymentCheck, report: FileReport) -> bool:
        """Check every line, and return whether records are to be imported."""
        for line in self._source.lines():
            report.read += 1
            if line.is_blank:
                report.blank += 1
            elif line.problem:
                self.notes.refuse([line.line], line.problem)
            else:
                check.add(line.line, line.cells)
        records = check.finish()
        refused = self.notes.refused_lines()
        lines, about = counted(report.read, "line"), counted(records, "record")
        log.info("%s: %s about %s, %d refused", self._options.stream, lines, about, refused)
        report.is_imported = not refused or self._options.on_error == "good_lines"
        return report.is_imported

    def _count_lines(self, report: FileReport) -> None:
        report.rejected = self.notes.refused_lines()
        report.accepted = report.read - report.blank - report.rejected
        for (line, reason), _ in zip(self.notes.reasons(), range(20), strict=False):
            report.examples.add(f"line-{line}", reason)

    def _sync(self, stream: Stream, destination: Destination) -> StreamSync:
        deliverer = self._deliverer_of(destination)
        return StreamSync(stream, deliverer, self._ledger, self._threads, reject_refused=True, sleep=self._sleep)

    def _deliver(self, sync: StreamSync, records: Iterator[Record], report: FileReport) -> datetime:
        """Import records, and return when they were read, by which their outcomes are known."""
        read_at = self._ledger.clock.tick()
        progress = Progress(sync.stream.name, "the file")
        report.records.dry_run = sync.deliverer.is_dry_run
        pages = (Page(batch, {}, read_at, read_at) for batch in batches(records, PAGE_SIZE))
        sync.run(pages, progress=progress, report=report.records)
        return read_at

    def _refuse_lines(self, records: Iterator[RecordLines], read_at: datetime, report: FileReport) -> None:
        if not report.records.dry_run:
            refuse_lines(self.notes, self._ledger, self._options.stream, records, read_at)

    def _was_imported(self, key: str) -> bool:
        """Return whether a file has brought a record before."""
        return bool(self._ledger.records(self._options.stream, [key]))
