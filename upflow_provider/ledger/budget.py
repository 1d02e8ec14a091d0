"""
The request budget of one Upflow organization, shared by all tasks on all hosts.

One counter holds the instant of the next free slot. Slots are one interval apart. A slot that was missed
by up to two intervals can still be taken, so that a thread that wakes up late loses none.

Live work may reserve slots ahead of time, two at most; history takes a slot only when it is due and nobody has
reserved it. Background work, such as the upload of PDFs, takes a slot only when it has been due for one interval: so
long it is left only if no history waits. So live work always goes first, history takes the rest, and background work
takes what both leave.

The clock may step, for example when another server of the database takes over. If it steps forward, slots that are
reserved ahead are given out a second time. If it steps back, the counter is in the future; where no pause and no
reservation can have put it there, it begins again after the slots that are reserved.

Within any rolling minute, even if the clock steps in it, the vendor therefore sees at most the slots of one minute, one
more at its edge, two missed ones, two reserved ones, and the requests that are late on the wire. There are never more
late requests than are in flight. `slots_per_minute` leaves room for all of these, so that the limit is
never exceeded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import sqlalchemy as sa

from upflow_provider.clients.budget import MAX_PAUSE_S, Reservation
from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger.database.engine import prepare
from upflow_provider.ledger.tables import budgets, upsert

LIMIT_SHARE_MAX = 0.98
"""Largest share of the vendor's limit that is used, even if `EXTRA_REQUESTS_MAX` leaves room for more."""
MISSED_SLOTS_MAX = 2
"""Slots in the past that may still be taken."""
RESERVED_SLOTS_MAX = 2
"""Slots in the future that live work may reserve."""
LATE_REQUESTS_MAX = 8
"""
Requests that may be late on the wire at once: as many as the Airflow pool ``upflow_api`` has slots for history, which
are 5, two of the sync, and one of the export.
"""
EXTRA_REQUESTS_MAX = 1 + MISSED_SLOTS_MAX + RESERVED_SLOTS_MAX + LATE_REQUESTS_MAX
"""Requests that a rolling minute may hold in addition to its own slots."""

Lane = Literal["live", "history", "background"]
SLOTS_AHEAD: Mapping[Lane, int] = MappingProxyType({"live": RESERVED_SLOTS_MAX, "history": 0, "background": -1})
"""Slots ahead of the present that a lane may take; below zero, how many intervals after a slot is due."""


def slots_per_minute(requests_per_minute: int) -> float:
    """
    Return how many slots a minute has: 98 % of the vendor's limit, and less if the limit is below 650.

    Args:
        requests_per_minute: The vendor's limit.

    Raises:
        ConfigurationError: The limit is so low that it cannot be kept.
    """
    if requests_per_minute <= EXTRA_REQUESTS_MAX:
        raise ConfigurationError(
            f"a limit of {requests_per_minute} requests a minute cannot be enforced; "
            f"it must be more than {EXTRA_REQUESTS_MAX}"
        )
    return min(LIMIT_SHARE_MAX * requests_per_minute, requests_per_minute - EXTRA_REQUESTS_MAX)


class LedgerBudget:
    """
    Hands out slots, each by one atomic statement; threads may share it.

    Args:
        engine: Engine of the ledger's database, whose tables `prepare` creates or migrates if necessary.
        key: Name of what the limit belongs to.
        requests_per_minute: The vendor's limit.
        lane: ``live`` goes before ``history``, and that before ``background``.
        clock: Returns epoch seconds. It is used on SQLite, whose users share one host; PostgreSQL uses its
            own clock, so that the clocks of hosts may differ.

    Raises:
        ConfigurationError: The limit is too low (see `slots_per_minute`), or `prepare` raises it.
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
        self._interval_s = 60.0 / slots_per_minute(requests_per_minute)
        self._ahead_s = SLOTS_AHEAD[lane] * self._interval_s
        self._engine, self._key, self._clock = prepare(engine), key, clock
        self._on_postgres = engine.dialect.name == "postgresql"
        self._reserve, self._pause, self._read = (
            self._reserve_statement(),
            self._pause_statement(),
            self._read_statement(),
        )

    def reserve(self) -> Reservation:
        """Ask for one slot; see `Reservation`."""
        now = {"now": self._clock()}
        with self._engine.begin() as connection:
            found = connection.execute(self._reserve, now).one_or_none()
            granted = found is not None
            if found is None:
                found = connection.execute(self._read, now).one()
        slot = found.next_at - (self._interval_s if granted else self._ahead_s)
        # On SQLite the statement may have waited for another process since `now`.
        now_s = found.now if self._on_postgres else self._clock()
        return Reservation(granted, wait_s=max(0.0, slot - now_s))

    def pause(self, seconds: float) -> None:
        """Give nobody a slot for that many seconds, `MAX_PAUSE_S` at most, because the vendor asked for a pause."""
        with self._engine.begin() as connection:
            connection.execute(self._pause, {"now": self._clock(), "seconds": min(seconds, MAX_PAUSE_S)})

    @property
    def _now(self) -> sa.ColumnElement[float]:
        if self._on_postgres:
            return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)
        return sa.bindparam("now", type_=sa.Double)

    @property
    def _is_lost(self) -> sa.ColumnElement[bool]:
        """Whether the clock has stepped back so far that the counter says nothing any more."""
        return budgets.c.next_at > self._now + MAX_PAUSE_S + self._reserved_s

    @property
    def _reserved_s(self) -> float:
        """Seconds until all slots are over that may be reserved, and one more interval."""
        return (RESERVED_SLOTS_MAX + 1) * self._interval_s

    def _reserve_statement(self) -> sa.Executable:
        earliest = self._now - MISSED_SLOTS_MAX * self._interval_s
        slot = sa.case(
            (self._is_lost, self._now + self._reserved_s),
            (budgets.c.next_at > earliest, budgets.c.next_at),
            else_=earliest,
        )
        may_take = sa.or_(budgets.c.next_at <= self._now + self._ahead_s, self._is_lost)
        statement = upsert(self._engine.dialect.name, budgets)
        return (
            statement.values(key=self._key, next_at=self._now + self._interval_s)
            .on_conflict_do_update(index_elements=["key"], set_={"next_at": slot + self._interval_s}, where=may_take)
            .returning(budgets.c.next_at, self._now.label("now"))
        )

    def _pause_statement(self) -> sa.Executable:
        statement = upsert(self._engine.dialect.name, budgets)
        new = statement.excluded.next_at
        pause_end = self._now + sa.bindparam("seconds", type_=sa.Double)
        return statement.values(key=self._key, next_at=pause_end).on_conflict_do_update(
            index_elements=["key"], set_={"next_at": new}, where=sa.or_(budgets.c.next_at < new, self._is_lost)
        )

    def _read_statement(self) -> sa.Select[tuple[float, float]]:
        return sa.select(budgets.c.next_at, self._now.label("now")).where(budgets.c.key == self._key)
