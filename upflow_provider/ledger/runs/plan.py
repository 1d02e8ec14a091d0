"""The plan of a dry run: which records its tasks would have imported by now, so that none is counted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from upflow_provider.ledger.tables import planned, upsert

PLAN_RETENTION = timedelta(days=8)
"""How long plans are kept: longer than a task may take."""


class Plan:
    """
    The records that the tasks of one dry run would have imported; threads may share it.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        run: Name of the run, whose tasks share the plan.
        task: Name of this task. What an earlier try of it has planned is forgotten, as are plans of runs long ago.
        now: Returns the present, aware, UTC.
    """

    def __init__(self, engine: sa.Engine, organization: str, run: str, task: str, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now
        self._run: dict[str, Any] = {"organization": organization, "run": run}
        self._task = task
        is_earlier_try = sa.and_(planned.c.run == run, planned.c.task == task)
        is_old = planned.c.planned_at < now() - PLAN_RETENTION
        with engine.begin() as connection:
            connection.execute(
                sa.delete(planned).where(planned.c.organization == organization, sa.or_(is_earlier_try, is_old))
            )

    def has(self, stream: str, external_id: str) -> bool:
        """Return whether a task of the run would have imported a record by now."""
        key = {**self._run, "stream": stream, "external_id": external_id}
        query = sa.select(sa.true()).where(*(planned.c[name] == value for name, value in key.items()))
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def add(self, stream: str, external_id: str) -> None:
        """Note that this task would import a record."""
        values = {**self._run, "stream": stream, "external_id": external_id, "task": self._task}
        statement = upsert(self._engine.dialect.name, planned).values(**values, planned_at=self._now())
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_nothing())
