"""The ledger's tables make themselves, once, whoever comes first."""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import engine as ledger_engine
from upflow_provider.ledger import prepare
from upflow_provider.ledger.tables import metadata

PREPARE = """
import sys
import sqlalchemy as sa
from upflow_provider.ledger import prepare
engine = prepare(sa.create_engine(sys.argv[1]))
print(sorted(name for name in sa.inspect(engine).get_table_names()))
"""


def test_several_tasks_that_start_at_once_migrate_once(database_url):
    """None fails, and all find the same tables."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARE, database_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    outputs = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0, 0, 0, 0], outputs
    assert len({output[0] for output in outputs}) == 1


def test_the_migrated_tables_are_those_of_the_code(database_url):
    """A change of the tables without a migration is noticed here."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = prepare(sa.create_engine(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": ledger_engine.VERSION_TABLE, "compare_type": False}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []


def test_other_tables_of_the_database_are_left_alone(database_url):
    """The ledger may live in a database with other tables."""
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('theirs')"))
    prepare(engine)

    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "theirs"
    engine.dispose()


def test_a_ledger_of_a_newer_version_is_refused(sqlite_url):
    """The message names both revisions and what to install."""
    engine = prepare(sa.create_engine(sqlite_url))
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {ledger_engine.VERSION_TABLE} SET version_num = '9999'"))
    ledger_engine._prepared.clear()

    with pytest.raises(ConfigurationError, match=r"revision 9999, newer .*\(0001\)"):
        prepare(engine)
    engine.dispose()


def test_another_kind_of_database_is_refused():
    """Only what is tested is supported."""
    engine = sa.create_mock_engine("mysql://", executor=None)

    class Other:
        url = sa.make_url("mysql://host/db")
        dialect = engine.dialect

    with pytest.raises(ConfigurationError, match="not mysql"):
        prepare(Other())
