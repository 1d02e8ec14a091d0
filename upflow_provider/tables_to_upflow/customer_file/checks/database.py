"""A temporary SQLite file, which only this process can read and which is deleted in the end."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


class TemporaryDatabase:
    """
    A temporary SQLite file; threads may share it.

    Args:
        *tables: Statements that create its tables.
    """

    def __init__(self, *tables: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="upflow-file-")
        file = Path(self._folder.name, "file.db")
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", *tables):
            self._connection.execute(statement)

    def close(self) -> None:
        """Delete the file."""
        self._connection.close()
        self._folder.cleanup()

    def one(self, query: str, *values: object) -> Any:  # noqa: ANN401 - a row of any table
        """Return the first row of a query; ``None`` if there is none."""
        with self._lock:
            return self._connection.execute(query, values).fetchone()

    def every(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query that has few."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def each(self, query: str) -> Iterable[Any]:
        """Return the rows of a query that may have many; nothing may be written to its table meanwhile."""
        return self._connection.execute(query)

    def write(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Execute a statement for each of some rows, in one transaction."""
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(statement, rows)
            self._connection.execute("COMMIT")
