"""The Airflow connection of the ledger becomes a ledger."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from airflow.sdk import BaseHook
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowNotFoundException

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Ledger, LedgerBudget, prepare
from upflow_provider.ledger.budget import Lane

log = logging.getLogger(__name__)

DEFAULT_CONN_ID = "upflow_ledger"
ONE_HOST_EXECUTORS = {"LocalExecutor", "SequentialExecutor", "DebugExecutor"}
HOW_TO_ADD = (
    "airflow connections add {id} --conn-type postgres --conn-host HOST --conn-schema DATABASE "
    "--conn-login USER --conn-password PASSWORD"
)


def open_ledger(conn_id: str = DEFAULT_CONN_ID, *, organization: str) -> Ledger:
    """
    Open the ledger of an organization.

    :param conn_id: connection of type ``postgres`` or ``sqlite``; where it does not exist, the ledger
        is a SQLite file in ``$AIRFLOW_HOME``
    :param organization: name of the organization in ``organizations.yaml``
    :raises ConfigurationError: the connection is of another type, or there is none although tasks may
        run on other hosts
    """
    return Ledger(_engine(conn_id), organization)


def open_budget(conn_id: str = DEFAULT_CONN_ID, *, key: str, requests_per_minute: int, lane: Lane) -> LedgerBudget:
    """
    Open the request budget of one vendor account; it is kept in the ledger's database.

    :param conn_id: as for :func:`open_ledger`
    :param key: name of the vendor account
    :param requests_per_minute: the vendor's limit
    :param lane: ``live`` goes before ``history``
    """
    return LedgerBudget(_engine(conn_id), key, requests_per_minute=requests_per_minute, lane=lane)


def _engine(conn_id: str) -> sa.Engine:
    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return _file_engine(_default_file(conn_id))
    if connection.conn_type not in {"postgres", "sqlite"}:
        raise ConfigurationError(
            f"connection {conn_id!r} is of type {connection.conn_type!r}; the ledger needs postgres or sqlite"
        )
    hook = connection.get_hook()  # type: ignore[no-untyped-call]
    return _shared_engine(conn_id, hook.get_uri(), hook)


@cache
def _file_engine(path: Path) -> sa.Engine:
    log.info("the ledger is the SQLite file %s: there is no connection %r", path, DEFAULT_CONN_ID)
    return prepare(sa.create_engine(f"sqlite:///{path}"))


_engines: dict[str, sa.Engine] = {}


def _shared_engine(conn_id: str, uri: str, hook: object) -> sa.Engine:
    """Return one engine per database and process."""
    if uri not in _engines:
        try:
            engine: sa.Engine = hook.get_sqlalchemy_engine({"pool_pre_ping": True})  # type: ignore[attr-defined]
            _engines[uri] = prepare(engine)
        except sa.exc.OperationalError as error:
            raise ConfigurationError(
                f"the ledger's database cannot be reached; check connection {conn_id!r}"
            ) from error
    return _engines[uri]


def _default_file(conn_id: str) -> Path:
    """Return the file in Airflow's home, if every task of this Airflow can see it."""
    executors = {name.split(":")[-1].split(".")[-1] for name in conf.get("core", "executor").split(",")}
    elsewhere = ", ".join(sorted(executors - ONE_HOST_EXECUTORS))
    if elsewhere:
        raise ConfigurationError(
            f"connection {conn_id!r} does not exist, and with {elsewhere} tasks may run on other hosts, so "
            f"that the ledger cannot be a file. Run: {HOW_TO_ADD.format(id=conn_id)}"
        )
    return Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "upflow_ledger.db"
