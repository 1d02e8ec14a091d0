"""The check of what a run relies on: Params, connections, accounts and ledger; all problems are reported at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import ConfigurationError, RetriableError, UpflowSyncError
from upflow_provider.hooks.connection_lookup import find_connection
from upflow_provider.runs.suggestion import suggestion
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import DAG, Context

    from upflow_provider.ledger import Ledger

log = logging.getLogger(__name__)

HOW_TO_ADD: Mapping[str, str] = MappingProxyType(
    {
        "upflow": (
            "airflow connections add {id} --conn-type upflow --conn-host https://api.upflow.io/v1 "
            "--conn-port 0 --conn-login API_KEY --conn-password API_SECRET --conn-extra '{{\"test_mode\": true}}'"
        ),
        "stripe": "airflow connections add {id} --conn-type stripe --conn-port 0 --conn-password RESTRICTED_KEY",
        "salesforce": (
            "airflow connections add {id} --conn-type salesforce --conn-port 0 --conn-extra "
            '\'{{"consumer_key": "KEY", "consumer_secret": "SECRET", "domain": "MYDOMAIN.my"}}\''
        ),
    }
)
BETWEEN_STRIPE_AND_UPFLOW = ("upflow", "stripe")

Check = Callable[[], object]
"""Raises an error of this package if something is wrong."""


def check_setup(
    organization: Organization,
    *,
    checks: Sequence[Check] = (),
    systems: Sequence[str] = BETWEEN_STRIPE_AND_UPFLOW,
    peers: Sequence[Organization] = (),
) -> None:
    """
    Check that the connections and the ledger can be used, and that no other organization uses the same accounts.

    :param organization: the Upflow organization
    :param checks: what else is to be checked; problems are reported together
    :param systems: systems that connections are needed to
    :param peers: organizations whose accounts must be others
    :raises ConfigurationError: something is wrong; the message lists all problems, each with its remedy
    :raises RetriableError: nothing is known to be wrong, but something cannot be looked up or reached for now
    """
    wrong: list[str] = []
    passing: list[str] = []
    every: list[Check] = [*checks, *_connection_checks(organization, systems, peers), lambda: ledger_of(organization)]
    for check in every:
        try:
            check()
        except ConfigurationError as error:
            wrong.append(str(error))
        except RetriableError as error:
            passing.append(str(error))
    found = list(dict.fromkeys(wrong + passing))  # two checks may meet the same problem
    if wrong:
        raise ConfigurationError("before this can run:\n- " + "\n- ".join(found))
    if passing:
        raise RetriableError("\n- ".join(found))
    log.info("nothing is missing: connections to %s, and the ledger", ", ".join(each.title() for each in systems))


def ledger_of(organization: Organization) -> Ledger:
    """
    Return the ledger of an organization, whose clock tells the time before Upflow's connection is known to be right.

    :param organization: the Upflow organization
    :raises ConfigurationError: its database cannot be used
    :raises RetriableError: its database cannot be reached for now
    """
    from upflow_provider.hooks.ledger import open_ledger

    return open_ledger(organization.ledger_conn_id, organization=organization.name)


def check_params(context: Context, dag: DAG | None) -> None:
    """
    Check that a run was triggered with Params that its DAG has; Airflow accepts all others and ignores them.

    :param context: the task's context
    :param dag: the task's DAG
    :raises ConfigurationError: there is no Param of that name
    """
    given = context["dag_run"].conf or {}
    unknown = [name for name in given if dag is None or name not in dag.params]
    if unknown:
        known = dag.params if dag else ()
        raise ConfigurationError(
            "; ".join(f"unknown parameter {name!r}; {suggestion(name, known)}" for name in unknown)
        )


def _connection_checks(
    organization: Organization, systems: Sequence[str], peers: Sequence[Organization]
) -> Iterator[Check]:
    wanted = {"upflow": organization.upflow_conn_id, "stripe": organization.stripe_conn_id}
    if organization.salesforce:
        wanted["salesforce"] = organization.salesforce.conn_id
    if organization.account_import:
        wanted["salesforce_import"] = organization.account_import.conn_id or ""
    for system in systems:
        yield from _CONNECTION_CHECKS[system](wanted[system])
    for system in systems:
        if system in _ACCOUNTS:
            yield from (_account_check(system, organization, peer) for peer in peers if peer.name != organization.name)


def _existing(kind: str, conn_id: str) -> Check:
    def check() -> None:
        connection = find_connection(conn_id)
        if connection is None:
            raise ConfigurationError(
                f"connection {conn_id!r} does not exist; run: {HOW_TO_ADD[kind].format(id=conn_id)}"
            )
        if connection.conn_type != kind:
            log.warning(
                "connection %r is of type %r; with %r, Airflow's form shows its fields",
                conn_id,
                connection.conn_type,
                kind,
            )

    return check


def _if_it_exists(conn_id: str, check: Check) -> Check:
    """Return a check of what a connection contains, which says nothing about one that is missing."""
    return lambda: check() if find_connection(conn_id) else None


def _upflow_checks(conn_id: str) -> Iterator[Check]:
    from upflow_provider.hooks.upflow import UpflowHook
    from upflow_provider.hooks.upflow_auth import check_credentials

    hook = UpflowHook(conn_id)
    parts: tuple[Check, ...] = (lambda: check_credentials(hook.connection), lambda: hook.api_url, lambda: hook.extra)
    yield _existing("upflow", conn_id)
    yield from (_if_it_exists(conn_id, part) for part in parts)


def _stripe_checks(conn_id: str) -> Iterator[Check]:
    from upflow_provider.hooks.stripe import StripeHook

    hook = StripeHook(conn_id)
    parts: tuple[Check, ...] = (lambda: hook.api_key, lambda: hook.api_url, lambda: hook.extra)
    yield _existing("stripe", conn_id)
    yield from (_if_it_exists(conn_id, part) for part in parts)


def _salesforce_checks(conn_id: str) -> Iterator[Check]:
    from upflow_provider.hooks.connection_extra import SalesforceConnectionExtra, read_extra

    def check_extra() -> None:
        connection = find_connection(conn_id)
        if connection:
            read_extra(connection, SalesforceConnectionExtra)

    yield _existing("salesforce", conn_id)
    yield check_extra


_CONNECTION_CHECKS: Mapping[str, Callable[[str], Iterator[Check]]] = MappingProxyType(
    {
        "upflow": _upflow_checks,
        "stripe": _stripe_checks,
        "salesforce": _salesforce_checks,
        "salesforce_import": _salesforce_checks,
    }
)


def _upflow_account(organization: Organization) -> tuple[str, Any]:
    from upflow_provider.hooks.base_urls import api_host
    from upflow_provider.hooks.upflow import UpflowHook

    hook = UpflowHook(organization.upflow_conn_id)
    return hook.upflow_conn_id, (api_host(hook.api_url), (hook.connection.login or "").strip())


def _stripe_account(organization: Organization) -> tuple[str, Any]:
    from upflow_provider.hooks.stripe import StripeHook

    hook = StripeHook(organization.stripe_conn_id)
    return hook.stripe_conn_id, (hook.api_key, hook.extra.account, hook.api_url)


_ACCOUNTS: Mapping[str, Callable[[Organization], tuple[str, Any]]] = MappingProxyType(
    {"upflow": _upflow_account, "stripe": _stripe_account}
)
"""Functions that return the connection of an organization, and what shows which account that leads to."""


def _account_check(system: str, organization: Organization, peer: Organization) -> Check:
    def check() -> None:
        try:
            (conn_id, account), (other_id, other) = map(_ACCOUNTS[system], (organization, peer))
        except UpflowSyncError:
            return  # a connection that cannot be used leads nowhere; the check of its own organization says so
        if account == other:
            raise ConfigurationError(
                f"connection {conn_id!r} has the same API key as {other_id!r} of organization {peer.name!r}: two "
                f"organizations would write the same records. Give each an account of {system.capitalize()} of its "
                "own, or remove one from organizations.yaml"
            )

    return check
