"""The ledger of one organization: what was sent, what waits, and how far the sync has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from upflow_provider.ledger.balances import Balances
from upflow_provider.ledger.claims.claims import Claims
from upflow_provider.ledger.claims.turns import Turns
from upflow_provider.ledger.clock import LedgerClock
from upflow_provider.ledger.database.engine import prepare
from upflow_provider.ledger.files import ImportedFiles
from upflow_provider.ledger.findings import Findings
from upflow_provider.ledger.inventory.elsewhere import Elsewhere
from upflow_provider.ledger.inventory.inventory import Inventory
from upflow_provider.ledger.pdfs import Pdfs
from upflow_provider.ledger.records import Outcome, RecordState, RunReport
from upflow_provider.ledger.runs.changes import Changes
from upflow_provider.ledger.runs.plan import Plan
from upflow_provider.ledger.runs.reports import prune_statement
from upflow_provider.ledger.salesforce_accounts import Accounts
from upflow_provider.ledger.settlements import Settlements
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
_IN_STREAM = (records.c.organization == sa.bindparam("organization"), records.c.stream == sa.bindparam("stream"))
_STATES = sa.select(*_STATE).where(*_IN_STREAM, records.c.external_id.in_(sa.bindparam("ids", expanding=True)))
_WAITING = sa.select(records.c.external_id).where(
    *_IN_STREAM,
    records.c.next_attempt_at.is_not(None),
    records.c.outcome == Outcome.PENDING,
    records.c.touched_by == sa.bindparam("run"),
)
_NEXT_STREAM = sa.select(sa.func.min(records.c.stream)).where(
    records.c.organization == sa.bindparam("organization"), records.c.stream > sa.bindparam("after")
)
_WATERMARK = sa.select(watermarks.c.synced_until).where(watermarks.c.organization == sa.bindparam("organization"))
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
        files: The files that people have imported; see `ImportedFiles`.
        findings: What the organization's Upflow turned out to do; see `Findings`.
        inventory: What lists of Upflow change in the ledger; see `Inventory`.
        elsewhere: What Upflow has from elsewhere; see `Elsewhere`.
        pdfs: PDFs that are due, and those that Upflow has; see `Pdfs`.
        turns: Turns of customers, for requests without a claim; see `Turns`.
        settlements: What payments that Upflow took itself settle; see `Settlements`.

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
        self.files = ImportedFiles(engine, organization)
        self.findings = Findings(engine, organization)
        self.settlements = Settlements(engine, organization)
        self.clock = LedgerClock(engine, organization, now=now)
        self.balances = Balances(engine, organization, self.clock.now)
        lease = timedelta(seconds=lease_s)
        self.claims = Claims(engine, organization, balances=self.balances, now=self.clock.now, lease=lease)
        self.turns = Turns(engine, organization, now=self.clock.now, lease=lease)
        self.inventory = Inventory(engine, organization, self.clock, lease)
        self.elsewhere = Elsewhere(engine, organization, self.clock)
        self.pdfs = Pdfs(engine, organization, self.clock.now)

    def records(self, stream: str, external_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return what is known of these records, by external id; unknown ones are left out."""
        found: dict[str, RecordState] = {}
        with self._engine.connect() as connection:
            for batch in batches(external_ids, BATCH_SIZE):
                for row in connection.execute(_STATES, {**self._key(stream), "ids": batch}):
                    found[row[0]] = _state(row)
        return found

    def streams(self) -> list[str]:
        """Return the names of the streams that the ledger knows records of."""
        found: list[str] = []
        with self._engine.connect() as connection:
            after = {"organization": self.organization, "after": ""}
            # One look into the index for each stream, however many records it has.
            while stream := connection.execute(_NEXT_STREAM, after).scalar():
                found.append(stream)
                after["after"] = stream
        return found

    def counts(self, stream: str) -> dict[Outcome, int]:
        """Return how many records of a stream have each outcome."""
        query = sa.select(records.c.outcome, sa.func.count()).where(*_IN_STREAM).group_by(records.c.outcome)
        with self._engine.connect() as connection:
            found = connection.execute(query, self._key(stream)).all()
        return {Outcome(outcome): number for outcome, number in found}

    def rejected(self, stream: str, *, limit: int = 1000) -> Iterator[RecordState]:
        """Yield rejected records, those due first."""
        due = records.c.next_attempt_at
        wanted = (*_IN_STREAM, due.is_not(None), records.c.outcome == Outcome.REJECTED)
        query = sa.select(*_STATE).where(*wanted).order_by(due).limit(limit)
        with self._engine.connect() as connection:
            found = connection.execute(query, self._key(stream)).all()
        yield from map(_state, found)

    def waiting(self, stream: str, run: str = "") -> list[str]:
        """Return external ids of records that wait for others of their run."""
        with self._engine.connect() as connection:
            return list(connection.execute(_WAITING, {**self._key(stream), "run": run}).scalars())

    def watermark(self) -> datetime | None:
        """Return the instant up to which everything was synced, UTC; ``None`` before the first sync."""
        with self._engine.connect() as connection:
            return connection.execute(_WATERMARK, {"organization": self.organization}).scalar()

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

    def _upsert(self, table: sa.Table) -> Upsert:
        return upsert(self._engine.dialect.name, table)


def _state(found: Sequence[Any]) -> RecordState:
    return RecordState(found[0], Outcome(found[1]), *found[2:])
