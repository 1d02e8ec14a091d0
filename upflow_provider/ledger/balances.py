"""Outstanding amounts of invoices: those that Upflow must show, and those that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from upflow_provider.ledger.records import RecordState
from upflow_provider.ledger.tables import DIFFERING, records


class Expectation(NamedTuple):
    """
    The outstanding amount that an invoice must show.

    Attributes:
        external_id: The invoice.
        amount: The amount, in Upflow's minor units.
        read_at: When the source was read, aware, UTC.
    """

    external_id: str
    amount: int
    read_at: datetime


class Balances:
    """
    Expected and observed outstanding amounts of one organization's invoices, in Upflow's minor units.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        stream: Name of the stream of invoices.
    """

    def __init__(self, engine: sa.Engine, organization: str, stream: str = "invoices") -> None:
        self._engine = engine
        self._is_invoice = sa.and_(records.c.organization == organization, records.c.stream == stream)

    def expect(self, expected: Iterable[Expectation], run: str = "") -> None:
        """
        Record what invoices must show, although nothing of them has to be imported.

        Args:
            expected: Amounts; those of a newer read stay as they are.
            run: The run that has to check the invoices.
        """
        values = [
            {"id": external_id, "amount": amount, "newest_read_at": read_at}
            for external_id, amount, read_at in sorted(expected)
        ]
        newest_read_at = sa.bindparam("newest_read_at", type_=records.c.read_at.type)
        statement = (
            sa.update(records)
            .where(self._is_invoice, records.c.external_id == sa.bindparam("id"))
            .where(sa.or_(records.c.read_at.is_(None), records.c.read_at <= newest_read_at))
            .values(expected=sa.bindparam("amount"), read_at=newest_read_at, touched_by=run)
        )
        self._execute(statement, values)

    def observe(self, amounts: Mapping[str, int | None], run: str = "") -> None:
        """
        Record what invoices show.

        Args:
            amounts: Amount by external id; ``None`` if it has changed and is not known yet.
            run: The run that changed or saw it.
        """
        statement = (
            sa.update(records)
            .where(self._is_invoice, records.c.external_id == sa.bindparam("id"))
            .values(observed=sa.bindparam("amount"), touched_by=run)
        )
        self._execute(
            statement, [{"id": external_id, "amount": amounts[external_id]} for external_id in sorted(amounts)]
        )

    def _execute(self, statement: sa.Update, values: list[dict[str, Any]]) -> None:
        """Change several records, in the order of their ids, so that two tasks never block each other."""
        if values:
            with self._engine.begin() as connection:
                connection.execute(statement, values)

    def count_differing(self, run: str = "") -> int:
        """Return how many invoices `differing` would return."""
        query = sa.select(sa.func.count()).where(self._is_invoice, DIFFERING, records.c.touched_by == run)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def differing(self, run: str = "") -> dict[str, RecordState]:
        """Return the invoices that *run* touched last and that may not show the right amount, by external id."""
        columns = (records.c[name] for name in ("external_id", "outcome", "expected", "observed"))
        query = (
            sa.select(*columns)
            .where(self._is_invoice, DIFFERING, records.c.touched_by == run)
            .order_by(records.c.external_id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
        return {
            state.external_id: RecordState(
                state.external_id, state.outcome, expected=state.expected, observed=state.observed
            )
            for state in found
        }

    def still_open(self) -> list[str]:
        """Return the invoices that are open or written off according to the ledger, by external id."""
        query = sa.select(records.c.external_id).where(
            self._is_invoice,
            sa.or_(records.c.expected > 0, sa.cast(records.c.balancing, sa.Text).contains(":writeoff")),
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())
