"""The import history: what is kept of each file, and how the log shows it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from upflow_provider.ledger import Ledger
from upflow_provider.ledger.files import ImportedFile
from upflow_provider.runs.report import counted
from upflow_provider.tables_to_upflow.customer_file.report import FileReport

log = logging.getLogger(__name__)

COLUMNS = ("imported at (UTC)", "kind", "file", "SHA-256", "lines", "accepted", "rejected", "blank")
"""What the table in the log shows."""
DIGITS = 12
"""Digits of a hash that tell files apart for people."""


def note_earlier(report: FileReport, ledger: Ledger) -> None:
    """Say so if the same file was imported before, and note when."""
    before = ledger.files.earlier(report.kind, report.sha256)
    if before:
        report.earlier = before.imported_at.isoformat(timespec="seconds")
        counts = before.counts
        log.warning(
            "this file was imported before, at %s (%s, %s accepted, %s rejected); it is compared again",
            report.earlier,
            counted(int(counts.get("read") or 0), "line"),
            counts.get("accepted"),
            counts.get("rejected"),
        )


def keep_import(report: FileReport, ledger: Ledger, imported_at: datetime) -> None:
    """Add an import to the history, and show its latest entries."""
    ledger.files.keep(ImportedFile(imported_at, report.kind, report.name, report.sha256, report.counts))
    log.info("import history:")
    for line in table(ledger.files.latest()):
        log.info("%s", line)


def table(files: Iterable[ImportedFile]) -> Iterator[str]:
    """Yield the lines of a table of imports."""
    rows = [COLUMNS, *map(_row, files)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(COLUMNS))]
    for row in rows:
        yield " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(file: ImportedFile) -> tuple[str, ...]:
    at = file.imported_at.strftime("%Y-%m-%d %H:%M:%S")
    counts = (str(file.counts.get(name, "")) for name in ("read", "accepted", "rejected", "blank"))
    return (at, file.kind, file.name, file.sha256[:DIGITS], *counts)
