"""Empty databases for a ledger, dropped at the end."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

SERVER = os.environ.get("UPFLOW_TEST_POSTGRES", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")
"""The PostgreSQL server; tests use the same one."""


@contextmanager
def sqlite() -> Iterator[str]:
    """Give the block the URL of an empty SQLite file."""
    with tempfile.TemporaryDirectory(prefix="upflow-bench-") as folder:
        yield f"sqlite:///{folder}/ledger.db"


@contextmanager
def postgresql() -> Iterator[str | None]:
    """Give the block the URL of an empty PostgreSQL database; ``None`` where no server can be reached."""
    server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"upflow_bench_{uuid.uuid4().hex}"
    if not _reachable(server):
        yield None
        return
    with server.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield server.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def _reachable(server: sa.Engine) -> bool:
    try:
        server.connect().close()
    except sa.exc.OperationalError:
        return False
    return True
