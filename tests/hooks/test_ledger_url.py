"""The extra of the ledger's connection: all of the driver's options, and nothing that is ignored."""

import json

import pytest
import sqlalchemy as sa
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import Connection

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.ledger_url import OWN_EXTRAS, REFUSED_EXTRAS, ledger_url

OPTIONS = {
    "sslmode": "verify-full",
    "sslrootcert": "/certs/root.pem",
    "sslcert": "/certs/client.pem",
    "sslkey": "/certs/client.key",
    "connect_timeout": 7,
    "application_name": "upflow",
    "options": "-c search_path=upflow",
    "keepalives": 1,
    "keepalives_idle": 30,
    "target_session_attrs": "read-write",
    "channel_binding": "prefer",
}


@pytest.fixture(params=["postgresql+psycopg", "postgresql+psycopg2", "postgresql"])
def scheme(request):
    """Return each way to name a driver."""
    return request.param


def postgres(extra, **fields):
    """Return a connection to PostgreSQL."""
    return Connection(conn_id="upflow_ledger", conn_type="postgres", host="db", extra=json.dumps(extra), **fields)


def arguments(connection):
    """Return what the driver is given."""
    url = ledger_url(connection)
    return url.get_dialect()().create_connect_args(url)[1]


def test_every_option_of_the_driver_is_honoured(scheme):
    """As Airflow's own hook does; numbers and text alike."""
    connection = postgres(
        {**OPTIONS, "sqlalchemy_scheme": scheme}, login="me", password="p@ss/w", port=5433, schema="upflow"
    )

    assert arguments(connection) == {
        **{name: str(value) for name, value in OPTIONS.items()},
        "host": "db",
        "port": 5433,
        "user": "me",
        "password": "p@ss/w",
        "dbname": "upflow",
    }


def test_options_may_stand_in_sqlalchemy_query(scheme):
    """Where they had to stand in version 0.1.0."""
    query = {"sslmode": "require", "keepalives": 1, "host": ["one:5432", "two:5433"]}
    connection = postgres({"sqlalchemy_query": query, "connect_timeout": 5, "sqlalchemy_scheme": scheme})

    assert arguments(connection) == {
        "host": "one,two",
        "port": "5432,5433",
        "sslmode": "require",
        "keepalives": "1",
        "connect_timeout": "5",
    }


def test_airflows_driver_is_the_default():
    """The ledger uses the same as Airflow's own hook."""
    hook = PostgresHook()
    hook._connection = postgres({})

    assert ledger_url(postgres({})).drivername == hook.sqlalchemy_scheme


@pytest.mark.parametrize("name", sorted(REFUSED_EXTRAS))
def test_what_a_ledger_cannot_have_is_refused_by_name(name):
    """A login by a cloud's tokens, or another cursor."""
    with pytest.raises(
        ConfigurationError, match=f"connection 'upflow_ledger': extra {name}: cannot be used for a ledger"
    ):
        ledger_url(postgres({name: True}))


def test_every_extra_of_airflows_hook_is_honoured_or_refused():
    """None is ignored."""
    assert PostgresHook.ignored_extra_options == OWN_EXTRAS | REFUSED_EXTRAS


@pytest.mark.parametrize("extra", [{}, {"iam": False, "cursor": "", "sslmode": None}])
def test_what_is_empty_or_off_means_the_default(extra):
    """Airflow's form stores fields that nobody has filled in."""
    assert arguments(postgres(extra)) == {"host": "db"}


@pytest.mark.parametrize(
    "name",
    ["sslmod", "ssl_mode", "autocommit", "prepare_threshold", "row_factory", "cursor_factory", "isolation_level"],
)
def test_an_option_that_the_driver_does_not_know_is_refused_by_name(scheme, name):
    """It is misspelt, or would change what the ledger relies on; nothing is connected to find that out."""
    for extra in ({name: "1"}, {"sqlalchemy_query": {name: "1"}}):
        with pytest.raises(ConfigurationError, match=f"'upflow_ledger': extra: .*option \"{name}\""):
            ledger_url(postgres({**extra, "sqlalchemy_scheme": scheme}, password="secret-word"))


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ('{"sslmode": "require"', "extra must be a JSON object"),
        ('["sslmode"]', "extra must be a JSON object"),
        ('{"sqlalchemy_query": "sslmode=require"}', "extra sqlalchemy_query must be a JSON object"),
        ('{"sqlalchemy_scheme": "postgresql+asyncpg"}', "extra sqlalchemy_scheme must be one of"),
        ('{"sqlalchemy_scheme": "mysql"}', "extra sqlalchemy_scheme must be one of"),
    ],
)
def test_an_extra_of_the_wrong_form_is_refused(extra, says):
    """It is not ignored, as Airflow does with an extra that is no JSON."""
    with pytest.raises(ConfigurationError, match=f"connection 'upflow_ledger': {says}"):
        ledger_url(Connection(conn_id="upflow_ledger", conn_type="postgres", host="db", extra=extra))


@pytest.mark.parametrize(
    "fields",
    [{"host": "/data/ledger.db"}, {"schema": "/data/ledger.db"}, {"host": "/data", "schema": "ledger.db"}],
)
def test_a_file_is_found_in_host_and_schema(fields):
    """Where a URI of a connection puts it."""
    assert ledger_url(Connection(conn_id="upflow_ledger", conn_type="sqlite", **fields)) == sa.make_url(
        "sqlite:////data/ledger.db"
    )


@pytest.mark.parametrize("uri", ["sqlite://%2Fdata%2Fledger.db", "sqlite:////data/ledger.db"])
def test_a_file_may_be_given_as_a_uri(uri):
    """In both forms that Airflow's documentation has."""
    assert ledger_url(Connection.from_uri(uri, conn_id="upflow_ledger")).database == "/data/ledger.db"


def test_a_file_takes_no_extra():
    """None would have an effect."""
    with pytest.raises(ConfigurationError, match="'upflow_ledger': extra mode: the ledger's file takes none"):
        ledger_url(
            Connection(conn_id="upflow_ledger", conn_type="sqlite", host="/data/ledger.db", extra='{"mode": "ro"}')
        )
