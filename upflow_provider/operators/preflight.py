"""The first tasks of every DAG, which report everything that a human has to set up."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.connection_lookup import find_connection
from upflow_provider.hooks.organization import POOL, OpenOrganization
from upflow_provider.operators.airflow_errors import airflow_errors
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

log = logging.getLogger(__name__)

HOW_TO_ADD = {
    "upflow": (
        "airflow connections add {id} --conn-type upflow --conn-host https://api.upflow.io/v1 "
        "--conn-login API_KEY --conn-password API_SECRET"
    ),
    "stripe": "airflow connections add {id} --conn-type stripe --conn-password RESTRICTED_KEY",
    "salesforce": (
        "airflow connections add {id} --conn-type salesforce --conn-extra "
        '\'{{"consumer_key": "KEY", "consumer_secret": "SECRET", "domain": "MYDOMAIN.my"}}\''
    ),
}
BETWEEN_STRIPE_AND_UPFLOW = ("upflow", "stripe")
HOW_TO_ADD_POOL = f'airflow pools set {POOL} 5 "Concurrent requests to Upflow"'
RECENT_USE_S = 120.0
"""Seconds after a request to Upflow during which the pool counts as in use."""
STATES_WITHOUT_SLOT = (None, "scheduled")


class PreflightOperator(BaseOperator):
    """
    Check settings, connections, window, ledger and pool, and report all problems at once.

    It runs in Airflow's default pool, because a task of a pool that does not exist waits forever without a
    message. A task cannot ask Airflow for its pools, so this one watches *access_task*, which waits for a slot at the
    same time.

    :param organization: the Upflow organization
    :param problem: what is wrong with the organization's settings; ``None`` if nothing is
    :param start: first instant of the run's window (templated)
    :param end: first instant after it (templated)
    :param access_task: id of the task that waits for a slot of the pool; if empty, the pool is not checked (templated)
    :param systems: systems that the run needs connections to: ``upflow``, ``stripe``, ``salesforce``
    :param pool_wait_s: seconds after which a pool without a free slot counts as missing, unless requests to Upflow
        were made recently
    """

    template_fields: Sequence[str] = ("start", "end", "access_task")
    ui_color = "#f2f2f2"

    def __init__(
        self,
        *,
        organization: Organization,
        problem: str | None = None,
        start: str | None = None,
        end: str | None = None,
        access_task: str | None = None,
        systems: Sequence[str] = BETWEEN_STRIPE_AND_UPFLOW,
        pool_wait_s: float = 60.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.organization = organization
        self.problem = problem
        self.start = start
        self.end = end
        self.has_window = start is not None
        self.access_task = access_task
        self.systems = systems
        self.pool_wait_s = pool_wait_s

    def execute(self, context: Context) -> None:
        """Raise one error that lists all problems, each with its remedy."""
        with airflow_errors():
            if self.problem:
                raise ConfigurationError(self.problem)
            check_setup(self.organization, self._window_problems(), self.systems)
            if self.access_task:
                self._await_pool(context, self.access_task)

    def _window_problems(self) -> list[str]:
        from upflow_provider.runs.window import Window

        if not self.has_window:
            return []
        try:
            Window.parse(self.start, self.end)
        except ConfigurationError as error:
            return [str(error)]
        return []

    def _await_pool(self, context: Context, access_task: str) -> None:
        ti = context["ti"]
        deadline = time.monotonic() + self.pool_wait_s
        while True:
            states = ti.get_task_states(ti.dag_id, task_ids=[access_task], run_ids=[ti.run_id])
            if states.get(ti.run_id, {}).get(access_task) not in STATES_WITHOUT_SLOT:
                return
            if time.monotonic() >= deadline:
                break
            time.sleep(1.0)
        if OpenOrganization(self.organization, context, lane="live", is_dry_run=True).is_in_use(RECENT_USE_S):
            log.info("pool %s has no free slot for now: requests to Upflow are under way", POOL)
            return
        raise ConfigurationError(
            f"task {access_task!r} got no slot of pool {POOL!r} within {self.pool_wait_s:.0f} s and "
            f"nothing else uses Upflow: the pool is missing or has no slots. Run: {HOW_TO_ADD_POOL}, and clear "
            "this task"
        )


def check_setup(
    organization: Organization, problems: Sequence[str] = (), systems: Sequence[str] = BETWEEN_STRIPE_AND_UPFLOW
) -> None:
    """
    Check that the connections exist and the ledger can be opened.

    :param organization: the Upflow organization
    :param problems: other problems, to be reported together with those found here
    :param systems: systems that connections are needed to
    :raises ConfigurationError: something is wrong; the message lists all problems, each with its remedy
    :raises RetriableError: a connection cannot be looked up, or the ledger's database cannot be reached, for now
    """
    problems = [*_connection_problems(organization, systems), *problems, *_ledger_problems(organization)]
    if problems:
        raise ConfigurationError("before this can run:\n- " + "\n- ".join(problems))


class AccessOperator(BaseOperator):
    """
    Make one cheap request to Stripe and one to Upflow, to check that they accept the credentials.

    :param organization: the Upflow organization
    """

    ui_color = "#f2f2f2"

    def __init__(self, *, organization: Organization, **kwargs: Any) -> None:
        kwargs.setdefault("pool", POOL)
        super().__init__(**kwargs)
        self.organization = organization

    def execute(self, context: Context) -> None:
        """Fail if one of them refuses the credentials."""
        with airflow_errors():
            OpenOrganization(self.organization, context, lane="live", is_dry_run=True).check_access()


def _connection_problems(organization: Organization, systems: Sequence[str]) -> list[str]:
    wanted = {"upflow": organization.upflow_conn_id, "stripe": organization.stripe_conn_id}
    if organization.salesforce:
        wanted["salesforce"] = organization.salesforce.conn_id
    return [problem for kind in systems for problem in _problems_of_connection(kind, wanted[kind])]


def _problems_of_connection(kind: str, conn_id: str) -> list[str]:
    try:
        exists = find_connection(conn_id) is not None
    except ConfigurationError as error:
        return [str(error)]
    return [] if exists else [f"connection {conn_id!r} does not exist; run: {HOW_TO_ADD[kind].format(id=conn_id)}"]


def _ledger_problems(organization: Organization) -> list[str]:
    from upflow_provider.hooks.ledger import open_ledger

    try:
        open_ledger(organization.ledger_conn_id, organization=organization.name)
    except ConfigurationError as error:
        return [str(error)]
    return []
