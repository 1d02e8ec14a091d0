"""The error of a connection that somebody has to change."""

from __future__ import annotations

from airflow.sdk import Connection

from upflow_provider.errors import ConfigurationError


def connection_error(connection: Connection, problem: str) -> ConfigurationError:
    """
    Return the error that names the connection and what is wrong with it.

    :param connection: the connection
    :param problem: which field is wrong, and how; never its value
    """
    return ConfigurationError(f"connection {connection.conn_id!r}: {problem}")
