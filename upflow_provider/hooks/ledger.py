"""The Airflow connection of the ledger becomes a ledger."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import sqlalchemy as sa
from airflow.sdk import BaseHook, Connection
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.hooks.connection_error import connection_error
from upflow_provider.ledger import Ledger, LedgerBudget, prepare
from upflow_provider.ledger.budget import Lane

log = logging.getLogger(__name__)

DEFAULT_CONN_ID = "upflow_ledger"
CONN_TYPES = ("postgres", "sqlite")
ONE_HOST_EXECUTORS = {"LocalExecutor", "SequentialExecutor", "DebugExecutor"}
"""Executors whose tasks all run on the scheduler's host and see its files."""
ADD_COMMAND = (
    "airflow connections add {id} --conn-type postgres --conn-host HOST --conn-schema DATABASE "
    "--conn-login USER --conn-password PASSWORD"
)
ENGINE_KWARGS = {
    "pool_pre_ping": True,
    "hide_parameters": True,  # an error's message must not hold ids and reasons
}

_engines: dict[tuple[int, sa.URL], sa.Engine] = {}  # by process, because a child must not use its parent's


def open_ledger(conn_id: str = DEFAULT_CONN_ID, *, organization: str) -> Ledger:
    """
    Open the ledger of an organization.

    TLS settings of a PostgreSQL connection belong in its extra under ``sqlalchemy_query``, for example
    ``{"sqlalchemy_query": {"sslmode": "require"}}``, because Airflow's hook passes no others on.

    :param conn_id: connection of type ``postgres`` or ``sqlite``; if it does not exist, the ledger is a
        SQLite file in ``$AIRFLOW_HOME``
    :param organization: name of the organization in ``organizations.yaml``
    :raises ConfigurationError: the connection cannot be used for a ledger, or it does not exist although
        tasks may run on other hosts
    :raises RetriableError: the database cannot be reached
    """
    return Ledger(_engine(conn_id), organization)


def open_budget(conn_id: str = DEFAULT_CONN_ID, *, key: str, requests_per_minute: int, lane: Lane) -> LedgerBudget:
    """
    Open the request budget of one vendor account, which is kept in the ledger's database.

    It raises the same errors as :func:`open_ledger`.

    :param conn_id: connection of the ledger, as for :func:`open_ledger`
    :param key: name of the vendor account
    :param requests_per_minute: the vendor's limit
    :param lane: ``live`` goes before ``history``
    """
    return LedgerBudget(_engine(conn_id), key, requests_per_minute=requests_per_minute, lane=lane)


def _engine(conn_id: str) -> sa.Engine:
    """Return the engine of the ledger's database, one for the whole process."""
    try:
        new = _new_engine(BaseHook.get_connection(conn_id))
    except AirflowNotFoundException:
        new = sa.create_engine(sa.URL.create("sqlite", database=_default_file(conn_id)), **ENGINE_KWARGS)
        if (os.getpid(), new.url) not in _engines:
            log.info("connection %r does not exist: the ledger is the file %s", conn_id, new.url.database)
    engine = _engines.setdefault((os.getpid(), new.url), new)
    try:
        return prepare(engine)
    except sa.exc.OperationalError as error:
        raise RetriableError(
            f"the ledger's database cannot be opened ({type(error.orig).__name__}); "
            f"if this does not pass, check connection {conn_id!r}"
        ) from error


def _new_engine(connection: Connection) -> sa.Engine:
    kind = connection.conn_type
    if kind not in CONN_TYPES:
        raise connection_error(connection, f"it is of type {kind!r}; the ledger needs {' or '.join(CONN_TYPES)}")
    try:
        hook = connection.get_hook()  # type: ignore[no-untyped-call]
    except AirflowException as error:  # its provider is optional
        install = f"pip install apache-airflow-providers-{kind}"
        raise connection_error(connection, f"Airflow does not know its type; run: {install}") from error
    engine: sa.Engine = hook.get_sqlalchemy_engine(dict(ENGINE_KWARGS))
    if kind == "sqlite" and not Path(engine.url.database or "").is_absolute():
        raise connection_error(connection, "host must be the absolute path of the ledger's file")
    return engine


def _default_file(conn_id: str) -> str:
    """Return the file in Airflow's home; raise an error if not every task of this Airflow can see it."""
    executors = {_class_name(each) for each in re.split("[,;]", conf.get("core", "executor")) if each.strip()}
    elsewhere = ", ".join(sorted(executors - ONE_HOST_EXECUTORS))
    if elsewhere:
        raise ConfigurationError(
            f"connection {conn_id!r} does not exist, and with {elsewhere} tasks may run on other hosts, so "
            f"that the ledger cannot be a file. Run: {ADD_COMMAND.format(id=conn_id)}"
        )
    home = os.path.expandvars(os.environ.get("AIRFLOW_HOME", "~/airflow"))
    return str(Path(home).expanduser().absolute() / "upflow_ledger.db")


def _class_name(executor: str) -> str:
    """Return ``Class`` from ``team=alias:module.Class``, in which all other parts are optional."""
    return re.split("[=:.]", executor.strip())[-1]
