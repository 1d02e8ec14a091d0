"""What the check of a file notes about its lines, in a temporary file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Self

from upflow_provider.tables_to_upflow.customer_file.checks.database import TemporaryDatabase

BATCH_SIZE = 1_000
"""Notes in one transaction."""
TABLES = (
    "CREATE TABLE refusals (line INTEGER, reason TEXT)",
    "CREATE TABLE names (name TEXT, key TEXT, UNIQUE (name, key))",
    "CREATE INDEX names_by_key ON names (key)",
    "CREATE TABLE refused (key TEXT PRIMARY KEY)",
    "CREATE TABLE answers (key TEXT, contact TEXT, reason TEXT, UNIQUE (key, contact, reason))",
)


class CheckNotes:
    """The notes on one file; a context manager, which deletes their temporary file."""

    def __init__(self) -> None:
        self._database = TemporaryDatabase(*TABLES)
        self._names: list[tuple[str, str]] = []
        self._refusals: list[tuple[int, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def refuse(self, lines: Iterable[int], reason: str) -> None:
        """Note why lines are refused."""
        self._refusals += [(line, reason) for line in lines]
        if len(self._refusals) >= BATCH_SIZE:
            self._write()

    def refuse_record(self, key: str, lines: Iterable[int], reason: str) -> None:
        """Note why a whole record is refused, and so all lines that it is made of."""
        self._database.write("INSERT OR IGNORE INTO refused VALUES (?)", [(key,)])
        self.refuse(lines, reason)

    def note_answer(self, key: str, contact: str, reason: str) -> None:
        """
        Note that Upflow has refused a request; threads may do so concurrently.

        Args:
            key: Key of the customer that it was about.
            contact: Address of the contact that it was about, with its case folded; empty for the customer itself.
            reason: What Upflow said.
        """
        self._database.write("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", [(key, contact, reason)])

    def answers(self, key: str) -> dict[str, list[str]]:
        """Return what Upflow has said about requests that it refused, by contact; see `note_answer`."""
        found: dict[str, list[str]] = {}
        query = "SELECT contact, reason FROM answers WHERE key = ? ORDER BY rowid"
        for contact, reason in self._database.every(query, key):
            found.setdefault(contact, []).append(reason)
        return found

    def is_refused(self, key: str) -> bool:
        """Return whether a whole record is refused."""
        return self._database.one("SELECT 1 FROM refused WHERE key = ?", key) is not None

    def refused_records(self) -> int:
        """Return how many whole records are refused."""
        (number,) = self._database.one("SELECT COUNT(*) FROM refused")
        return int(number)

    def add_name(self, name: str, key: str) -> None:
        """Note that the file gives a customer a name."""
        self._names.append((name, key))
        if len(self._names) >= BATCH_SIZE:
            self._write()

    def keys_named(self, name: str) -> set[str]:
        """Return the keys of at most two customers to which the file gives a name."""
        self._write()
        return {key for (key,) in self._database.every("SELECT key FROM names WHERE name = ? LIMIT 2", name)}

    def gives_name(self, key: str, name: str) -> bool:
        """Return whether the file gives a customer this name."""
        self._write()
        return self._database.one("SELECT 1 FROM names WHERE name = ? AND key = ?", name, key) is not None

    def refused_lines(self) -> int:
        """Return how many lines are refused."""
        self._write()
        (number,) = self._database.one("SELECT COUNT(DISTINCT line) FROM refusals")
        return int(number)

    def reasons(self) -> Iterator[tuple[int, str]]:
        """Yield the lines that are refused, in order, each with all of its reasons."""
        self._write()
        rows = self._database.each("SELECT line, reason FROM refusals ORDER BY line, rowid")
        for line, group in groupby(rows, itemgetter(0)):
            yield line, "; ".join(dict.fromkeys(reason for _, reason in group))

    def _write(self) -> None:
        for statement, rows in (
            ("INSERT OR IGNORE INTO names VALUES (?, ?)", self._names),
            ("INSERT INTO refusals VALUES (?, ?)", self._refusals),
        ):
            if rows:
                self._database.write(statement, rows)
                rows.clear()
