"""The Airflow connection of the ledger becomes a ledger."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import sqlalchemy as sa
from airflow.sdk.configuration import conf

from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.hooks.connection_lookup import find_connection
from upflow_provider.hooks.ledger_url import ledger_url
from upflow_provider.ledger import Ledger, LedgerBudget, prepare
from upflow_provider.ledger.budget import Lane
from upflow_provider.ledger.database.engine import protect
from upflow_provider.ledger.database.pool import LedgerPool

log = logging.getLogger(__name__)

DEFAULT_CONN_ID = "upflow_ledger"
ONE_HOST_EXECUTORS = {"LocalExecutor", "SequentialExecutor", "DebugExecutor"}
"""Executors whose tasks all run on the scheduler's host and see its files."""
ADD_COMMAND = (
    "airflow connections add {id} --conn-type postgres --conn-host HOST --conn-port 5432 --conn-schema DATABASE "
    "--conn-login USER --conn-password PASSWORD"
)
ENGINE_KWARGS = {
    "poolclass": LedgerPool,
    "pool_pre_ping": True,
    "hide_parameters": True,  # an error's message must not hold ids and reasons
}

_engines: dict[tuple[int, sa.URL], sa.Engine] = {}  # by process, because a child must not use its parent's


def open_ledger(conn_id: str = DEFAULT_CONN_ID, *, organization: str) -> Ledger:
    """
    Open the ledger of an organization.

    The extra of a PostgreSQL connection may hold every option of the driver, such as ``sslmode``, as it may for
    Airflow's own hook. The database may be behind PgBouncer, in transaction mode, too.

    :param conn_id: connection of type ``postgres`` or ``sqlite``; if it does not exist, the ledger is a
        SQLite file in ``$AIRFLOW_HOME``
    :param organization: name of the organization in ``organizations.yaml``
    :raises ConfigurationError: the connection cannot be used for a ledger, the database refuses it for good, or the
        connection does not exist although tasks may run on other hosts
    :raises RetriableError: the connection cannot be looked up, or the database not be reached, for now
    """
    return Ledger(_engine(conn_id), organization)


def open_budget(conn_id: str = DEFAULT_CONN_ID, *, key: str, requests_per_minute: int, lane: Lane) -> LedgerBudget:
    """
    Open the request budget of one vendor account, which is kept in the ledger's database.

    It raises the same errors as :func:`open_ledger`.

    :param conn_id: connection of the ledger, as for :func:`open_ledger`
    :param key: name of the vendor account
    :param requests_per_minute: the vendor's limit
    :param lane: ``live`` goes before ``history``, and that before ``background``
    """
    return LedgerBudget(_engine(conn_id), key, requests_per_minute=requests_per_minute, lane=lane)


def _engine(conn_id: str) -> sa.Engine:
    """Return the engine of the ledger's database, one for the whole process."""
    connection = find_connection(conn_id)
    url = ledger_url(connection) if connection else sa.URL.create("sqlite", database=str(_default_file(conn_id)))
    key = (os.getpid(), url)
    if key not in _engines:
        if connection is None:
            protect(Path(str(url.database)))
            log.debug("the ledger is the file %s, because there is no connection %r", url.database, conn_id)
        _engines.setdefault(key, sa.create_engine(url, **ENGINE_KWARGS))
    try:
        return prepare(_engines[key])
    except (RetriableError, ConfigurationError) as error:
        raise type(error)(f"connection {conn_id!r}: {error}") from None  # the cause may hold the password


def _default_file(conn_id: str) -> Path:
    """Return the file in Airflow's home; raise an error if not every task of this Airflow can see it."""
    executors = {_class_name(each) for each in re.split("[,;]", conf.get("core", "executor")) if each.strip()}
    elsewhere = ", ".join(sorted(executors - ONE_HOST_EXECUTORS))
    if elsewhere:
        raise ConfigurationError(
            f"connection {conn_id!r} does not exist, and with {elsewhere} tasks may run on other hosts, so "
            f"that the ledger cannot be a file. Run: {ADD_COMMAND.format(id=conn_id)}"
        )
    home = os.path.expandvars(os.environ.get("AIRFLOW_HOME", "~/airflow"))
    return Path(home).expanduser().absolute() / "upflow_ledger.db"


def _class_name(executor: str) -> str:
    """Return ``Class`` from ``team=alias:module.Class``, in which all other parts are optional."""
    return re.split("[=:.]", executor.strip())[-1]
