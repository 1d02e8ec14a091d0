"""
The ledger's clock, which all hosts share: it orders reads, and says when leases end and next attempts are due.

A host's own clock decides nothing that lasts, because hosts differ. The present is the database's time; on SQLite,
whose users share one host, it is that host's. Databases step back, too, after a failover or when a clock is corrected.
Reads are therefore ordered by *ticks*, which never repeat and never go back: each is the present, or a microsecond
after the last one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import sqlalchemy as sa

from upflow_provider.ledger.tables import clocks, upsert

ASK_INTERVAL_S = 30.0
"""Seconds between two questions to the database; in between, the host's monotonic clock carries its time on."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
"""The least time between two ticks: the finest that both databases can store."""


class LedgerClock:
    """
    The clock of one organization's ledger; threads may share it.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization, whose reads the ticks order.
        now: Replaces the database's time; returns an aware instant, UTC.
        monotonic: Returns the seconds of a clock of this host that never steps.
    """

    def __init__(
        self,
        engine: sa.Engine,
        organization: str,
        *,
        now: Callable[[], datetime] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._monotonic = engine, monotonic
        self._tick, self._organization = _tick(engine.dialect.name), organization
        self._given = now or (None if engine.dialect.name == "postgresql" else _host_time)
        self._answer: datetime | None = None
        self._asked_at_s = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present, aware, UTC: within half a round trip of the database's time."""
        if self._given is not None:
            return self._given()
        with self._lock:
            age_s = self._monotonic() - self._asked_at_s
            if self._answer is None or age_s >= ASK_INTERVAL_S:
                self._answer, age_s = self._ask(), 0.0
                self._asked_at_s = self._monotonic()
            return self._answer + timedelta(seconds=age_s)

    def tick(self) -> datetime:
        """
        Return an instant after every earlier tick of any host, aware, UTC; it is taken *before* a read begins.

        A read contains every change that was made before its tick. Of two reads, the one with the later tick counts.
        """
        values = {"organization": self._organization, "last_tick": _microseconds(self.now())}
        with self._engine.begin() as connection:
            ticked: int = connection.execute(self._tick, values).scalar_one()
        return EPOCH + ticked * TICK

    def _ask(self) -> datetime:
        with self._engine.connect() as connection:
            answer: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return answer.astimezone(UTC)


@cache
def _tick(dialect: str) -> sa.Executable:
    insert = upsert(dialect, clocks)
    present, after_last = insert.excluded.last_tick, clocks.c.last_tick + 1
    later = sa.case((present > after_last, present), else_=after_last)
    statement = insert.on_conflict_do_update(index_elements=["organization"], set_={"last_tick": later})
    return statement.returning(clocks.c.last_tick)


def _microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // TICK


def _host_time() -> datetime:
    return datetime.now(UTC)
