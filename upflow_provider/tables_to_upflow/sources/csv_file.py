"""
CSV files, as spreadsheets and accounting systems write them, read line by line in constant memory.

Everything stays text, exactly as it stands in the file: no id, date or number is converted, no short line is padded, no
long one cut, and no column renamed. What is wrong with one line is that line's problem; what makes it doubtful where
the next line begins is an error of the whole file.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from upflow_provider.errors import ConfigurationError
from upflow_provider.runs.report import counted
from upflow_provider.tables_to_upflow.sources.encoding import OpenFile
from upflow_provider.tables_to_upflow.sources.header import SINGLE_COLUMN, header_of
from upflow_provider.tables_to_upflow.sources.quotes import Quotes
from upflow_provider.tables_to_upflow.sources.text_file import TextFile

CELL_LENGTH_MAX = 1_000_000
"""Characters of a cell."""
UNFINISHED = "unexpected end of data"
TOO_LARGE = "field larger than field limit"
REMEDY = "close it, or double it if it belongs to the text"


class CsvLine(NamedTuple):
    """
    One line of a table; it takes several lines of the file if there are line ends in its cells.

    Attributes:
        line: The line of the file in which it begins, from 1.
        cells: Its cells, unchanged; none if they cannot be told apart.
        problem: Why it cannot be used; empty if it can.
        is_blank: Whether there is no text in it.
    """

    line: int
    cells: tuple[str, ...]
    problem: str = ""
    is_blank: bool = False


class CsvFile:
    """
    A CSV file: its encoding, separator and header are known at once, and its lines are read when they are asked for.

    Python limits the length of a cell for the whole process; the limit is raised to `CELL_LENGTH_MAX` if it is lower.

    Args:
        open_file: Opens the file from its beginning; it is called several times.
        encoding: Its encoding, if that is known; otherwise see `encoding_of`.
        separator: What stands between cells, if that is known; otherwise see `header_of`.

    Attributes:
        encoding: Its encoding, with what people may check.
        separator: What stands between cells; empty if there is a single column.
        header: Names of the columns, without white space around them; empty for a column without a name.

    Raises:
        ConfigurationError: The file cannot be read as it is; the message says where, and what to do.
    """

    def __init__(self, open_file: OpenFile, *, encoding: str | None = None, separator: str | None = None) -> None:
        csv.field_size_limit(max(csv.field_size_limit(), CELL_LENGTH_MAX))
        self._file = TextFile(open_file, encoding)
        self.encoding = self._file.encoding
        with self._file.open() as text:
            self.header, self.separator, self._header_end = header_of(text, separator)
        self._nameless = [number for number, name in enumerate(self.header) if not name]

    def lines(self) -> Iterator[CsvLine]:
        """
        Yield every line after the header, those that are blank or cannot be used included.

        Raises:
            ConfigurationError: A quote is not closed, so that nobody knows where lines end.
        """
        for line, cells, problem, is_blank in self.plain_lines():
            yield CsvLine(line, tuple(cells), problem, is_blank)

    def plain_lines(self) -> Iterator[tuple[int, Sequence[str], str, bool]]:
        """Yield the attributes of each line as a plain tuple, which is faster; see `lines`."""
        with self._file.open() as text:
            deque(islice(text, self._header_end), maxlen=0)
            reader = csv.reader(text, delimiter=self.separator or SINGLE_COLUMN, strict=True)
            before, end, columns = self._header_end, self._header_end, len(self.header)
            is_plain = not self._nameless and not self.encoding.has_nul
            again = self._file.numbered()
            while True:
                try:
                    for cells in reader:
                        begin, end = end + 1, before + reader.line_num
                        if is_plain and len(cells) == columns and cells[0].strip():
                            yield begin, cells, "", False
                        else:
                            yield begin, cells, *self._judged(begin, end, cells)
                except csv.Error as error:
                    begin, end = end + 1, before + reader.line_num
                    latest = next(line for number, line in again if number == end)
                    yield begin, (), self._unreadable(begin, end, latest, str(error)), False
                else:
                    return

    def _judged(self, begin: int, end: int, cells: Sequence[str]) -> tuple[str, bool]:
        """Return the problem of a line, and whether it is blank."""
        is_blank = not any(map(str.strip, cells))
        return "" if is_blank else self._problem(begin, end, cells), is_blank

    def _problem(self, begin: int, end: int, cells: Sequence[str]) -> str:
        if len(cells) != len(self.header):
            cause = f"; it ends in line {end}, so a quote may be missing" if end > begin else ""
            return f"has {counted(len(cells), 'cell')}, the header has {len(self.header)}{cause}"
        if self.encoding.has_nul and any("\0" in cell for cell in cells):
            return "has a NUL character; remove it"
        unnamed = next((number for number in self._nameless if cells[number].strip()), None)
        return "" if unnamed is None else f"has a cell in column {unnamed + 1}, which has no name in the header"

    def _unreadable(self, begin: int, end: int, latest: str, reason: str) -> str:
        """
        Return what is wrong with a line that Python cannot read.

        Args:
            begin: The line of the file in which it begins.
            end: The line of the file in which that was noticed.
            latest: This line of the file.
            reason: What Python says.

        Raises:
            ConfigurationError: It is doubtful where the line ends.
        """
        quotes = Quotes(self.separator or SINGLE_COLUMN)
        is_too_large = reason.startswith(TOO_LARGE)
        if begin == end and reason != UNFINISHED and not quotes.is_open_after(latest):
            too_large = f"has a cell of more than {CELL_LENGTH_MAX:,} characters"
            return too_large if is_too_large else "has a quote in the middle of a cell in quotes; double it"
        if reason != UNFINISHED and not is_too_large:
            raise ConfigurationError(
                f"a quote in line {end} stands in the middle of a cell in quotes that began in line {begin} or later; "
                "a quote before it is not closed, or one within a text is not doubled"
            )
        text = (line for number, line in self._file.numbered() if begin <= number <= end)
        opened = quotes.opening_line(text, begin)
        closed = f"not closed within {CELL_LENGTH_MAX:,} characters" if is_too_large else "never closed"
        raise ConfigurationError(f"a quote opens in line {opened} and is {closed}; {REMEDY}")
