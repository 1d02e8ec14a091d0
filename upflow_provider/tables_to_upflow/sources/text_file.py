"""The lines of a text file, whatever ends them, in constant memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TextIO

from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.sources.encoding import FoundEncoding, OpenFile, encoding_of

LINE_LENGTH_MAX = 12_000_000
"""Characters of a line, because all of it is in memory; a longer one is an error of the file."""


class TextFile:
    """
    A text file whose encoding is known, and none of whose lines is too long.

    Args:
        open_file: Opens the file from its beginning; it is called several times.
        encoding: Its encoding, if that is known; otherwise see `encoding_of`.

    Attributes:
        encoding: Its encoding.

    Raises:
        ConfigurationError: The file is not in an encoding that can be read, or one of its lines is too long.
    """

    def __init__(self, open_file: OpenFile, encoding: str | None = None) -> None:
        self._open_file = open_file
        self.encoding: FoundEncoding = encoding_of(open_file, encoding)
        if self.encoding.longest > LINE_LENGTH_MAX:
            raise ConfigurationError(f"a line of the file has more than {LINE_LENGTH_MAX:,} characters; is it a table?")

    def open(self) -> TextIO:
        """Open the file; its lines keep their ends: LF, CRLF or CR."""
        return io.TextIOWrapper(self._open_file(), self.encoding.name, newline="")

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Yield every line with its number, from 1."""
        with self.open() as text:
            yield from enumerate(text, 1)
