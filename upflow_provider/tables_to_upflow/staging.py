"""
The rows of one table between the check and the import, in a temporary file.

All rows are checked before the first one is imported, whatever their number, and lines about the same record come
together. Only this process can read the file, which is deleted in the end.
"""

from __future__ import annotations

import marshal
import sqlite3
import tempfile
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

WITHOUT_REFERENCES = 2
"""Version of Python's own format in which equal contents have equal bytes; four times as fast as JSON."""
BATCH_SIZE = 1_000
"""Rows in one statement."""
PLACES_SHOWN_MAX = 5
"""Lines of one record that messages name."""


class StagedRow(NamedTuple):
    """
    One row.

    Attributes:
        line: Where it stands in its table.
        content: What it says, as JSON.
    """

    line: int
    content: dict[str, Any]


class Staging:
    """A temporary file with the rows of one table; a context manager, which deletes it."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory(prefix="upflow-table-") as folder:
            self._database = sqlite3.connect(Path(folder, "rows.db"), isolation_level=None)
            self._create()  # from now on, the file has no name, so that nothing is left behind by a task that is killed
        self._batch: list[tuple[int, str, str, bytearray]] = []
        self._is_indexed = False

    def _create(self) -> None:
        self._database.execute("PRAGMA page_size = 65536")
        self._database.execute("PRAGMA cache_size = -16000")  # rows are written once, one after the other
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE rows (line INTEGER, key TEXT, parent TEXT, content BLOB)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, key: str, line: int, content: dict[str, Any], parent: str = "") -> None:
        """
        Keep one row.

        Args:
            key: What makes rows belong to the same record, such as its external id.
            line: Where it stands.
            content: What it says, as JSON.
            parent: Key of the record above it, which is imported first; empty if there is none.
        """
        ordered = {
            name: dict(sorted(each.items())) if isinstance(each, dict) else each for name, each in content.items()
        }
        encoded = bytearray(marshal.dumps(ordered, WITHOUT_REFERENCES))  # sqlite3 looks for an adapter of each `bytes`
        self._batch.append((line, key, parent, encoded))
        if len(self._batch) == BATCH_SIZE:
            self._write()

    def finish(self) -> int:
        """Keep what is left, prepare the look-ups, and return the number of records."""
        self._write()
        if not self._is_indexed:
            self._database.execute("CREATE INDEX rows_by_key ON rows (key, line)")
            self._is_indexed = True
        (number,) = self._database.execute("SELECT COUNT(DISTINCT key) FROM rows").fetchone()
        return int(number)

    def conflicting_rows(self) -> int:
        """Return how many rows there are beside the first one of each record whose rows differ."""
        repeated = "SELECT key FROM rows GROUP BY key HAVING COUNT(*) > 1"
        groups = (
            f"SELECT COUNT(*) AS number FROM rows WHERE key IN ({repeated}) "  # noqa: S608 - no value
            "GROUP BY key HAVING COUNT(DISTINCT content) > 1"
        )
        (number,) = self._database.execute(f"SELECT COALESCE(SUM(number - 1), 0) FROM ({groups})").fetchone()  # noqa: S608 - no value
        return int(number)

    def groups(self, *, with_parent: bool | None = None) -> Iterator[tuple[str, list[StagedRow]]]:
        """
        Yield the rows of each record, in the order of their keys.

        Args:
            with_parent: Only those of records with a parent, or only those without; ``None`` for all.
        """
        below = "(SELECT key FROM rows WHERE parent <> '')"
        chosen = {None: "", True: f"WHERE key IN {below}", False: f"WHERE key NOT IN {below}"}[with_parent]
        rows = self._database.execute(f"SELECT key, line, content FROM rows {chosen} ORDER BY key, line")  # noqa: S608 - no value
        for key, lines in groupby(rows, itemgetter(0)):
            yield key, [_staged(line, content) for _, line, content in lines]

    def group(self, key: str) -> tuple[str, list[StagedRow]]:
        """Return the rows of one record, with its key."""
        rows = self._database.execute("SELECT line, content FROM rows WHERE key = ? ORDER BY line", (key,))
        return key, [_staged(line, content) for line, content in rows]

    def parent_of(self, key: str) -> str | None:
        """Return the key of the record above one, empty if there is none; ``None`` if no row is about the record."""
        found = self._database.execute("SELECT parent FROM rows WHERE key = ? LIMIT 1", (key,)).fetchone()
        return found[0] if found else None

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", self._batch)
        self._database.execute("COMMIT")
        self._batch.clear()


def _staged(line: int, content: bytes) -> StagedRow:
    return StagedRow(line, marshal.loads(content))  # noqa: S302 - written by `add`


def place_in_words(rows: list[StagedRow]) -> str:
    """Return where rows stand, such as ``line 3`` or ``lines 3, 8 and 2 others``."""
    lines = [str(each.line) for each in rows[:PLACES_SHOWN_MAX]]
    others = len(rows) - len(lines)
    if len(rows) == 1:
        return f"line {lines[0]}"
    return f"lines {', '.join(lines)} and {others} others" if others else f"lines {', '.join(lines)}"
