"""
The inventory's part of the ledger: what Upflow has of records that the ledger does not know, or knows otherwise.

A *repair* notes that the ledger no longer knows what Upflow has of a record, and that the record is due: the next sync
reads it from the source, and sends or removes it. A list is older than anything that was recorded after it began, so
that records with a later outcome, and those that a task has in flight, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from upflow_provider.ledger.claims.statements import KEY_COLUMNS
from upflow_provider.ledger.clock import LedgerClock
from upflow_provider.ledger.records import Balancing, ListedRecord, Outcome, Repair
from upflow_provider.ledger.tables import Upsert, checks, records, upsert, watermarks
from upflow_provider.runs.batches import batches

BATCH_SIZE = 100
"""Records in one statement and one transaction."""
LISTED_COLUMNS = ("upflow_id", "payload_hash", "balancing", "observed", "linked_invoices", "settled_at")
"""Columns that a listing of Upflow fills."""
NEW_COLUMNS = {*KEY_COLUMNS, "attempts", "first_seen_at"}
"""Columns that a repair fills only for a record that the ledger did not know."""


class Inventory:
    """
    What lists of Upflow change in the ledger of one organization.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        clock: The ledger's clock.
        lease: Time after which a claim no longer counts.
    """

    def __init__(self, engine: sa.Engine, organization: str, clock: LedgerClock, lease: timedelta) -> None:
        self._engine, self._organization, self._clock, self._lease = engine, organization, clock, lease

    def is_ledger_empty(self) -> bool:
        """Return whether the ledger knows no record of any stream."""
        query = sa.select(records.c.external_id).where(records.c.organization == self._organization).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is None

    def adopt(self, stream: str, listed: Iterable[ListedRecord]) -> int:
        """
        Record what Upflow listed, except for records that the ledger knows from a read of the source.

        Any later read of the source counts as newer.

        Args:
            stream: Name of the stream.
            listed: The records.

        Returns:
            How many there were.
        """
        total = 0
        for batch in batches(listed, BATCH_SIZE):
            statement = _adopt_statement(self._upsert(records), self._key(stream), batch, self._clock.now())
            with self._engine.begin() as connection:
                connection.execute(statement)
            total += len(batch)
        return total

    def repair(self, stream: str, repairs: Iterable[Repair], *, listed_at: datetime) -> set[str]:
        """
        Note that it is not known what Upflow has of records, and let the next sync read and deliver them.

        Args:
            stream: Name of the stream.
            repairs: The records; those that the ledger does not know are added.
            listed_at: When the list began that shows it, UTC.

        Returns:
            External ids of the records that are due now. The others have a later outcome, or a task is about to
            record one.
        """
        repaired: set[str] = set()
        ordered = sorted(repairs, key=lambda each: each.external_id)
        for batch in batches(ordered, BATCH_SIZE):
            statement = self._repair_statement(stream, batch, listed_at)
            with self._engine.begin() as connection:
                repaired.update(connection.execute(statement).scalars())
        return repaired

    def forget(self, stream: str, external_ids: Iterable[str], *, listed_at: datetime | None = None) -> set[str]:
        """
        Note that Upflow does not have records any more, and let the next sync send them again.

        Args:
            stream: Name of the stream.
            external_ids: The records; those that the ledger does not know are left out.
            listed_at: When it was asked or listed, UTC; ``None`` for now.

        Returns:
            External ids of the records that are due now; see `repair`.
        """
        forgotten: set[str] = set()
        for batch in batches(sorted(external_ids), BATCH_SIZE):
            query = sa.select(records.c.external_id, records.c.balancing).where(
                *self._in_stream(stream), records.c.external_id.in_(batch)
            )
            with self._engine.connect() as connection:
                known = connection.execute(query).all()
            repairs = [Repair(external_id, None, balancing or ()) for external_id, balancing in known]
            forgotten |= self.repair(stream, repairs, listed_at=listed_at or self._clock.now())
        return forgotten

    def observe(self, stream: str, amounts: Mapping[str, int], *, listed_at: datetime) -> None:
        """
        Record the outstanding amounts that Upflow listed, and let the next check look at those that differ.

        Args:
            stream: Name of the stream.
            amounts: Amount by external id, in Upflow's minor units.
            listed_at: When the list began, UTC.
        """
        for batch in batches(sorted(amounts), BATCH_SIZE):
            with self._engine.begin() as connection:
                for external_id in batch:
                    statement = (
                        sa.update(records)
                        .where(*self._in_stream(stream), records.c.external_id == external_id)
                        .where(self._is_older(listed_at))
                        .values(observed=amounts[external_id])
                    )
                    if connection.execute(statement).rowcount:
                        connection.execute(self._check_statement(external_id))

    def imported(self, stream: str, *, listed_at: datetime) -> Iterator[tuple[str, Balancing]]:
        """Yield external id and balancing documents of the records that a list which began at *listed_at* must show."""
        query = (
            sa.select(records.c.external_id, records.c.balancing)
            .where(*self._in_stream(stream), records.c.upflow_id.is_not(None), self._is_older(listed_at))
            .order_by(records.c.external_id)
            .limit(10 * BATCH_SIZE)
        )
        last = ""
        while True:
            with self._engine.connect() as connection:
                found = connection.execute(query.where(records.c.external_id > last)).all()
            if not found:
                return
            for external_id, balancing in found:
                yield external_id, balancing or {}
            last = found[-1][0]

    def count_imported(self) -> int:
        """Return how many records Upflow has according to the ledger."""
        query = sa.select(sa.func.count()).where(
            records.c.organization == self._organization, records.c.upflow_id.is_not(None)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def rewind_watermark(self, synced_until: datetime) -> None:
        """Set the watermark back to an instant, unless it is earlier; set it if there is none."""
        mark = self._upsert(watermarks).values(organization=self._organization, synced_until=synced_until)
        statement = mark.on_conflict_do_update(
            index_elements=["organization"],
            set_={"synced_until": mark.excluded.synced_until},
            where=watermarks.c.synced_until > mark.excluded.synced_until,
        )
        with self._engine.begin() as connection:
            connection.execute(statement)

    def _repair_statement(self, stream: str, repairs: Sequence[Repair], listed_at: datetime) -> sa.Executable:
        now = self._clock.now()
        values = [
            {
                **self._key(stream),
                "external_id": each.external_id,
                "outcome": Outcome.PENDING,
                "attempts": 0,
                "first_seen_at": now,
                "upflow_id": each.upflow_id,
                "payload_hash": None,
                "balancing": dict.fromkeys(each.balancing) or None,
                "observed": each.observed,
                "linked_invoices": each.linked_invoices,
                "reason": None,
                "error": None,
                "next_attempt_at": now,
            }
            for each in repairs
        ]
        statement = self._upsert(records).values(values)
        return statement.on_conflict_do_update(
            index_elements=KEY_COLUMNS,
            set_={name: statement.excluded[name] for name in values[0] if name not in NEW_COLUMNS},
            where=self._is_older(listed_at),
        ).returning(records.c.external_id)

    def _check_statement(self, external_id: str) -> sa.Executable:
        values = {"organization": self._organization, "run": "", "external_id": external_id}
        return self._upsert(checks).values(**values, added_at=self._clock.now()).on_conflict_do_nothing()

    def _is_older(self, listed_at: datetime) -> sa.ColumnElement[bool]:
        """Return whether a record's last outcome is older than a list, and no task has the record in flight."""
        return sa.and_(
            sa.or_(records.c.settled_at.is_(None), records.c.settled_at < listed_at),
            sa.or_(records.c.claimed_by.is_(None), records.c.claimed_at < listed_at - self._lease),
        )

    def _key(self, stream: str) -> dict[str, str]:
        return {"organization": self._organization, "stream": stream}

    def _in_stream(self, stream: str) -> tuple[sa.ColumnElement[bool], ...]:
        return records.c.organization == self._organization, records.c.stream == stream

    def _upsert(self, table: sa.Table) -> Upsert:
        return upsert(self._engine.dialect.name, table)


def _adopt_statement(
    insert: Upsert, key: Mapping[str, str], listed: list[ListedRecord], now: datetime
) -> sa.Executable:
    """Return the statement that records what Upflow listed, unless a read of the source is known."""
    new: dict[str, Any] = {**key, "outcome": Outcome.IMPORTED, "attempts": 0, "first_seen_at": now, "settled_at": now}
    by_external_id = {each.external_id: each for each in listed}
    statement = insert.values(
        [
            {
                **new,
                "external_id": record.external_id,
                "upflow_id": record.upflow_id,
                "payload_hash": record.content,
                "balancing": record.balancing,
                "observed": record.observed,
                "linked_invoices": record.linked_invoices,
            }
            for record in by_external_id.values()
        ]
    )
    return statement.on_conflict_do_update(
        index_elements=KEY_COLUMNS,
        set_={name: statement.excluded[name] for name in LISTED_COLUMNS},
        where=records.c.read_at.is_(None),
    )
