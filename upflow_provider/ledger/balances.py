"""Outstanding amounts of invoices: those that Upflow must show, and those that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from upflow_provider.ledger.records import Outcome, RecordState
from upflow_provider.ledger.tables import DIFFERING, checks, records, upsert

ABANDONED_AFTER = timedelta(days=2)
"""Age from which a run that has not checked its invoices counts as one that never will."""


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

    An invoice that differs after a run has touched it is kept with that run until a check finds that it agrees. A run
    without a check, or one that ends before it, leaves its invoices to whichever run is checked next.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        now: The ledger's time, aware, UTC.
        stream: Name of the stream of invoices.
    """

    def __init__(
        self, engine: sa.Engine, organization: str, now: Callable[[], datetime], stream: str = "invoices"
    ) -> None:
        self._engine, self._organization, self._now, self._stream = engine, organization, now, stream
        self._is_invoice = sa.and_(records.c.organization == organization, records.c.stream == stream)
        newest_read_at = sa.bindparam("newest_read_at", type_=records.c.read_at.type)
        is_named = records.c.external_id == sa.bindparam("id")
        change = sa.update(records).where(self._is_invoice, is_named)
        self._expect = change.where(sa.or_(records.c.read_at.is_(None), records.c.read_at <= newest_read_at)).values(
            expected=sa.bindparam("amount"), read_at=newest_read_at
        )
        self._observe = change.values(observed=sa.bindparam("amount"))
        is_newer = sa.or_(records.c.linked_at.is_(None), records.c.linked_at < newest_read_at)
        self._link = change.where(is_newer).values(linked_at=newest_read_at)
        self._keep_differing = self._differing_invoices(is_named)

    def expect(self, expected: Iterable[Expectation], run: str = "") -> None:
        """
        Record what invoices must show, although nothing of them has to be imported.

        Args:
            expected: Amounts; those of a newer read stay as they are.
            run: The run that has to check the invoices.
        """
        self._change(
            self._expect,
            [
                {"id": each.external_id, "amount": each.amount, "newest_read_at": each.read_at}
                for each in sorted(expected)
            ],
            run,
        )

    def observe(self, amounts: Mapping[str, int | None], run: str = "") -> None:
        """
        Record what invoices show.

        Args:
            amounts: Amount by external id; ``None`` if it has changed and is not known yet.
            run: The run that changed or saw it.
        """
        self._change(self._observe, [{"id": each, "amount": amounts[each]} for each in sorted(amounts)], run)

    def link(self, external_ids: Iterable[str], read_at: datetime) -> None:
        """
        Record that documents are about to be linked to invoices, so that older reads of these are not sent any more.

        An older read may ask for a write-off of what such a document pays. An invoice that was about to be sent is read
        again.

        Args:
            external_ids: The invoices.
            read_at: When the source was read for the document, aware, UTC.
        """
        values = [{"id": each, "newest_read_at": read_at} for each in sorted(external_ids)]
        if values:
            with self._engine.begin() as connection:
                connection.execute(self._link, values)

    def keep_differing(self, connection: sa.Connection, external_ids: Iterable[str], run: str) -> None:
        """Keep those of the invoices that differ with a run, in the transaction that has changed them."""
        values = [{"id": each, "run": run, "added_at": self._now()} for each in sorted(external_ids)]
        if values:
            connection.execute(self._keep_differing, values)

    def _change(self, statement: sa.Update, values: list[dict[str, Any]], run: str) -> None:
        """Change several invoices, in the order of their ids, so that two tasks never block each other."""
        if values:
            with self._engine.begin() as connection:
                connection.execute(statement, values)
                self.keep_differing(connection, (each["id"] for each in values), run)

    def hand_over(self, run: str) -> None:
        """Leave the invoices of a run that is not checked to whichever run is checked next."""
        with self._engine.begin() as connection:
            self._move(connection, checks.c.run == run, "")

    def take_over(self, run: str) -> None:
        """Make a run that is being checked responsible for the invoices of runs that will not be checked."""
        is_left = checks.c.added_at < self._now() - ABANDONED_AFTER
        with self._engine.begin() as connection:
            self._move(connection, sa.or_(checks.c.run == "", sa.and_(is_left, checks.c.run != run)), run)

    def _move(self, connection: sa.Connection, which: sa.ColumnElement[bool], run: str) -> None:
        in_organization = checks.c.organization == self._organization
        kept = sa.select(checks.c.external_id).where(in_organization, which)
        connection.execute(
            # One that is rejected has failed a run already, and is tried again when it is due.
            self._differing_invoices(records.c.external_id.in_(kept), records.c.outcome != Outcome.REJECTED),
            {"run": run, "added_at": self._now()},
        )
        connection.execute(sa.delete(checks).where(in_organization, which, checks.c.run != run))

    def _differing_invoices(self, *which: sa.ColumnElement[bool]) -> sa.Executable:
        """Return the statement that keeps invoices that differ with the run of the parameter ``run``."""
        run, added_at = sa.bindparam("run", type_=sa.Text), sa.bindparam("added_at", type_=checks.c.added_at.type)
        differing = sa.select(records.c.organization, run, records.c.external_id, added_at).where(
            self._is_invoice, DIFFERING, *which
        )
        columns = ["organization", "run", "external_id", "added_at"]
        return upsert(self._engine.dialect.name, checks).from_select(columns, differing).on_conflict_do_nothing()

    def forget_agreeing(self, run: str) -> None:
        """Forget the invoices of a run that agree."""
        differing = sa.select(records.c.external_id).where(self._is_invoice, DIFFERING)
        agrees = sa.and_(self._of_run(run), checks.c.external_id.not_in(differing))
        with self._engine.begin() as connection:
            connection.execute(sa.delete(checks).where(agrees))

    def _of_run(self, run: str) -> sa.ColumnElement[bool]:
        return sa.and_(checks.c.organization == self._organization, checks.c.run == run)

    def count_differing(self, run: str = "") -> int:
        """Return how many invoices `differing` would return."""
        kept = sa.select(checks.c.external_id).where(self._of_run(run))
        query = sa.select(sa.func.count()).where(self._is_invoice, DIFFERING, records.c.external_id.in_(kept))
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def differing(self, run: str = "") -> dict[str, RecordState]:
        """Return the invoices that a run has touched and that may not show the right amount, by external id."""
        columns = (records.c[name] for name in ("external_id", "outcome", "expected", "observed"))
        kept = sa.select(checks.c.external_id).where(self._of_run(run))
        query = (
            sa.select(*columns)
            .where(self._is_invoice, DIFFERING, records.c.external_id.in_(kept))
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
            sa.or_(
                records.c.expected > 0,
                sa.and_(records.c.expected.is_(None), records.c.observed > 0),  # listed in Upflow, and not read yet
                sa.cast(records.c.balancing, sa.Text).contains(":writeoff"),
            ),
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())
