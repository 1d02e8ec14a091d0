"""The rows of a file, by the format that the end of its name says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.mapping.rows import Row
from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile
from upflow_provider.tables_to_upflow.sources.encoding import OpenFile
from upflow_provider.tables_to_upflow.sources.json_lines import JsonLines
from upflow_provider.tables_to_upflow.sources.parquet import ParquetRows
from upflow_provider.tables_to_upflow.sources.table_rows import TableRows
from upflow_provider.tables_to_upflow.sources.xlsx import XlsxRows


class CsvRows:
    """
    The rows of a CSV file; see `TableRows`.

    Args:
        open_file: Opens the file from its beginning; it is called several times.
        encoding: Its encoding, if that is known.
        separator: What stands between its cells, if that is known.

    Attributes:
        file: The file.

    Raises:
        ConfigurationError: The file cannot be read as it is.
    """

    def __init__(self, open_file: OpenFile, encoding: str | None = None, separator: str | None = None) -> None:
        self.file = CsvFile(open_file, encoding=encoding, separator=separator)
        self.header: tuple[str, ...] | None = tuple(filter(None, self.file.header))
        self.blank = 0

    def __iter__(self) -> Iterator[Row]:
        """Yield every row, those that cannot be used included; blank lines are only counted."""
        self.blank, header = 0, self.file.header
        for line, cells, problem, is_blank in self.file.plain_lines():
            if is_blank:
                self.blank += 1
            elif problem:
                yield Row(line, {}, problem)
            else:
                yield Row(line, dict(zip(header, cells, strict=True)))


_FORMATS: dict[str, Callable[[OpenFile, str | None, str | None], TableRows]] = {
    ".csv": CsvRows,
    ".jsonl": lambda open_file, encoding, _: JsonLines(open_file, encoding),
    ".ndjson": lambda open_file, encoding, _: JsonLines(open_file, encoding),
    ".parquet": lambda open_file, *_: ParquetRows(open_file),
    ".xlsx": lambda open_file, *_: XlsxRows(open_file),
}
SUFFIXES = tuple(_FORMATS)
"""Ends of the names of files that can be read."""


def file_rows(
    name: str, open_file: OpenFile, *, encoding: str | None = None, separator: str | None = None
) -> TableRows:
    """
    Return the rows of a file.

    Args:
        name: Its name, whose end says the format: one of `SUFFIXES`, in any case.
        open_file: Opens it from its beginning; it is called several times.
        encoding: Encoding of a text file, if that is known.
        separator: What stands between the cells of a CSV file, if that is known.

    Raises:
        ConfigurationError: Nobody reads such files, an extra is not installed, or the file cannot be read as it is.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in _FORMATS:
        found = f"that ends with {suffix!r}" if suffix else "without a suffix"
        raise ConfigurationError(f"a file {found} cannot be read; it must be one of {', '.join(SUFFIXES)}")
    return _FORMATS[suffix](open_file, encoding, separator)
