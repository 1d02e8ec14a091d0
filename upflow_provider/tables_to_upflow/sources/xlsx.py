"""
Spreadsheets of Excel, read by python-calamine; all of a file is in memory.

A spreadsheet has numbers where a CSV file has texts. They stay numbers, so that amounts can be read, and an id that is
a number is refused: its leading zeros are lost, if it had any. Format such columns as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.mapping.rows import Row
from upflow_provider.tables_to_upflow.sources.encoding import OpenFile
from upflow_provider.tables_to_upflow.sources.header import check_names
from upflow_provider.tables_to_upflow.sources.table_rows import extra


class XlsxRows:
    """
    The rows of the first sheet of a spreadsheet, whose first row is the header; see `TableRows`.

    Args:
        open_file: Opens the file from its beginning.

    Raises:
        ConfigurationError: The extra is not installed, the file cannot be read, or its header is not usable.
    """

    def __init__(self, open_file: OpenFile) -> None:
        self._rows = _first_sheet(extra("python_calamine", "xlsx", ".xlsx"), open_file)
        first = self._rows[0] if self._rows else []
        self._names = tuple(str(each).strip() for each in first)
        if not any(self._names):
            raise ConfigurationError(
                "the first row of the first sheet must have the names of the columns, and is empty"
            )
        check_names(self._names)
        self.header: tuple[str, ...] | None = tuple(filter(None, self._names))
        self.blank = 0

    def __iter__(self) -> Iterator[Row]:
        """Yield every row, those that cannot be used included; blank ones are only counted."""
        self.blank = 0
        for line, cells in enumerate(islice(self._rows, 1, None), 2):
            if all(map(_is_blank, cells)):
                self.blank += 1
            elif any(not _is_blank(cell) for name, cell in zip(self._names, cells, strict=True) if not name):
                yield Row(line, {}, "has a cell in a column that has no name in the header")
            else:
                yield Row(line, dict(zip(self._names, cells, strict=True)))


def _first_sheet(calamine: Any, open_file: OpenFile) -> list[list[object]]:  # noqa: ANN401 - the library
    with open_file() as file:
        content = BytesIO(file.read())
    try:
        rows: list[list[object]] = (
            calamine.CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python(skip_empty_area=False)
        )
    except (calamine.CalamineError, IndexError) as error:
        raise ConfigurationError("the file cannot be read as an xlsx spreadsheet; save it again, or as CSV") from error
    return rows


def _is_blank(cell: object) -> bool:
    return isinstance(cell, str) and not cell.strip()
