"""
The request budget of one Upflow organization, shared by all tasks on all hosts.

One counter holds the instant of the next free slot. Slots lie an interval apart, 98 % of the
vendor's limit. A slot that was missed by up to two intervals can still be taken, so that a late
wake-up loses none. Within any rolling minute the vendor therefore sees at most the pace, one slot
at the edge, two missed ones and the requests that are late on the wire, of which there are never
more than the pool has slots: no more than its limit.

Live work reserves the next slot, now or later; history takes a slot only when it is due and nobody
has reserved it. So live work always goes first, and history takes what it leaves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from upflow_provider.budget import Reservation
from upflow_provider.ledger.tables import budgets

PACE = 0.98
"""Share of the vendor's limit that is used."""
SLACK_SLOTS = 2
"""How many slots in the past may still be taken."""

Lane = Literal["live", "history"]


class LedgerBudget:
    """
    Hands out slots, one atomic statement each.

    Args:
        engine: Engine of a migrated ledger database.
        key: Name of the vendor account the limit belongs to.
        requests_per_minute: The vendor's limit.
        lane: ``live`` goes before ``history``.
        clock: Epoch seconds; used on SQLite, whose users share one host. PostgreSQL's own clock
            is used there, so that the clocks of hosts may differ.
    """

    def __init__(
        self,
        engine: sa.Engine,
        key: str,
        *,
        requests_per_minute: int = 600,
        lane: Lane = "history",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._key, self._lane, self._clock = engine, key, lane, clock
        self._interval_s = 60.0 / (PACE * requests_per_minute)
        self._on_postgres = engine.dialect.name == "postgresql"
        self._reserve = self._reserve_statement()

    def reserve(self) -> Reservation:
        """Ask for one slot; see `Reservation`."""
        with self._engine.begin() as connection:
            values = {"at": self._clock()}
            taken = connection.execute(self._reserve, values).one_or_none()
            if taken is not None:
                return Reservation(granted=True, wait_s=max(0.0, taken.next_at - self._interval_s - taken.at))
            waiting = connection.execute(self._read, values).one_or_none()
            if waiting is None:
                self._create(connection, values["at"])
                return Reservation(granted=False, wait_s=0.0)
        return Reservation(granted=False, wait_s=max(0.0, waiting.next_at - waiting.at))

    def hold_off(self, seconds: float) -> None:
        """Give nobody a slot for that many seconds."""
        until = self._now + seconds
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(budgets).where(budgets.c.key == self._key, budgets.c.next_at < until).values(next_at=until),
                {"at": self._clock()},
            )

    def idle_s(self) -> float | None:
        """Return the seconds since the last slot was taken; ``None`` if none ever was."""
        with self._engine.connect() as connection:
            last = connection.execute(self._read, {"at": self._clock()}).one_or_none()
        return None if last is None else max(0.0, last.at - last.next_at)

    @property
    def _now(self) -> sa.ColumnElement[float]:
        if self._on_postgres:
            return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)
        return sa.bindparam("at", type_=sa.Double)

    @property
    def _read(self) -> sa.Select[tuple[float, float]]:
        return sa.select(budgets.c.next_at, self._now.label("at")).where(budgets.c.key == self._key)

    def _reserve_statement(self) -> sa.Executable:
        earliest = self._now - SLACK_SLOTS * self._interval_s
        slot = sa.case((budgets.c.next_at > earliest, budgets.c.next_at), else_=earliest)
        statement = sa.update(budgets).where(budgets.c.key == self._key)
        if self._lane == "history":
            statement = statement.where(budgets.c.next_at <= self._now)
        return statement.values(next_at=slot + self._interval_s).returning(budgets.c.next_at, self._now.label("at"))

    def _create(self, connection: sa.Connection, at: float) -> None:
        insert = postgresql.insert if self._on_postgres else sqlite.insert
        now = self._now if self._on_postgres else at
        connection.execute(insert(budgets).values(key=self._key, next_at=now).on_conflict_do_nothing())
