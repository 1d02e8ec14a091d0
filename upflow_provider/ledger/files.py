"""The files that people have imported: the import history of an organization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from upflow_provider.ledger.tables import files


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """
    One import of one file.

    Attributes:
        imported_at: When it ended, aware, UTC.
        kind: What the file holds, such as ``customers``.
        name: Its name.
        sha256: SHA-256 of its bytes.
        counts: What became of its lines and records, and some errors, as JSON.
    """

    imported_at: datetime
    kind: str
    name: str
    sha256: str
    counts: Mapping[str, Any]


_FILE = [files.c[field.name] for field in fields(ImportedFile)]


class ImportedFiles:
    """
    The import history of one organization.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
    """

    def __init__(self, engine: sa.Engine, organization: str) -> None:
        self._engine, self._organization = engine, organization

    def keep(self, file: ImportedFile) -> None:
        """Add an import to the history."""
        with self._engine.begin() as connection:
            connection.execute(sa.insert(files).values(organization=self._organization, **asdict(file)))

    def latest(self, *, limit: int = 10) -> list[ImportedFile]:
        """Return the latest imports, newest first."""
        return self._found(limit)

    def earlier(self, kind: str, sha256: str) -> ImportedFile | None:
        """Return the latest import of a file with the same bytes as the same kind; ``None`` if there is none."""
        return next(iter(self._found(1, files.c.kind == kind, files.c.sha256 == sha256)), None)

    def _found(self, limit: int, *conditions: sa.ColumnElement[bool]) -> list[ImportedFile]:
        own = files.c.organization == self._organization
        query = sa.select(*_FILE).where(own, *conditions).order_by(files.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [ImportedFile(*each) for each in connection.execute(query)]
