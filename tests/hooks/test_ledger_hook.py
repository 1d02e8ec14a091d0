"""The ledger's connection becomes a ledger; a wrong one, or none where one is needed, says what to do."""

import json
import logging
import os
import stat
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.hooks import ledger as ledger_hook
from upflow_provider.hooks.ledger import open_budget, open_ledger
from upflow_provider.ledger import Claim, ListedRecord, Outcome, Owner, RecordOutcome

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def engines():
    """Begin without engines of other tests; in the end close those of this test, as the end of a process would."""

    def close():
        while ledger_hook._engines:
            ledger_hook._engines.popitem()[1].dispose()

    close()
    yield ledger_hook._engines
    close()


@pytest.fixture
def connect(monkeypatch):
    """Return a function that defines the ledger's connection."""

    def define(**fields):
        monkeypatch.setenv("AIRFLOW_CONN_UPFLOW_LEDGER", json.dumps(fields))

    return define


@pytest.fixture
def home(monkeypatch, tmp_path):
    """Give Airflow an empty home, and no connection of a ledger."""
    monkeypatch.delenv("AIRFLOW_CONN_UPFLOW_LEDGER", raising=False)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def connected(request, connect):
    """Define a connection to an empty database, of each type, and return its SQLAlchemy URL."""
    url = sa.make_url(request.getfixturevalue(f"{request.param}_url"))
    if request.param == "sqlite":
        connect(conn_type="sqlite", host=url.database)
    else:
        connect(
            conn_type="postgres",
            host=url.host,
            port=url.port,
            login=url.username,
            password=url.password,
            schema=url.database,
        )
    return url


def test_a_connection_becomes_a_ledger(connected):
    """With the driver that Airflow's hook has chosen, every statement does its work."""
    ledger = open_ledger(organization="default")
    claims = [
        ledger.claims.take("invoices", "in_1", read_at=NOW, owner=Owner(owner, owner)).claim
        for owner in ("me", "other")
    ]
    settled = [
        RecordOutcome("in_1", Outcome.IMPORTED, NOW, "hash", "up_1"),
        RecordOutcome("in_2", Outcome.REJECTED, NOW, reason="no currency"),
        RecordOutcome("in_3", Outcome.REJECTED, NOW, reason="no currency"),
    ]
    left = ledger.claims.record_outcomes("invoices", settled, owner=Owner("me", "me"))
    again = ledger.claims.record_outcomes("invoices", settled[1:2], owner=Owner("me", "me"))
    ledger.inventory.adopt("invoices", [ListedRecord("in_1", "up_9"), ListedRecord("in_4", "up_4")])

    assert (claims, left, again) == ([Claim.GRANTED, Claim.BUSY], [], [])
    assert ledger.counts("invoices") == {Outcome.IMPORTED: 2, Outcome.REJECTED: 2}
    assert [(state.external_id, state.attempts) for state in ledger.rejected("invoices")] == [("in_3", 1), ("in_2", 2)]
    assert ledger.records("invoices", ["in_1"])["in_1"].upflow_id == "up_1"
    assert ledger.stamp_watermark(NOW) == NOW


def test_the_budget_is_kept_in_the_same_database(connected):
    """Both lanes of an account share their slots; another account has its own."""
    live, history, other = (
        open_budget(key=key, requests_per_minute=600, lane=lane)
        for key, lane in [("one", "live"), ("one", "history"), ("other", "history")]
    )
    live.pause(60)

    assert not history.reserve().granted
    assert other.reserve().granted


def test_a_process_has_one_engine_per_database(connected, engines):
    """However often it is opened; and a child process never uses its parent's."""
    one, other = open_ledger(organization="default"), open_ledger(organization="france")

    assert one._engine is other._engine
    assert list(engines) == [(os.getpid(), one._engine.url)]
    assert one._engine.hide_parameters


def test_without_a_connection_the_ledger_is_a_file_in_airflows_home(home, caplog, monkeypatch):
    """It needs no setting up where all tasks run on one host, and says where it is to whoever debugs."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    with caplog.at_level(logging.DEBUG, logger=ledger_hook.__name__):
        open_ledger(organization="default").stamp_watermark(NOW)
        again = open_ledger(organization="default")

    assert again.watermark() == NOW
    assert (home / "upflow_ledger.db").stat().st_size > 0
    assert [(each.levelname, each.message) for each in caplog.records if each.name == ledger_hook.__name__] == [
        ("DEBUG", f"the ledger is the file {home / 'upflow_ledger.db'}, because there is no connection 'upflow_ledger'")
    ]


def test_airflows_home_may_be_written_with_variables(home, monkeypatch):
    """As Airflow itself takes it."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    monkeypatch.setenv("SOMEWHERE", str(home))
    monkeypatch.setenv("AIRFLOW_HOME", "$SOMEWHERE")
    open_ledger(organization="default")

    assert (home / "upflow_ledger.db").exists()


@pytest.mark.parametrize(
    "executor",
    [
        "LocalExecutor",
        "SequentialExecutor",
        "airflow.executors.local_executor.LocalExecutor",
        "quick:LocalExecutor",
        "LocalExecutor; team1=quick:airflow.executors.local_executor.LocalExecutor",
    ],
)
def test_executors_of_one_host_need_no_connection(home, monkeypatch, executor):
    """However they are written."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)

    assert open_ledger(organization="default").watermark() is None


@pytest.mark.parametrize(
    ("executor", "named"),
    [
        ("CeleryExecutor", "CeleryExecutor"),
        ("LocalExecutor,CeleryExecutor", "CeleryExecutor"),
        ("LocalExecutor, airflow.providers.edge3.executors.EdgeExecutor", "EdgeExecutor"),
        ("far:KubernetesExecutor", "KubernetesExecutor"),
        ("LocalExecutor;team1=CeleryExecutor,far:my.module.MyExecutor", "CeleryExecutor, MyExecutor"),
    ],
)
def test_a_file_is_refused_where_tasks_may_run_on_other_hosts(home, monkeypatch, executor, named):
    """Each host would have a ledger of its own; the message says what to run."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    with pytest.raises(ConfigurationError, match=f"with {named} tasks .*Run: airflow connections add upflow_ledger "):
        open_ledger(organization="default")

    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"conn_type": "mysql", "host": "db"}, "is of type 'mysql'; the ledger needs postgres or sqlite"),
        ({"conn_type": "sqlite"}, "absolute path"),
        ({"conn_type": "sqlite", "host": "ledger.db"}, "absolute path"),
        ({"conn_type": "sqlite", "host": ":memory:"}, "absolute path"),
    ],
    ids=["other type", "no file", "relative path", "memory"],
)
def test_a_connection_that_cannot_hold_a_ledger_is_refused(connect, fields, problem):
    """A ledger that is forgotten at the end of the process would be none."""
    connect(**fields)

    with pytest.raises(ConfigurationError, match=f"connection 'upflow_ledger'.* {problem}"):
        open_ledger(organization="default")


@pytest.mark.parametrize("module", ["psycopg", "psycopg2"])
def test_a_driver_that_is_not_installed_says_what_to_install(connect, monkeypatch, module):
    """PostgreSQL's provider is optional."""
    connect(conn_type="postgres", host="db", extra={"sqlalchemy_scheme": f"postgresql+{module}"})
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ConfigurationError, match="pip install apache-airflow-providers-postgres"):
        open_ledger(organization="default")


def test_the_default_file_is_closed_to_others_even_if_an_earlier_version_made_it(home, monkeypatch):
    """The umask of most systems lets everybody read."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    file = home / "upflow_ledger.db"
    file.touch(0o644)
    open_ledger(organization="default").stamp_watermark(NOW)

    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in home.iterdir()} == dict.fromkeys(
        ["upflow_ledger.db", "upflow_ledger.db-shm", "upflow_ledger.db-wal"], 0o600
    )


@pytest.mark.parametrize(
    ("fields", "kind", "says"),
    [
        pytest.param({"port": 9}, RetriableError, "Connection refused", id="refused"),
        pytest.param({"login": "nobody"}, ConfigurationError, 'role "nobody" does not exist', id="role"),
        pytest.param({"schema": "nope"}, ConfigurationError, 'database "nope" does not exist', id="database"),
        pytest.param({"extra": {"sslmod": "require"}}, ConfigurationError, "sslmod", id="option"),
        pytest.param({"extra": {"sslmode": "require"}}, ConfigurationError, "does not support SSL", id="no TLS"),
        pytest.param({"extra": {"sslmode": "maybe"}}, ConfigurationError, 'sslmode value: "maybe"', id="value"),
    ],
)
@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
@pytest.mark.postgres
def test_a_database_that_cannot_be_opened_says_why(connect, empty_postgres_url, driver, fields, kind, says):
    """In the driver's words, without the password; only what may pass is tried again."""
    url = sa.make_url(empty_postgres_url)
    usual = {"host": url.host, "port": url.port, "login": url.username, "schema": url.database, "extra": {}}
    connection = {**usual, **fields, "password": "secret-word"}
    connection["extra"] = {"sqlalchemy_scheme": f"postgresql+{driver}", **connection["extra"]}
    connect(conn_type="postgres", **connection)
    with pytest.raises(kind) as raised:
        open_ledger(organization="default")

    assert str(raised.value).startswith("connection 'upflow_ledger': ")
    assert says in str(raised.value)
    assert "secret-word" not in f"{raised.value} {raised.value.__cause__}"


def test_a_folder_that_does_not_exist_is_named(connect):
    """It does not appear by itself."""
    connect(conn_type="sqlite", host="/no/such/folder/ledger.db")

    with pytest.raises(ConfigurationError, match=r"'upflow_ledger': the ledger's file /no/such/folder/ledger\.db"):
        open_ledger(organization="default")
