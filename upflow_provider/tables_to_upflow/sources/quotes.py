"""Quotes around the cells of a CSV file: which of them opens, and whether it is closed."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Quotes:
    """
    The quotes of a file with a certain separator.

    A quote opens at the beginning of a cell, and is closed by one at the end of a cell; a doubled one belongs to the
    text.

    Args:
        separator: What stands between cells.
    """

    def __init__(self, separator: str) -> None:
        cell_end = rf"(?={re.escape(separator)}|[\r\n]|\Z)"
        self._opening = re.compile(rf'(?:\A|{re.escape(separator)})"')
        self._up_to_closing = re.compile(rf'(?:[^"]++|""|"(?!{cell_end}))*+"')

    def is_open_after(self, line: str) -> bool:
        """Return whether a quote is open at the end of a line, at whose beginning none is."""
        return self.opening_line([line], 1) > 0

    def opening_line(self, text: Iterable[str], first: int) -> int:
        """Return the line in which the quote opens that is open in the end, counted from *first*; 0 if none is."""
        opened = 0
        for number, line in enumerate(text, first):
            opened = self._opened(line, opened, number)
        return opened

    def _opened(self, line: str, opened: int, number: int) -> int:
        """Return the line of the quote that is open at the end of a line; 0 if none is."""
        place = 0
        while True:
            found = (self._up_to_closing.match if opened else self._opening.search)(line, place)
            if found is None:
                return opened
            opened, place = (0 if opened else number), found.end()
