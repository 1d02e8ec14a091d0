"""The turns of customers, for requests that need no claim on a record, such as the upload of a PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from upflow_provider.ledger.claims import statements
from upflow_provider.ledger.claims.parameters import CLOCK_STEP_MAX, SLOW_TRIES_MAX, Parameters, too_slow
from upflow_provider.ledger.records import Owner
from upflow_provider.ledger.tables import turns


class Turns:
    """
    The turns of one organization's customers; threads may share it.

    A claim on a record includes the turn of its customer, so that whoever has the turn is the only one to send
    requests about that customer.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        now: The ledger's time, aware, UTC.
        lease: Age from which a turn counts as left behind by a dead task.
    """

    def __init__(self, engine: sa.Engine, organization: str, *, now: Callable[[], datetime], lease: timedelta) -> None:
        self._engine, self._organization, self._now = engine, organization, now
        self._parameters = Parameters(organization, lease)
        self._take, self._end = statements.take_turn(engine.dialect.name), statements.end_turn()

    def take(self, customer: str, owner: Owner) -> bool:
        """Take or renew the turn of a customer, given by external id; return whether that was possible."""
        values = {**self._parameters.turn(customer, owner), "new_owner": owner.name}
        for _ in range(SLOW_TRIES_MAX):
            now = self._now()
            with self._engine.connect() as connection:
                lease = self._parameters.lease_ends(now)
                found = connection.execute(self._take, {**values, "new_taken_at": now, **lease}).all()
                if self._now() - now <= CLOCK_STEP_MAX:  # otherwise a turn that began meanwhile seems to lie ahead
                    connection.commit()
                    return bool(found)
        raise too_slow(customer)

    def end(self, customer: str, owner: Owner) -> None:
        """End the turn of a customer, if the process still has it."""
        with self._engine.begin() as connection:
            connection.execute(self._end, self._parameters.turn(customer, owner))

    def end_earlier(self, owner: Owner) -> None:
        """End the turns that earlier, dead tries of the same task have left behind."""
        is_earlier = (
            turns.c.organization == self._organization,
            turns.c.owner == owner.name,
            turns.c.process != owner.process,
        )
        with self._engine.begin() as connection:
            connection.execute(sa.delete(turns).where(*is_earlier))
