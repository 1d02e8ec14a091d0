"""The error file: the refused lines as they stand in the file, each with its reason, to correct and import again."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from typing import BinaryIO

from upflow_provider.tables_to_upflow.customer_file.checks.notes import CheckNotes
from upflow_provider.tables_to_upflow.customer_file.mapping.columns import REASON
from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile

DEFAULT_SEPARATOR = ","
"""What stands between the cell and the reason in a file of a single column."""
ENCODING = "utf-8-sig"
"""UTF-8 with a mark, by which spreadsheets recognise it."""
FURTHER_MAX = 100
"""Columns without a name, for lines that are longer than the header; the reason of a line that is longer comes last."""


def write_error_file(source: CsvFile, notes: CheckNotes, open_file: Callable[[], BinaryIO]) -> None:
    """
    Write the refused lines.

    Columns and cells are unchanged, and the column ``reason`` comes last; that of an error file which is imported again
    is left out. All lines are as long as the longest one, so that each reason stands in its column: spreadsheets fill
    short lines up.

    Args:
        source: The file.
        notes: Why lines are refused.
        open_file: Opens the file to be written.

    Raises:
        OSError: It cannot be written.
    """
    columns = _without_reason(source.header, source.header)
    longest = max((len(cells) for cells, _ in _refused(source, notes)), default=0)
    width = max(len(columns), min(longest, len(columns) + FURTHER_MAX))
    with open_file() as raw, TextIOWrapper(raw, encoding=ENCODING, newline="") as text:
        lines = csv.writer(text, delimiter=source.separator or DEFAULT_SEPARATOR, lineterminator="\n")
        lines.writerow([*_filled_up(columns, width), REASON])
        for cells, reason in _refused(source, notes):
            lines.writerow([*_filled_up(cells, width), reason])


def is_error_file(open_file: Callable[[], BinaryIO]) -> bool:
    """
    Return whether a file begins as error files do.

    Args:
        open_file: Opens the file.

    Raises:
        OSError: It cannot be read.
    """
    with open_file() as raw:
        header = raw.readline()
    text = header.decode(ENCODING, errors="replace").rstrip("\r\n")
    return header.startswith("\ufeff".encode()) and text.endswith(REASON) and len(text) > len(REASON)


def _refused(source: CsvFile, notes: CheckNotes) -> Iterator[tuple[Sequence[str], str]]:
    """Yield the cells of each refused line, without an earlier reason, and why it is refused."""
    reasons = notes.reasons()
    line, reason = next(reasons, (0, ""))
    for each in source.lines():
        if each.line == line:
            yield _without_reason(source.header, each.cells), reason
            line, reason = next(reasons, (0, ""))


def _without_reason(header: Sequence[str], cells: Sequence[str]) -> Sequence[str]:
    """Return the cells of a line without its earlier reason; all of a line that is longer than the header."""
    if REASON not in header or len(cells) > len(header):
        return cells
    return [cell for name, cell in zip(header, cells, strict=False) if name != REASON]


def _filled_up(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]
