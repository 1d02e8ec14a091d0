"""A file as it is when its import begins: copied once, so that nobody changes it meanwhile."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self, cast

CHUNK = 1 << 20
"""Bytes that are read at once."""


class InputFile:
    """
    A temporary copy of a file, which only this process can read; a context manager, which deletes it.

    Args:
        open_file: Opens the file.
        name: Its name, for people.

    Attributes:
        name: As given.
        sha256: SHA-256 of its bytes, 64 hexadecimal digits.
    """

    def __init__(self, open_file: Callable[[], BinaryIO], name: str) -> None:
        self.name, self._folder = name, tempfile.TemporaryDirectory(prefix="upflow-file-")
        self._copy = Path(self._folder.name, "copy")
        digest = hashlib.sha256()
        with open_file() as source, self._copy.open("wb") as copy:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        self.sha256 = digest.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()

    def open(self) -> BinaryIO:
        """Open the copy."""
        return cast("BinaryIO", self._copy.open("rb"))
