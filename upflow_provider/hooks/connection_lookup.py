"""The look-up of connections: that one does not exist is known, never concluded from a look-up that failed."""

from __future__ import annotations

import re
from typing import Any

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import (
    AirflowNotFoundException,
    AirflowRuntimeError,
    AirflowSecretsBackendAccessDenied,
    ErrorType,
)
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, GetConnection
from airflow.sdk.execution_time.secrets import ExecutionAPISecretsBackend
from airflow.sdk.execution_time.supervisor import ensure_secrets_backend_loaded

from upflow_provider.errors import ConfigurationError, RetriableError

HALF = re.compile("[\ud800-\udfff]")
"""Half a character, which no process can hand to another one."""
TEXT_FIELDS = ("login", "password", "host", "schema", "extra")


class ExistingConnections(BaseHook):
    """A hook whose connections exist, or it raises an error of this package."""

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """
        Return a connection.

        :param conn_id: id of the connection
        :raises ConfigurationError: it does not exist, cannot be read, or may not be read by this task
        :raises RetriableError: a secrets backend could not look it up
        """
        connection = find_connection(conn_id)
        if connection is None:
            raise ConfigurationError(f"connection {conn_id!r} does not exist")
        return connection


def find_connection(conn_id: str) -> Connection | None:
    """
    Return a connection; ``None`` if every secrets backend says that it has no such connection.

    Airflow raises one error for a connection that does not exist and for one that a backend failed to look up. So when
    it finds none, each backend is asked once more.

    :param conn_id: id of the connection
    :raises ConfigurationError: a backend has text that is no connection, or Airflow denies access to it
    :raises RetriableError: a backend could not look it up
    """
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        for backend in ensure_secrets_backend_loaded():
            _check_absence(backend, conn_id)
        return None
    except AirflowSecretsBackendAccessDenied:
        raise ConfigurationError(f"connection {conn_id!r}: Airflow does not let this task read it") from None


def _check_absence(backend: Any, conn_id: str) -> None:  # noqa: ANN401 - two classes of Airflow's, without a common one
    """Raise an error unless a secrets backend says that it has no such connection."""
    name = f"connection {conn_id!r}: secrets backend {type(backend).__name__}"
    is_api = isinstance(backend, ExecutionAPISecretsBackend)
    try:
        found = _ask_api(conn_id) if is_api else backend.get_connection(conn_id=conn_id)
    except Exception as error:  # noqa: BLE001 - a backend may raise anything
        if _has_text(backend, conn_id):
            raise ConfigurationError(
                f"{name} has text that is neither a URI nor JSON of a connection ({type(error).__name__}); in a "
                "URI, user, password and host have to be percent-encoded"
            ) from None  # the error may quote the password
        what = error.error.error.value if isinstance(error, AirflowRuntimeError) else type(error).__name__
        raise RetriableError(f"{name} could not look it up ({what})") from None
    if found:
        if halves := [field for field in TEXT_FIELDS if HALF.search(str(getattr(found, field, None) or ""))]:
            raise ConfigurationError(
                f"connection {conn_id!r}: its {' and '.join(halves)} has half a character, as it is left when text is "
                "cut within an emoji; enter it again"
            )
        raise RetriableError(f"{name} found it at the second attempt only")


def _ask_api(conn_id: str) -> object:
    """Ask Airflow's API server, whose backend takes every failure for an absence; return ``None`` if there is none."""
    answer = task_runner.SUPERVISOR_COMMS.send(GetConnection(conn_id=conn_id))
    if not isinstance(answer, ErrorResponse):
        return answer
    if answer.error is not ErrorType.CONNECTION_NOT_FOUND:
        raise AirflowRuntimeError(answer)
    return None


def _has_text(backend: Any, conn_id: str) -> bool:  # noqa: ANN401 - as above
    """Tell whether a backend has a text for a connection, so that what failed was the reading of the text."""
    try:
        return bool(backend.get_conn_value(conn_id=conn_id))
    except Exception:  # noqa: BLE001 - it has none, or keeps connections in another form
        return False
