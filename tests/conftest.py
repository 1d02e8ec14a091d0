"""What every test shares: an Airflow home of its own, and databases to test the ledger on."""

from __future__ import annotations

import gc
import itertools
import json
import math
import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

# Before any Airflow import: tests must not read or write the developer's own Airflow.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="upflow-provider-tests-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"
os.environ["STRIPE_SUPPRESS_NOTICES"] = "true"
# The fakes are here. Told so, requests does not search the environment for a proxy anew for each request.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

import logging

import pytest
import sqlalchemy as sa

from upflow_provider.ledger import prepare, tables
from upflow_provider.testing import serve
from upflow_provider.testing.wire.certificates import Certificates

pytest_plugins = ["tests.bridge", "tests.task_context"]

logging.getLogger("uvicorn").setLevel(logging.WARNING)  # the fakes keep a log of their own

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
POSTGRES = os.environ.get("UPFLOW_TEST_POSTGRES", "postgresql+psycopg2://postgres@127.0.0.1:5432/postgres")
DISCONNECT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """
    Let each process of pytest-xdist begin with its share of the slow tests, longest first, however they are shuffled.

    Each begins with a part of the list, in its order; started last, a slow test would be waited for by all. A
    single process takes as long in any order.
    """
    processes = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    if processes == 1:
        return
    slow = sorted((item for item in items if item.get_closest_marker("slow")), key=_seconds, reverse=True)
    quick = [item for item in items if not item.get_closest_marker("slow")]
    share = math.ceil(len(quick) / processes)
    parts = [[*slow[each::processes], *quick[each * share : (each + 1) * share]] for each in range(processes)]
    items[:] = itertools.chain(*parts)


def _seconds(item):
    """Return about how long a slow test takes."""
    return item.get_closest_marker("slow").kwargs.get("seconds", 10)


def pytest_collection():
    """Collect no garbage while modules are loaded: nearly all that is made then lasts."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Take what is loaded by now for lasting: the garbage collector goes through a million objects less each time."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def no_garbage():
    """Collect no garbage meanwhile: at the deepest point of a parser, finalizers of other tests' objects would fail."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def postgres_server() -> sa.Engine:
    """Return an engine on the test PostgreSQL server; skip where there is none, but never in CI."""
    engine = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    try:
        with engine.connect():
            return engine
    except sa.exc.OperationalError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no PostgreSQL: set UPFLOW_TEST_POSTGRES to the SQLAlchemy URL of a server to test on")


@contextmanager
def new_database(server):
    """Create a PostgreSQL database, and drop it when the block ends."""
    name = f"upflow_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield server.url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def empty_postgres_url(postgres_server):
    """Give the test an empty PostgreSQL database of its own, and drop it afterwards."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
def empty_sqlite_url(tmp_path):
    """Give the test an empty SQLite file of its own."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database_url(request):
    """Run the test on an empty database of either kind that the ledger supports."""
    return request.getfixturevalue(f"empty_{request.param}_url")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server):
    """Return an engine on a PostgreSQL database with the ledger's tables, which all tests of this process share."""
    with new_database(postgres_server) as url:
        engine = prepare(sa.create_engine(url, poolclass=sa.NullPool))
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory):
    """Return a SQLite file with the ledger's tables, of which tests get copies."""
    file = tmp_path_factory.mktemp("ledger") / "migrated.db"
    prepare(sa.create_engine(f"sqlite:///{file}")).dispose()
    return file


@pytest.fixture
def postgres_url(migrated_postgres):
    """Give the test a PostgreSQL database with an empty ledger; one that was left connected to it is disconnected."""
    with migrated_postgres.begin() as connection:
        connection.execute(sa.text(DISCONNECT))
        connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(sa.delete(table))
    return migrated_postgres.url.render_as_string(hide_password=False)


@pytest.fixture
def new_ledger_file(migrated_sqlite, tmp_path):
    """Return a function that makes a SQLite file with an empty ledger, and returns its path."""
    numbers = itertools.count(1)
    return lambda: str(shutil.copy(migrated_sqlite, tmp_path / f"ledger-{next(numbers)}.db"))


@pytest.fixture
def sqlite_url(new_ledger_file):
    """Give the test a SQLite file of its own with an empty ledger."""
    return f"sqlite:///{new_ledger_file()}"


@pytest.fixture(scope="session")
def engine_of_all_tests(tmp_path_factory):
    """Return an engine, which keeps what it has compiled, for the file that `ledger_engine` puts there."""
    return sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('engine') / 'ledger.db'}")


@pytest.fixture
def ledger_engine(engine_of_all_tests, migrated_sqlite):
    """Give the test an engine on a SQLite file with an empty ledger."""
    file = Path(engine_of_all_tests.url.database)
    shutil.copy(migrated_sqlite, file)
    yield prepare(engine_of_all_tests)
    engine_of_all_tests.dispose()
    for each in file.parent.iterdir():
        each.unlink()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request):
    """Run the test on an empty ledger in either kind of database that it supports."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder of recorded third-party answers; skip where it does not exist."""
    if not SHARED_DATA.is_dir():
        pytest.skip("recorded third-party data is not on this machine")
    return SHARED_DATA


@pytest.fixture
def secure_salesforce(fake_salesforce, tmp_path, monkeypatch):
    """Serve the fake Salesforce over TLS, whose certificate requests trust; its ``url`` is the secure one."""
    certificates = Certificates.of(tmp_path / "certificates")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    with serve(fake_salesforce.app, tls=certificates.server) as server:
        fake_salesforce.url = server.url.replace("127.0.0.1", "localhost")
        yield fake_salesforce


@pytest.fixture
def salesforce_connection(secure_salesforce, monkeypatch):
    """Return a function that defines ``salesforce_default``, by default with client credentials."""

    def define(**extra):
        host = secure_salesforce.url.removeprefix("https://")
        known = secure_salesforce.credentials
        extra = {
            "consumer_key": known.client_id,
            "consumer_secret": known.client_secret,
            # simple-salesforce adds ".salesforce.com/services/oauth2/token", which ends up in the query string.
            "domain": f"{host}/services/oauth2/token?x=",
        } | extra
        fields = {"conn_type": "salesforce", "extra": {name: value for name, value in extra.items() if value}}
        monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(fields))

    define()
    return define
