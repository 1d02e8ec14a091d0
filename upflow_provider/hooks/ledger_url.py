"""The Airflow connection of the ledger becomes the URL of its database, with everything that its extra asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from airflow.sdk import Connection

from upflow_provider.hooks.connection_error import connection_error
from upflow_provider.ledger.database.errors import without

INSTALL = "pip install apache-airflow-providers-postgres"
DRIVERS = ("postgresql", "postgresql+psycopg", "postgresql+psycopg2")
OWN_EXTRAS = frozenset({"sqlalchemy_scheme", "sqlalchemy_query"})
"""Extras that say how Airflow's hook makes an engine; the driver does not see them."""
REFUSED_EXTRAS = frozenset(
    {"iam", "redshift", "redshift-serverless", "cursor", "cluster-identifier", "workgroup-name"}
    | {"aws_conn_id", "azure_conn_id"}
)
"""Extras of Airflow's PostgreSQL connections that make no sense for a ledger: other logins, and other cursors."""


def ledger_url(connection: Connection) -> sa.URL:
    """
    Return the URL of the ledger's database.

    :param connection: connection of type ``postgres`` or ``sqlite``
    :raises ConfigurationError: it is of another type, lacks something, or asks for something that is not possible
    """
    kind = connection.conn_type
    if kind == "sqlite":
        return _sqlite_url(connection)
    if kind == "postgres":
        return _postgres_url(connection)
    raise connection_error(connection, f"it is of type {kind!r}; the ledger needs postgres or sqlite")


def _sqlite_url(connection: Connection) -> sa.URL:
    file = Path(*filter(None, ((connection.host or "").strip(), connection.schema)))
    if not file.is_absolute():
        raise connection_error(connection, "host must be the absolute path of the ledger's file")
    if extra := _extra(connection):
        raise connection_error(connection, f"extra {', '.join(extra)}: the ledger's file takes none")
    return sa.URL.create("sqlite", database=str(file))


def _postgres_url(connection: Connection) -> sa.URL:
    extra = _extra(connection)
    if refused := sorted(REFUSED_EXTRAS & extra.keys()):
        raise connection_error(connection, f"extra {', '.join(refused)}: cannot be used for a ledger; remove it")
    query = extra.get("sqlalchemy_query", {})
    if not isinstance(query, dict):
        raise connection_error(connection, "extra sqlalchemy_query must be a JSON object")
    options = {**query, **{name: value for name, value in extra.items() if name not in OWN_EXTRAS}}
    url = sa.URL.create(
        _driver(connection, extra),
        username=connection.login,
        password=connection.password,
        host=connection.host and connection.host.strip(),
        port=connection.port,
        database=connection.schema,
        query={name: _text(value) for name, value in options.items()},
    )
    _check_options(connection, url)
    return url


def _text(value: object) -> str | list[str]:
    """Return the value of an option as text; several hosts may be a list."""
    return [str(each) for each in value] if isinstance(value, list) else str(value)


def _extra(connection: Connection) -> dict[str, Any]:
    """Return the extra without what is empty or off, which means the default."""
    try:
        fields = json.loads(connection.extra or "{}")
        return {name: value for name, value in fields.items() if value not in ("", None, False)}
    except (ValueError, AttributeError):
        raise connection_error(connection, "extra must be a JSON object") from None


def _driver(connection: Connection, extra: dict[str, Any]) -> str:
    """Return the driver that Airflow's hook would choose: psycopg if it is installed, else psycopg2."""
    scheme = extra.get("sqlalchemy_scheme")
    if scheme and scheme not in DRIVERS:
        raise connection_error(connection, f"extra sqlalchemy_scheme must be one of {', '.join(DRIVERS)}")
    if scheme:
        return str(scheme)
    return "postgresql+psycopg" if find_spec("psycopg") else "postgresql"


def _check_options(connection: Connection, url: sa.URL) -> None:
    """Raise an error if the driver does not know an option, which would be a misspelt one, or is not installed."""
    dialect = url.get_dialect()()
    try:
        if dialect.driver == "psycopg":
            check: Callable[..., str] = import_module("psycopg.conninfo").make_conninfo
        else:
            check = import_module("psycopg2.extensions").make_dsn
        driver_error = import_module(dialect.driver).Error
    except ImportError:
        raise connection_error(connection, f"the driver {dialect.driver} is not installed; run: {INSTALL}") from None
    try:
        check(**dialect.create_connect_args(url)[1])
    except driver_error as error:
        reason = without(str(error).strip(), [connection.password or ""])
        raise connection_error(connection, f"extra: {reason}") from None
