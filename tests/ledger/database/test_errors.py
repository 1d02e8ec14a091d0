"""Errors of databases: which may pass, what they say, and what they never say."""

import sqlite3

import psycopg
import psycopg2
import pytest
import sqlalchemy as sa

from upflow_provider.errors import ConfigurationError, RecordError, RetriableError
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.ledger.database.errors import ledger_error, may_pass

AT = 'connection to server at "db" (10.0.0.1), port 5432 failed: '


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("08006", True),  # connection failure
        ("08P01", True),  # whatever PgBouncer says
        ("40001", True),  # serialization failure
        ("40P01", True),  # deadlock
        ("53100", True),  # disk full
        ("53300", True),  # too many connections
        ("55006", True),  # object in use
        ("55P03", True),  # lock not available
        ("57014", True),  # cancelled by a time-out
        ("57P01", True),  # shut down by an administrator
        ("57P02", True),  # crash
        ("57P03", True),  # starting up
        ("57P05", True),  # idle for too long
        ("58030", True),  # I/O error
        ("XX000", True),  # internal error
        ("57P04", False),  # database dropped
        ("25006", False),  # read only
        ("28000", False),  # not allowed to log in
        ("28P01", False),  # wrong password
        ("3D000", False),  # no such database
        ("42501", False),  # no permission
        ("42P01", False),  # no such table
        ("0A000", False),  # not supported
        ("55000", False),  # not in the right state
        ("SQLITE_BUSY", True),
        ("SQLITE_BUSY_SNAPSHOT", True),
        ("SQLITE_LOCKED", True),
        ("SQLITE_IOERR_WRITE", True),
        ("SQLITE_FULL", True),
        ("SQLITE_CANTOPEN", False),
        ("SQLITE_READONLY", False),
        ("SQLITE_NOTADB", False),
        ("SQLITE_CORRUPT", False),
        ("SQLITE_PERM", False),
    ],
)
def test_the_code_decides(code, passes):
    """Whatever the text says, which may be in any language."""
    assert may_pass(code, "FATAL:  la base de données n'existe pas") is passes
    assert may_pass(code, "Connection refused") is passes


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        (f"{AT}Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", True),
        (f"{AT}Connection timed out", True),
        (f"{AT}timeout expired", True),
        ("connection timeout expired", True),
        (f"{AT}No route to host", True),
        (f"{AT}Network is unreachable", True),
        (f"{AT}server closed the connection unexpectedly\n\tThis probably means the server terminated", True),
        (f"{AT}FATAL:  the database system is starting up", True),
        (f"{AT}FATAL:  the database system is in recovery mode", True),
        (f"{AT}FATAL:  the database system is shutting down", True),
        (f"{AT}FATAL:  sorry, too many clients already", True),
        (f"{AT}FATAL:  remaining connection slots are reserved for non-replication superuser connections", True),
        (f'{AT}FATAL:  too many connections for role "upflow"', True),
        (f"{AT}FATAL:  terminating connection due to administrator command", True),
        (f"{AT}FATAL:  no more connections allowed (max_client_conn)", True),
        (f"{AT}FATAL:  query_wait_timeout", True),
        (f"{AT}FATAL:  server login has been failing, connect failed", True),
        ("SSL SYSCALL error: EOF detected", True),
        ("SSL connection has been closed unexpectedly", True),
        ("consuming input failed: could not receive data from server: Connection reset by peer", True),
        ("the connection is closed", True),
        ('could not translate host name "db" to address: Temporary failure in name resolution', True),
        ("failed to resolve host 'db': [Errno -3] Temporary failure in name resolution", True),
        ('connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory', True),
        (f'{AT}FATAL:  database "nope" does not exist', False),
        (f'{AT}FATAL:  role "nobody" does not exist', False),
        (f"{AT}FATAL:  no such database: nope", False),
        (f"{AT}FATAL:  no such user: nobody", False),
        (f'{AT}FATAL:  password authentication failed for user "upflow"', False),
        (f'{AT}FATAL:  Peer authentication failed for user "upflow"', False),
        (f"{AT}fe_sendauth: no password supplied", False),
        (f'{AT}FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption', False),
        (f'{AT}FATAL:  role "upflow" is not permitted to log in', False),
        (f'{AT}FATAL:  permission denied for database "upflow"', False),
        (f'{AT}FATAL:  database "upflow" is not currently accepting connections', False),
        (f'{AT}FATAL:  unrecognized configuration parameter "foo"', False),
        (f"{AT}FATAL:  unsupported startup parameter: options", False),
        (f'{AT}FATAL:  invalid value for parameter "search_path": ""', False),
        (f"{AT}server does not support SSL, but SSL was required", False),
        (f"{AT}SSL error: certificate verify failed", False),
        (f'{AT}root certificate file "/nope" does not exist', False),
        (f'{AT}could not load private key file "/key": no such file', False),
        ('could not translate host name "db.invalid" to address: Name or service not known', False),
        ("failed to resolve host 'db.invalid': [Errno -2] Name or service not known", False),
        ('invalid connection option "sslmod"', False),
        ('invalid dsn: invalid connection option "sslmod"', False),
        ('connection is bad: invalid sslmode value: "nope"', False),
        (f'{AT}invalid integer value "abc" for connection option "connect_timeout"', False),
        ("bad value for connect_timeout: 'abc'", False),
        ('invalid port number: "0"', False),
        ("something that nobody has heard of", True),
    ],
)
def test_without_a_code_the_text_decides(text, passes):
    """The client library of PostgreSQL gives no codes for connections that cannot be made."""
    assert may_pass(None, text) is passes


@pytest.mark.parametrize("secret", ["hunter2", "p@ss:w/rd", "Übung 1"])
def test_the_first_line_without_the_password(secret):
    """What the driver says, and nothing that it repeats of the password or of a statement."""
    text = f'{AT}FATAL:  password "{secret}" is wrong\nLINE 1: SELECT {secret}\nDETAIL: Jane Doe'
    error = ledger_error(psycopg2.OperationalError(text), "the ledger's database", ["", secret])

    assert str(error) == f'the ledger\'s database: {AT}FATAL:  password "***" is wrong'


def test_a_connection_that_was_tried_at_several_addresses_says_why_it_failed():
    """The first line of psycopg is but a heading then."""
    text = "Multiple connection attempts failed. All failures were:\n- host: '::1': Connection refused\n- host: 'b': no"

    assert "'::1': Connection refused - host: 'b': no" in str(ledger_error(psycopg.OperationalError(text), "x"))


def test_an_error_that_says_nothing_is_named():
    """By its class, at least."""
    assert str(ledger_error(psycopg.OperationalError(), "the ledger")) == "the ledger: OperationalError"


@pytest.fixture(params=["psycopg", "psycopg2"])
def server(request, postgres_url):
    """Return the URL of an empty ledger on PostgreSQL, for each driver."""
    return sa.make_url(postgres_url).set(drivername=f"postgresql+{request.param}")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        pytest.param({"database": "nope"}, ConfigurationError, 'database "nope" does not exist', id="database"),
        pytest.param({"username": "nobody"}, ConfigurationError, 'role "nobody" does not exist', id="role"),
        pytest.param({"port": 9}, RetriableError, "Connection refused", id="refused"),
        pytest.param({"query": {"sslmode": "require"}}, ConfigurationError, "does not support SSL", id="ssl"),
        pytest.param({"query": {"sslmod": "require"}}, ConfigurationError, 'option "sslmod"', id="option"),
        pytest.param({"query": {"sslmode": "nope"}}, ConfigurationError, "invalid sslmode value", id="value"),
        pytest.param({"query": {"options": "-c no_such=1"}}, ConfigurationError, "unrecognized", id="parameter"),
        pytest.param(
            {"query": {"options": "-c default_transaction_read_only=on"}}, ConfigurationError, "standby", id="read-only"
        ),
    ],
)
def test_a_database_that_cannot_be_opened_says_why(server, change, kind, says):
    """In the words of the driver; whether another try makes sense is clear at once."""
    engine = sa.create_engine(server.set(password="hunter2", **change))
    with pytest.raises(kind) as raised:
        prepare(engine)
    engine.dispose()

    assert says in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.postgres
def test_errors_in_the_middle_of_a_run_are_translated(server):
    """The statement is in none of them; a database that comes back is used again."""
    engine, control = (sa.create_engine(server) for _ in range(2))
    ledger = Ledger(engine, "default")
    with control.begin() as connection:
        connection.execute(sa.text("LOCK upflow_watermarks"))
        with engine.connect() as waiting:
            waiting.execute(sa.text("SET LOCAL statement_timeout = 100"))
            with pytest.raises(RetriableError, match=r"\(57014\)") as cancelled:
                waiting.execute(sa.text("SELECT * FROM upflow_watermarks"))
    with engine.connect() as cut:
        pid = cut.execute(sa.text("SELECT pg_backend_pid()")).scalar()
        with control.begin() as connection:
            connection.execute(sa.text(f"SELECT pg_terminate_backend({pid}, 5000)"))
        with pytest.raises(RetriableError) as terminated:
            cut.execute(sa.text("SELECT 1"))
    with engine.begin() as connection, pytest.raises(RecordError, match=r"\(22003\)"):
        connection.execute(sa.text("SELECT 99999999999::integer"))
    after = ledger.watermark()
    engine.dispose()
    control.dispose()

    assert after is None
    assert "SELECT" not in f"{cancelled.value} {terminated.value}"


@pytest.mark.parametrize(
    ("statement", "kind", "says"),
    [
        ("INSERT INTO upflow_watermarks VALUES ('a', 'b')", ConfigurationError, "SQLITE_READONLY"),
        ("SELECT * FROM no_such_table", ConfigurationError, "no such table"),
    ],
)
def test_errors_of_sqlite_are_translated(sqlite_url, statement, kind, says):
    """By SQLite's own names."""
    engine = prepare(sa.create_engine(sqlite_url))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(kind, match=says):
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_file_that_another_process_keeps_locked_may_be_free_later(sqlite_url):
    """The time-out of SQLite is over; a retry of the task may find it free."""
    engine = prepare(sa.create_engine(sqlite_url))
    other = sqlite3.connect(engine.url.database)
    other.execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
        with pytest.raises(RetriableError, match="locked"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    other.close()
    engine.dispose()
