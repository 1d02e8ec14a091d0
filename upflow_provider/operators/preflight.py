"""The first tasks of every DAG, which report everything that a human has to set up."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, timezone
from airflow.sdk.exceptions import AirflowRescheduleException

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import PoolWatch, with_slots
from upflow_provider.operators.setup_check import BETWEEN_STRIPE_AND_UPFLOW, check_params, check_setup, ledger_of
from upflow_provider.runs.window import Window
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

log = logging.getLogger(__name__)


class PreflightOperator(BaseOperator):
    """
    Check settings, Params, connections, window, ledger and pool, and report all problems at once.

    It runs in Airflow's default pool, because a task of a pool that does not exist waits forever without a message.
    While *access_task* waits for slots, this one is rescheduled, so that it keeps no worker from it; it fails if no
    slot can ever come.

    :param organization: the Upflow organization
    :param problem: what is wrong with the organization's settings; ``None`` if nothing is
    :param start: first instant of the run's window (templated)
    :param end: first instant after it (templated)
    :param window_params: names under which users give the two, for messages
    :param access_task: id of the task that waits for slots of the pool; if empty, the pool is not checked
    :param systems: systems that the run needs connections to: ``upflow``, ``stripe``, ``salesforce``
    :param peers: organizations that share the pool, and whose accounts must be others
    """

    template_fields: Sequence[str] = ("start", "end")
    ui_color = "#f2f2f2"

    def __init__(
        self,
        *,
        organization: Organization,
        problem: str | None = None,
        start: str | None = None,
        end: str | None = None,
        window_params: tuple[str, str] = ("start", "end"),
        access_task: str | None = None,
        systems: Sequence[str] = BETWEEN_STRIPE_AND_UPFLOW,
        peers: Sequence[Organization] = (),
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("priority_weight", 1)  # less than that of the task that waits: see PoolWatch
        super().__init__(**kwargs)
        self.organization = organization
        self.problem = problem
        self.start = start
        self.end = end
        self.has_window = start is not None
        self.window_params = window_params
        self.access_task = access_task
        self.systems = systems
        self.peers = peers

    def execute(self, context: Context) -> None:
        """Raise one error that lists all problems, each with its remedy."""
        with airflow_errors():
            if self.problem:
                raise ConfigurationError(self.problem)
            checks = [lambda: check_params(context, self.get_dag())]
            if self.has_window:
                checks.append(self._check_window)
            check_setup(self.organization, checks=checks, systems=self.systems, peers=self.peers)
            self._await_pool(context)

    def _check_window(self) -> None:
        window = Window.parse(self.start, self.end, self.window_params)
        window.check_past(ledger_of(self.organization).clock.now(), self.window_params)

    def _await_pool(self, context: Context) -> None:
        if not self.access_task:
            return
        sharing = {each.name: each for each in (self.organization, *self.peers)}
        pause_s = PoolWatch(context, self.dag.get_task(self.access_task), sharing.values()).pause_s()
        if pause_s is not None:
            at = timezone.utcnow() + timedelta(seconds=pause_s)
            raise AirflowRescheduleException(at)  # type: ignore[no-untyped-call]


class AccessOperator(BaseOperator):
    """
    Make cheap requests to Stripe and Upflow, to check that they accept the credentials.

    It takes as many slots of the pool as the tasks after it, so that it shows whether the pool has them.

    :param organization: the Upflow organization
    :param systems: which of ``upflow`` and ``stripe`` to ask
    """

    ui_color = "#f2f2f2"

    def __init__(
        self, *, organization: Organization, systems: Sequence[str] = BETWEEN_STRIPE_AND_UPFLOW, **kwargs: Any
    ) -> None:
        super().__init__(**with_slots("history", organization.threads, {"priority_weight": 100, **kwargs}))
        self.organization = organization
        self.systems = systems

    def execute(self, context: Context) -> None:
        """Fail if one of them refuses the credentials, or if the Stripe key lacks permissions; all are named."""
        from upflow_provider.hooks.stripe import StripeHook

        with airflow_errors():
            if "stripe" in self.systems:
                StripeHook(self.organization.stripe_conn_id).check(self.organization.declared_fields.native_fields)
            if "upflow" in self.systems:
                OpenOrganization(self.organization, context, lane="live", is_dry_run=True).upflow.ping()
            log.info("access is fine: %s", " and ".join(f"{each.title()} accepts its key" for each in self.systems))
