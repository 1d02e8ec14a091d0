"""Preparation of the ledger's database: connection settings and migrations."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa

from upflow_provider.errors import ConfigurationError, RecordError, UpflowSyncError
from upflow_provider.ledger.database.errors import ledger_error

HEAD = "0012"
"""Newest revision in ``migrations/versions``; revisions are four digits and count up."""
VERSION_TABLE = "upflow_ledger_version"
BUSY_TIMEOUT_S = 60
"""Seconds that a statement waits for another process to finish writing to a SQLite file."""
MIGRATION_LOCK = 0x7570666C6F77
"""Key of the PostgreSQL advisory lock that lets one process migrate at a time."""

ISOLATION: Final = "READ COMMITTED"
"""What the statements of budget and claims rely on; a role or a database may have another default."""
OWNER_ONLY = 0o600
"""Mode of a SQLite file: only its owner may read and write it."""

_prepared: WeakSet[sa.Engine] = WeakSet()
_watched: WeakSet[sa.Engine] = WeakSet()
_guard = threading.Lock()


def prepare(engine: sa.Engine) -> sa.Engine:
    """
    Make a database ready for the ledger; create or migrate its tables if necessary.

    It is safe if several threads, processes and hosts start at once, and costs nothing after the first time. From then
    on, whatever statement fails because of the database raises an error of this package; `ledger_error` says which.

    Args:
        engine: Engine of the database, not used before; the database may contain other tables. A new SQLite file
            can be read and written by its owner only.

    Returns:
        The same engine.

    Raises:
        ConfigurationError: The database is neither SQLite nor PostgreSQL, it cannot be opened or written to and that
            does not pass by itself, or it was migrated by a newer version of this package.
        RetriableError: It cannot be opened for now.
    """
    if engine.dialect.name not in {"sqlite", "postgresql"}:
        raise ConfigurationError(f"the ledger needs SQLite or PostgreSQL, not {engine.dialect.name}")
    with _guard:
        if engine not in _prepared:
            _watch(engine)
            file = _file(engine.url)
            if file and not file.exists():
                protect(file)
            try:
                with engine.connect() as connection, _exclusive(connection):
                    _migrate(connection)
                    _check_writable(connection)
            except UpflowSyncError as error:
                raise error from None  # the driver's error may hold the password
            _prepared.add(engine)
    return engine


def protect(file: Path) -> None:
    """
    Let only its owner read and write a SQLite file, whatever the umask; create it if it does not exist.

    SQLite gives its own files beside it, ``-wal`` and ``-shm``, the mode of the file.

    Args:
        file: The file.

    Raises:
        ConfigurationError: Its folder does not exist, or this user may not create or open it.
    """
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
        for each in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
            if each.exists() and each.stat().st_uid == os.geteuid():  # nobody else can change the mode
                each.chmod(OWNER_ONLY)
    except OSError as error:
        raise ConfigurationError(f"the ledger's file {file} cannot be opened: {error.strerror}") from error


def _file(url: sa.URL) -> Path | None:
    """Return the file of a SQLite database, unless it is in memory or named by a URI."""
    database = url.database or ":memory:"
    is_file = url.get_backend_name() == "sqlite" and not database.startswith((":memory:", "file:"))
    return Path(database) if is_file else None


def _watch(engine: sa.Engine) -> None:
    """Tune every new connection, and translate every error."""
    if engine in _watched:  # an earlier try could not open the database
        return
    sa.event.listen(engine, "handle_error", _translate)
    sa.event.listen(engine, "connect", _tune_sqlite if engine.dialect.name == "sqlite" else _tune_postgres(engine))
    _watched.add(engine)


def _translate(context: sa.engine.ExceptionContext) -> UpflowSyncError | None:
    """Return this package's error for one of the driver; ``None`` lets SQLAlchemy go on with its own."""
    if context.engine is None or context.is_pre_ping:
        return None  # a pre-ping that fails makes a new connection
    url, error = context.engine.url, context.original_exception
    name = f"the ledger's database {url.database}" if context.dialect.name == "sqlite" else "the ledger's database"
    if context.execution_context is not None and isinstance(
        error, ValueError | OverflowError
    ):  # raised while values are sent
        return RecordError(f"{name}: a value cannot be stored ({type(error).__name__})")
    if not isinstance(context.sqlalchemy_exception, sa.exc.DBAPIError):
        return None  # other errors are those of the code
    query = {option: value for option, value in url.query.items() if "password" in option}
    return ledger_error(error, name, (url.password or "", *map(str, query.values())))


def _tune_postgres(engine: sa.Engine) -> Callable[[Any, Any], None]:
    """Return what makes a new connection of psycopg ready, without a statement that would outlast a transaction."""

    def tune(connection: Any, _: Any) -> None:  # noqa: ANN401 - what the driver has made
        engine.dialect.set_isolation_level(connection, ISOLATION)
        if hasattr(connection, "prepare_threshold"):
            # Behind a pooler, the next transaction may run in another session, which lacks prepared statements.
            connection.prepare_threshold = None

    return tune


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
            f"the ledger's tables have revision {revision}, which this version of upflow-provider does not "
            f"know (it knows {HEAD}): install the version that migrated them, or a later one"
        )
    _upgrade(connection)
    connection.commit()


def _check_writable(connection: sa.Connection) -> None:
    """Raise an error if the user may not write, or nobody can, as to a standby: at once, not in the middle of a run."""
    version = sa.table(VERSION_TABLE, sa.column("version_num"))
    connection.execute(sa.update(version).values(version_num=version.c.version_num))
    connection.rollback()


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
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its steps are noise in a task's log
    config = Config()  # without a file, Alembic leaves logging alone
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
