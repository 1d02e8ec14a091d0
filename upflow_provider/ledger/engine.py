"""A database made ready to hold the ledger: settings of the connection, and migrations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from upflow_provider.errors import ConfigurationError

HEAD = "0001"
"""Newest revision in ``migrations/versions``."""
VERSION_TABLE = "upflow_ledger_version"
BUSY_TIMEOUT_S = 60
LOCK = 0x7570666C6F77
"""Key of the PostgreSQL advisory lock that lets one process migrate at a time."""

_prepared: set[str] = set()
_guard = threading.Lock()


def prepare(engine: sa.Engine) -> sa.Engine:
    """
    Make a database ready for the ledger, creating or migrating its tables when needed.

    Safe when several processes start at once, and free after the first time in a process.

    Raises:
        ConfigurationError: The database is neither SQLite nor PostgreSQL, or was migrated by a
            newer version of this package.
    """
    url = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name not in {"sqlite", "postgresql"}:
        raise ConfigurationError(f"the ledger needs SQLite or PostgreSQL, not {engine.dialect.name}")
    if engine.dialect.name == "sqlite" and not sa.event.contains(engine, "connect", _tune_sqlite):
        sa.event.listen(engine, "connect", _tune_sqlite)
    with _guard:
        if url not in _prepared or url.endswith(":memory:"):
            _migrate(engine)
            _prepared.add(url)
    return engine


def _tune_sqlite(connection: Any, _: Any) -> None:  # noqa: ANN401 - a DBAPI connection
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _migrate(engine: sa.Engine) -> None:
    if _revision(engine) == HEAD:
        return
    with engine.connect() as connection, _alone(connection):
        # Imported here: Alembic costs time that only the very first task has to spend.
        from alembic import command  # noqa: PLC0415 - see above
        from alembic.config import Config  # noqa: PLC0415 - see above
        from alembic.util.exc import CommandError  # noqa: PLC0415 - see above

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, HEAD)
        except CommandError as error:
            raise ConfigurationError(
                f"the ledger's tables are of revision {_revision(engine)}, newer than this version of "
                f"upflow-provider knows ({HEAD}): install the version that migrated them, or a later one"
            ) from error


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(VERSION_TABLE):
            return None
        return connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


@contextmanager
def _alone(connection: sa.Connection) -> Iterator[None]:
    """Keep every other process from migrating meanwhile; commit at the end."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    yield
    connection.commit()
