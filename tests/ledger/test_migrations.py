"""The ledger's tables make themselves, once, whoever comes first."""

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Ledger, prepare, tables
from upflow_provider.ledger.database import engine

PREPARE = """
import sys
import sqlalchemy as sa
from upflow_provider.ledger import Ledger
engine = sa.create_engine(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
Ledger(engine, "default").watermark()
print("alembic" in sys.modules, end="")
"""


def start(url):
    """Start a process that opens the ledger once a line is written to it, and wait until it is there."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PREPARE, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_tasks_that_start_at_once_migrate_once(empty_database_url):
    """Several processes open an empty database in the same moment; all find tables, and one has made them."""
    processes = [start(empty_database_url) for _ in range(5)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0] * 5, outputs
    assert sorted(output[0] for output in outputs) == ["False"] * 4 + ["True"]


def test_alembic_is_imported_only_to_migrate(empty_database_url):
    """Every later task starts without what migrations cost."""
    prepare(sa.create_engine(empty_database_url)).dispose()
    output, errors = start(empty_database_url).communicate("\n", timeout=60)

    assert output == "False", errors


def test_threads_that_start_at_once_migrate_once(empty_database_url):
    """Threads of one task may open the ledger together."""
    shared = sa.create_engine(empty_database_url)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(Ledger(shared, "default").counts("invoices"))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared.dispose()

    assert found == [{}] * 5


def test_the_migrated_tables_are_those_of_the_code(empty_database_url):
    """A change of the tables without a migration is noticed here."""
    database = prepare(sa.create_engine(empty_database_url))
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": engine.VERSION_TABLE})
        differences = compare_metadata(context, tables.metadata)
    database.dispose()

    assert differences == []


def test_the_head_in_the_code_is_that_of_the_migrations():
    """There is one line of revisions, they count up, and the code knows the last."""
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parents[1] / "migrations"))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]

    assert revisions[0] == engine.HEAD
    assert revisions == sorted(revisions, reverse=True)
    assert {len(revision) for revision in revisions} == {4}


def test_other_tables_of_the_database_are_left_alone(empty_database_url):
    """The ledger may live in a database of others, who use Alembic too."""
    database = sa.create_engine(empty_database_url)
    with database.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('theirs')"))
    prepare(database)
    with database.connect() as connection:
        theirs = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        ours = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    database.dispose()

    assert theirs == "theirs"
    assert all(name.startswith("upflow_") for name in ours)


def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url, monkeypatch):
    """All of it or none: a task that is killed in between does not leave half the tables."""
    database = sa.create_engine(empty_database_url)
    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepare(database)
    monkeypatch.undo()
    with database.connect() as connection:
        left_behind = sa.inspect(connection).get_table_names()
    again = Ledger(database, "default").counts("invoices")
    database.dispose()

    assert left_behind == []
    assert again == {}


def test_what_a_ledger_knew_survives_a_migration(empty_database_url, monkeypatch):
    """Records of the first version are there, without what only the second one knows."""
    database = sa.create_engine(empty_database_url)
    monkeypatch.setattr(engine, "HEAD", "0001")
    prepare(database)
    insert = (
        "INSERT INTO upflow_records (organization, stream, external_id, outcome, upflow_id, attempts, first_seen_at) "
        "VALUES ('default', 'invoices', 'in_1', 'imported', 'up_1', 0, '2026-01-01 00:00:00')"
    )
    with database.begin() as connection:
        connection.execute(sa.text(insert))
    database.dispose()
    monkeypatch.undo()
    again = sa.create_engine(empty_database_url)
    known = Ledger(again, "default").records("invoices", ["in_1"])["in_1"]
    again.dispose()

    assert (known.upflow_id, known.balancing, known.expected, known.observed) == ("up_1", None, None, None)


def test_a_ledger_of_a_newer_version_is_refused(empty_database_url):
    """The message names both revisions and what to install."""
    first, second = prepare(sa.create_engine(empty_database_url)), sa.create_engine(empty_database_url)
    with first.begin() as connection:
        connection.execute(sa.text("UPDATE upflow_ledger_version SET version_num = '9999'"))
    first.dispose()
    with pytest.raises(ConfigurationError, match=r"revision 9999, .*knows 0012\): install"):
        prepare(second)
    second.dispose()


@pytest.mark.postgres
def test_a_user_who_may_not_create_tables_is_told_so(empty_postgres_url):
    """PostgreSQL lets only the owner create tables in the schema `public`; the message says what is needed."""
    owner = sa.create_engine(empty_postgres_url)
    role = f"reader_{owner.url.database}"
    with owner.begin() as connection:
        connection.execute(sa.text(f'CREATE ROLE "{role}" LOGIN'))
    user = sa.create_engine(owner.url.set(username=role))
    try:
        with pytest.raises(ConfigurationError, match=r"permission denied .*\(42501\); the database's user must own"):
            prepare(user)
    finally:
        user.dispose()
        with owner.begin() as connection:
            connection.execute(sa.text(f'DROP ROLE "{role}"'))
        owner.dispose()


def test_another_kind_of_database_is_refused():
    """Only what is tested is supported; no driver has to be there to say so."""
    mysql = sa.create_engine("mysql+pymysql://localhost/ledger", module=sys.modules["sqlite3"])

    with pytest.raises(ConfigurationError, match="not mysql"):
        prepare(mysql)


def test_a_sqlite_file_is_tuned_on_every_connection(empty_sqlite_url):
    """Readers and writers do not block each other, and writers wait for each other."""
    database = prepare(sa.create_engine(empty_sqlite_url))
    pragmas = ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
    with database.connect() as one, database.connect() as other:
        found = [[each.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas] for each in (one, other)]
    database.dispose()

    assert found == [["wal", 60_000, 1, 1]] * 2


def test_logging_stays_as_it_is(empty_sqlite_url):
    """Alembic does not set up logging in a process whose logging is Airflow's."""
    before = [*logging.getLogger().handlers], logging.getLogger().level, logging.root.manager.disable
    logger = logging.getLogger("airflow.task")
    prepare(sa.create_engine(empty_sqlite_url)).dispose()

    assert ([*logging.getLogger().handlers], logging.getLogger().level, logging.root.manager.disable) == before
    assert not logger.disabled
