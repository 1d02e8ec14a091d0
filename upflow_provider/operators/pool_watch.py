"""The watch over the pool: a task that can never get its slots says so, instead of waiting in silence."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.organization import POOL
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context
    from airflow.sdk.definitions.mappedoperator import MappedOperator

log = logging.getLogger(__name__)

HOW_TO_ADD_POOL = f'airflow pools set {POOL} 5 "Concurrent requests to Upflow"'
POOL_TASKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stripe_to_upflow_backfill": ("access", *STREAMS, "closing", "pdfs"),
        "upflow_portal_links": ("access", "renew"),
        "upflow_ledger_rebuild": ("access", "rebuild"),
        "upflow_customer_file": ("access", "import"),
        "salesforce_to_upflow": ("access", "import"),
    }
)
"""Tasks that take slots of the pool, by the DAG id of the organization `default`."""
WAITING = (None, "scheduled")
"""States of a task that has no slot."""
LOOKS_MIN = 4
"""Looks at which nothing has had a slot, one after the other, until the pool counts as too small or missing."""
PAUSES_S = (5.0, 15.0, 15.0)
"""Seconds after each look at which nothing has had a slot."""
BUSY_PAUSE_S = 60.0
"""Seconds after a look at which other tasks had slots."""
LOOKS = "pool_looks"
"""Key of the number of such looks in the task's state store."""
USER = "pool_user"
"""Key of who had the slots at the last look, in the same store."""


def with_slots(lane: Literal["live", "history"], slots: int, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return an operator's arguments: history takes slots of the pool, and live work, which must not wait for it, none.

    :param lane: ``live`` or ``history``
    :param slots: slots that the task takes, one for each request that it has in flight
    :param kwargs: arguments that were given, which replace these
    """
    return {"pool": POOL, "pool_slots": slots, **kwargs} if lane == "history" else dict(kwargs)


class PoolWatch:
    """
    The watch over a task that waits for slots.

    A task cannot ask Airflow for its pools. What it can know is which tasks have slots. The watching task itself needs
    none of the pool and comes after the waiting one in priority: whenever it is started again, Airflow has just passed
    the other one over, for want of slots and not of workers. If that happens several times while no task has any slot,
    none will ever come.

    :param context: the context of the watching task
    :param waiting: the task that waits for slots
    :param organizations: organizations whose DAGs share the pool
    """

    def __init__(
        self, context: Context, waiting: BaseOperator | MappedOperator, organizations: Iterable[Organization]
    ) -> None:
        self._ti, self._store = context["ti"], context["task_state_store"]
        self._waiting, self._organizations = waiting, organizations

    def pause_s(self) -> float | None:
        """
        Look once; return after how many seconds to look again, or ``None`` if the task has got its slots.

        :raises ConfigurationError: it never will
        """
        state = self._state()
        if state not in WAITING:
            self._store.delete(LOOKS)
            self._store.delete(USER)
            return None
        user = self._user()
        if user or state is None:
            self._store.delete(LOOKS)
            self._log_once(user or "nobody")
            return BUSY_PAUSE_S if user else PAUSES_S[0]
        looks: Any = self._store.get(LOOKS) or 0
        looks += 1
        if looks < LOOKS_MIN:
            self._store.set(LOOKS, looks)
            return PAUSES_S[looks - 1]
        self._store.delete(LOOKS)
        raise ConfigurationError(
            f"task {self._waiting.task_id!r} needs {self._slots} and gets none, although no task of these DAGs has "
            "any: the pool is missing, has fewer slots, or is used by other DAGs. Run: "
            f"{HOW_TO_ADD_POOL.replace(POOL, self._waiting.pool)}, and clear this task"
        )

    def _log_once(self, user: str) -> None:
        """Log who has the slots, unless the last look has found the same."""
        if self._store.get(USER) != user:
            self._store.set(USER, user)
            log.info("task %r waits for %s, which %s has", self._waiting.task_id, self._slots, user)

    @property
    def _slots(self) -> str:
        number = self._waiting.pool_slots
        return f"{number} slot{'' if number == 1 else 's'} of pool {self._waiting.pool!r}"

    def _state(self) -> Any:
        ti, task_id = self._ti, self._waiting.task_id
        states = ti.get_task_states(ti.dag_id, task_ids=[task_id], run_ids=[ti.run_id])
        return states.get(ti.run_id, {}).get(task_id)

    def _user(self) -> str | None:
        """Return the DAG id of a task that has slots, if one is known."""
        for organization in self._organizations:
            for name, tasks in POOL_TASKS.items():
                dag_id = organization.dag_id(name)
                if self._ti.get_ti_count(dag_id=dag_id, task_ids=list(tasks), states=["queued", "running"]):
                    return dag_id
        return None
