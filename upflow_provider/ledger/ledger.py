"""The ledger of one organization: what was sent, what waits, and how far the sync has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from upflow_provider.ledger.balances import Balances
from upflow_provider.ledger.claims import Upsert, adopt_statement, claim_statement, record_statement, upsert
from upflow_provider.ledger.engine import prepare
from upflow_provider.ledger.findings import Findings
from upflow_provider.ledger.records import (
    Balancing,
    Claim,
    ListedRecord,
    Outcome,
    RecordOutcome,
    RecordState,
    RunReport,
)
from upflow_provider.ledger.runs import Changes
from upflow_provider.ledger.salesforce_accounts import Accounts
from upflow_provider.ledger.tables import records, run_reports, watermarks
from upflow_provider.runs.batches import batches

CLAIM_LEASE_S = 600.0
"""
Age in seconds from which a claim counts as left behind by a dead task. A claim must end sooner: it covers one
request and, for some invoices, their balancing documents, with all retries.
"""
BATCH_SIZE = 100
"""Records in one statement and one transaction, so that others wait for a few milliseconds at most."""

T = TypeVar("T")

_STATE = [records.c[field.name] for field in fields(RecordState)]
_REPORT = [run_reports.c[field.name] for field in fields(RunReport)]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """
    Records, watermark and reports of one organization; threads may share it.

    Args:
        engine: Engine of the database, whose tables are created or migrated if necessary (see `prepare`).
        organization: Name of the organization.
        clock: Current time, aware, UTC.
        lease_s: Seconds after which another owner's claim no longer counts.

    Attributes:
        organization: As given.
        accounts: What Salesforce refused, and the portal links that it has; see `Accounts`.
        balances: Outstanding amounts of invoices; see `Balances`.
        changes: Windows and changes of the runs of the incremental sync; see `Changes`.
        findings: What the organization's Upflow turned out to do; see `Findings`.

    Raises:
        ConfigurationError: Raised by `prepare`.
    """

    def __init__(
        self,
        engine: sa.Engine,
        organization: str,
        *,
        clock: Callable[[], datetime] = _utc_now,
        lease_s: float = CLAIM_LEASE_S,
    ) -> None:
        self._engine, self.organization = prepare(engine), organization
        self.accounts = Accounts(engine, organization)
        self.balances = Balances(engine, organization)
        self.changes = Changes(engine, organization)
        self.findings = Findings(engine, organization)
        self._clock, self._lease = clock, timedelta(seconds=lease_s)

    def records(self, stream: str, external_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return what is known of these records, by external id; unknown ones are left out."""
        found: dict[str, RecordState] = {}
        with self._engine.connect() as connection:
            for batch in batches(external_ids, BATCH_SIZE):
                query = sa.select(*_STATE).where(*self._in_stream(stream), records.c.external_id.in_(batch))
                for row in connection.execute(query):
                    found[row[0]] = _state(row)
        return found

    def claim(
        self, stream: str, external_id: str, *, read_at: datetime, owner: str, balancing: Balancing | None = None
    ) -> Claim:
        """
        Mark one record as in flight, right before its request.

        Until its outcome is recorded, the ledger does not know what Upflow has, so that the record is sent again if
        the task dies in between.

        Args:
            stream: Name of the stream.
            external_id: The record.
            read_at: When the source was read for it, UTC.
            owner: Name of the task instance, the same on each try, so that a retry takes over the claims of its
                dead predecessor.
            balancing: All balancing documents that Upflow may have from now on; ``None``: those of before.

        Returns:
            Granted, unless another owner has a live claim (busy) or a newer read is known (stale).
        """
        key = {**self._key(stream), "external_id": external_id}
        now, lease = self._clock(), self._lease
        statement = claim_statement(
            self._upsert(records), key, read_at=read_at, owner=owner, now=now, lease=lease, balancing=balancing
        )
        with self._engine.begin() as connection:
            if connection.execute(statement).all():
                return Claim.GRANTED
        known = self.records(stream, [external_id])[external_id]
        return Claim.STALE if known.read_at and known.read_at > read_at else Claim.BUSY

    def record_outcomes(
        self, stream: str, outcomes: Iterable[RecordOutcome], *, owner: str, run: str = ""
    ) -> list[str]:
        """
        Record the outcomes of records, and release their claims.

        Args:
            stream: Name of the stream.
            outcomes: The outcomes; if there are several for one record, the last counts.
            owner: As for `claim`. An import counts only while its owner has the claim.
            run: The run that did it, whose last task checks what is still open.

        Returns:
            External ids that were left as they are: a newer read is known, or another owner has
            taken over the claim.
        """
        left: list[str] = []
        for batch in batches({each.external_id: each for each in outcomes}.values(), BATCH_SIZE):
            left += self._record_batch(stream, batch, owner, run)
        return left

    def _record_batch(self, stream: str, outcomes: Sequence[RecordOutcome], owner: str, run: str) -> list[str]:
        statement = record_statement(
            self._upsert(records), self._key(stream), outcomes, owner=owner, run=run, now=self._clock()
        )
        with self._engine.begin() as connection:
            written = {each[0] for each in connection.execute(statement)}
            left = [each.external_id for each in outcomes if each.external_id not in written]
            if left:
                # A newer read was rejected or skipped meanwhile: its entry stays, and our claim is released.
                release = sa.update(records).where(
                    *self._in_stream(stream), records.c.external_id.in_(left), records.c.claimed_by == owner
                )
                connection.execute(release.values(claimed_by=None, claimed_at=None))
        return left

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
            statement = adopt_statement(self._upsert(records), self._key(stream), batch, now=self._clock())
            with self._engine.begin() as connection:
                connection.execute(statement)
            total += len(batch)
        return total

    def counts(self, stream: str) -> dict[Outcome, int]:
        """Return how many records of a stream have each outcome."""
        query = sa.select(records.c.outcome, sa.func.count()).where(*self._in_stream(stream))
        with self._engine.connect() as connection:
            found = connection.execute(query.group_by(records.c.outcome)).all()
        return {Outcome(outcome): number for outcome, number in found}

    def rejected(self, stream: str, *, limit: int = 1000) -> Iterator[RecordState]:
        """Yield rejected records, those due first."""
        due = records.c.next_attempt_at
        wanted = (*self._in_stream(stream), due.is_not(None), records.c.outcome == Outcome.REJECTED)
        query = sa.select(*_STATE).where(*wanted).order_by(due).limit(limit)
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
        yield from map(_state, found)

    def waiting(self, stream: str, run: str = "") -> list[str]:
        """Return external ids of records that wait for others of their run."""
        is_waiting = (
            records.c.next_attempt_at.is_not(None),
            records.c.outcome == Outcome.PENDING,
            records.c.touched_by == run,
        )
        query = sa.select(records.c.external_id).where(*self._in_stream(stream), *is_waiting)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def watermark(self) -> datetime | None:
        """Return the instant up to which everything was synced, UTC; ``None`` before the first sync."""
        query = sa.select(watermarks.c.synced_until).where(watermarks.c.organization == self.organization)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def stamp_watermark(self, synced_until: datetime) -> datetime:
        """Set the watermark if there is none yet, and return the one in force, UTC."""
        statement = self._upsert(watermarks).values(organization=self.organization, synced_until=synced_until)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_nothing())
        return self.watermark() or synced_until

    def save_report(self, report: RunReport) -> None:
        """Keep the report of one try of one task."""
        with self._engine.begin() as connection:
            connection.execute(sa.insert(run_reports).values(organization=self.organization, **asdict(report)))

    def reports(self, stream: str, *, limit: int = 100) -> list[RunReport]:
        """Return the latest reports of a stream, newest first."""
        query = (
            sa.select(*_REPORT)
            .where(run_reports.c.organization == self.organization, run_reports.c.stream == stream)
            .order_by(run_reports.c.id.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [RunReport(*each) for each in connection.execute(query)]

    def _key(self, stream: str) -> dict[str, str]:
        return {"organization": self.organization, "stream": stream}

    def _in_stream(self, stream: str) -> tuple[sa.ColumnElement[bool], ...]:
        return records.c.organization == self.organization, records.c.stream == stream

    def _upsert(self, table: sa.Table) -> Upsert:
        return upsert(self._engine.dialect.name, table)


def _state(found: Sequence[Any]) -> RecordState:
    return RecordState(found[0], Outcome(found[1]), *found[2:])
