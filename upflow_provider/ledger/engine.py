"""Preparation of the ledger's database: connection settings and migrations."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa

from upflow_provider.errors import ConfigurationError

HEAD = "0005"
"""Newest revision in ``migrations/versions``; revisions are four digits and count up."""
VERSION_TABLE = "upflow_ledger_version"
BUSY_TIMEOUT_S = 60
"""Seconds that a statement waits for another process to finish writing to a SQLite file."""
MIGRATION_LOCK = 0x7570666C6F77
"""Key of the PostgreSQL advisory lock that lets one process migrate at a time."""

_prepared: WeakSet[sa.Engine] = WeakSet()
_guard = threading.Lock()


def prepare(engine: sa.Engine) -> sa.Engine:
    """
    Make a database ready for the ledger; create or migrate its tables if necessary.

    It is safe if several threads, processes and hosts start at once, and costs nothing after the first time.

    Args:
        engine: Engine of the database, not used before; the database may contain other tables.

    Returns:
        The same engine.

    Raises:
        ConfigurationError: The database is neither SQLite nor PostgreSQL, its user may not create
            tables, or it was migrated by a newer version of this package.
    """
    if engine.dialect.name not in {"sqlite", "postgresql"}:
        raise ConfigurationError(f"the ledger needs SQLite or PostgreSQL, not {engine.dialect.name}")
    with _guard:
        if engine not in _prepared:
            if engine.dialect.name == "sqlite":
                sa.event.listen(engine, "connect", _tune_sqlite)
            with engine.connect() as connection, _exclusive(connection):
                _migrate(connection)
            _prepared.add(engine)
    return engine


def _tune_sqlite(connection: Any, _: Any) -> None:  # noqa: ANN401 - what the driver has made
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
    cursor.execute("PRAGMA synchronous = NORMAL")  # with WAL, a power cut may cost the last commits, no more
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


@contextmanager
def _exclusive(connection: sa.Connection) -> Iterator[None]:
    """Keep every other process out of `prepare` while the block runs."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        yield
        return
    path = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    with _folder_lock(path):
        # The mode is stored in the file. SQLite does not wait for others while it changes, so a lock is needed.
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        yield


@contextmanager
def _folder_lock(path: str) -> Iterator[None]:
    """Lock a file's folder; a lock on the file would interfere with SQLite's own."""
    if not path:  # nobody else can see a database in memory
        yield
        return
    folder = os.open(Path(path).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _migrate(connection: sa.Connection) -> None:
    revision = _revision(connection)
    if revision == HEAD:
        return
    if revision is not None and revision > HEAD:
        raise ConfigurationError(
            f"the ledger's tables are of revision {revision}, newer than this version of upflow-provider "
            f"knows ({HEAD}): install the version that migrated them, or a later one"
        )
    try:
        _upgrade(connection)
        connection.commit()
    except sa.exc.ProgrammingError as error:
        raise ConfigurationError(
            f"the ledger's tables cannot be created or migrated ({type(error.orig).__name__}): the "
            f"database's user must own them and have the right to create tables in the schema"
        ) from error


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(
        sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))
    ).scalar()
    return version


def _upgrade(connection: sa.Connection) -> None:
    # Imported here: Alembic costs time that only the very first task has to spend.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # else the driver commits after each statement
    config = Config()  # without a file, Alembic leaves logging alone
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
