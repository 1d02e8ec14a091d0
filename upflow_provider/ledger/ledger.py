"""The ledger of one organization: what was sent, what waits, and how far the sync has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from upflow_provider.ledger.balances import Balances
from upflow_provider.ledger.claims.claims import Claims
from upflow_provider.ledger.clock import LedgerClock
from upflow_provider.ledger.database.engine import prepare
from upflow_provider.ledger.findings import Findings
from upflow_provider.ledger.inventory import Inventory
from upflow_provider.ledger.plan import Plan
from upflow_provider.ledger.records import Outcome, RecordState, RunReport
from upflow_provider.ledger.reports import prune_statement
from upflow_provider.ledger.runs import Changes
from upflow_provider.ledger.salesforce_accounts import Accounts
from upflow_provider.ledger.tables import Upsert, records, run_reports, upsert, watermarks
from upflow_provider.runs.batches import batches

CLAIM_LEASE_S = 600.0
"""
Age in seconds from which a claim counts as left behind by a dead task. It is renewed before each request, so that it
covers one request and its answer.
"""
BATCH_SIZE = 100
"""Records in one statement and one transaction, so that others wait for a few milliseconds at most."""

T = TypeVar("T")

_STATE = [records.c[field.name] for field in fields(RecordState)]
_REPORT = [run_reports.c[field.name] for field in fields(RunReport)]


class Ledger:
    """
    Records, watermark and reports of one organization; threads may share it.

    Args:
        engine: Engine of the database, whose tables are created or migrated if necessary (see `prepare`).
        organization: Name of the organization.
        now: Replaces the database's time; see `LedgerClock`.
        lease_s: Seconds after which another owner's claim no longer counts.

    Attributes:
        organization: As given.
        accounts: What Salesforce refused, and the portal links that it has; see `Accounts`.
        claims: Claims on records, and their outcomes; see `Claims`.
        clock: The clock that all hosts share; see `LedgerClock`.
        balances: Outstanding amounts of invoices; see `Balances`.
        changes: Windows and changes of the runs of the incremental sync; see `Changes`.
        findings: What the organization's Upflow turned out to do; see `Findings`.
        inventory: What lists of Upflow change in the ledger; see `Inventory`.

    Raises:
        ConfigurationError: Raised by `prepare`.
    """

    def __init__(
        self,
        engine: sa.Engine,
        organization: str,
        *,
        now: Callable[[], datetime] | None = None,
        lease_s: float = CLAIM_LEASE_S,
    ) -> None:
        self._engine, self.organization = prepare(engine), organization
        self.accounts = Accounts(engine, organization)
        self.changes = Changes(engine, organization)
        self.findings = Findings(engine, organization)
        in_stream = self._in_stream(sa.bindparam("stream_name", type_=sa.Text))
        self._states = sa.select(*_STATE).where(
            *in_stream, records.c.external_id.in_(sa.bindparam("ids", expanding=True))
        )
        self.clock = LedgerClock(engine, organization, now=now)
        self.balances = Balances(engine, organization, self.clock.now)
        self.claims = Claims(
            engine, organization, balances=self.balances, now=self.clock.now, lease=timedelta(seconds=lease_s)
        )
        self.inventory = Inventory(engine, organization, self.clock, timedelta(seconds=lease_s))

    def records(self, stream: str, external_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return what is known of these records, by external id; unknown ones are left out."""
        found: dict[str, RecordState] = {}
        with self._engine.connect() as connection:
            for batch in batches(external_ids, BATCH_SIZE):
                for row in connection.execute(self._states, {"stream_name": stream, "ids": batch}):
                    found[row[0]] = _state(row)
        return found

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

    def plan(self, run: str, task: str) -> Plan:
        """Begin the part of a dry run's plan that one of its tasks makes; see `Plan`."""
        return Plan(self._engine, self.organization, run, task, self.clock.now)

    def save_report(self, report: RunReport) -> None:
        """Keep the report of one try of one task for 90 days."""
        with self._engine.begin() as connection:
            connection.execute(sa.insert(run_reports).values(organization=self.organization, **asdict(report)))
            connection.execute(prune_statement(self.organization, report))

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

    def _in_stream(self, stream: str | sa.BindParameter[str]) -> tuple[sa.ColumnElement[bool], ...]:
        return records.c.organization == self.organization, records.c.stream == stream

    def _upsert(self, table: sa.Table) -> Upsert:
        return upsert(self._engine.dialect.name, table)


def _state(found: Sequence[Any]) -> RecordState:
    return RecordState(found[0], Outcome(found[1]), *found[2:])
