"""The ledger of one organization: what was sent, what waits, how far we are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from upflow_provider.ledger.records import Claim, Outcome, RecordState, Settled, retry_after
from upflow_provider.ledger.tables import records, run_reports, watermarks

LEASE = timedelta(minutes=2)
"""
Age at which a claim counts as left behind by a dead task. A claim is made right before a request, so
this only has to be longer than the longest request.
"""
BATCH = 100
_STATE = [records.c[name] for name in RecordState.__dataclass_fields__]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """
    Records, watermark and reports of one organization.

    Args:
        engine: Engine of a migrated database (see `engine.prepare`).
        organization: Name of the organization.
        clock: Current time, aware, UTC.
        lease: Age at which another task's claim no longer counts.
    """

    def __init__(
        self,
        engine: sa.Engine,
        organization: str,
        *,
        clock: Callable[[], datetime] = _utc_now,
        lease: timedelta = LEASE,
    ) -> None:
        self._engine, self.organization = engine, organization
        self._clock, self._lease = clock, lease
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def records(self, stream: str, external_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return what is known of these records, by external id; unknown ones are left out."""
        ids = list(external_ids)
        found: dict[str, RecordState] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(ids), BATCH):
                query = self._of(sa.select(*_STATE), stream).where(
                    records.c.external_id.in_(ids[start : start + BATCH])
                )
                for each in connection.execute(query):
                    found[each[0]] = RecordState(each[0], Outcome(each[1]), *each[2:])
        return found

    def claim(self, stream: str, external_id: str, *, read_at: datetime, owner: str) -> Claim:
        """
        Mark one record as in flight, right before its request.

        From then on nobody knows what Upflow holds, until it is settled: a task that dies in
        between leaves a record that will be sent again.

        Args:
            stream: Name of the stream.
            external_id: The record.
            read_at: When the source was read for it, UTC.
            owner: Name of the task instance, the same on each of its tries.

        Returns:
            Granted, unless another owner's claim is alive (busy) or a newer read was sent (stale).
        """
        now = self._clock()
        mark = {"payload_hash": None, "read_at": read_at, "claimed_by": owner, "claimed_at": now}
        statement = (
            self._insert(records)
            .values(
                **self._key(stream),
                external_id=external_id,
                outcome=Outcome.PENDING,
                first_seen_at=now,
                **mark,
            )
            .on_conflict_do_update(
                index_elements=["organization", "stream", "external_id"],
                set_=mark,
                where=sa.and_(self._free(owner, now), _not_newer(read_at)),
            )
            .returning(records.c.external_id)
        )
        with self._engine.begin() as connection:
            if connection.execute(statement).all():
                return Claim.GRANTED
        known = self.records(stream, [external_id]).get(external_id)
        stale = known is not None and known.read_at is not None and known.read_at > read_at
        return Claim.STALE if stale else Claim.BUSY

    def settle(self, stream: str, settled: Sequence[Settled], *, owner: str) -> list[str]:
        """
        Write down what became of records, and release their claims.

        Returns:
            External ids that were left alone: another task has claimed or settled a newer read.
        """
        left: list[str] = []
        for start in range(0, len(settled), BATCH):
            left += self._settle_batch(stream, settled[start : start + BATCH], owner)
        return left

    def _settle_batch(self, stream: str, settled: Sequence[Settled], owner: str) -> list[str]:
        now = self._clock()
        rejected = [each.external_id for each in settled if each.outcome is Outcome.REJECTED]
        attempts = {each: known.attempts for each, known in self.records(stream, rejected).items()}
        values = [self._values(stream, each, attempts.get(each.external_id, 0), now) for each in settled]
        insert = self._insert(records).values(values)
        new = insert.excluded
        changed = {name: new[name] for name in values[0] if name not in {"first_seen_at", *self._key(stream)}}
        del changed["external_id"]
        statement = insert.on_conflict_do_update(
            index_elements=["organization", "stream", "external_id"],
            set_={
                **changed,
                "upflow_id": sa.func.coalesce(new.upflow_id, records.c.upflow_id),
                "claimed_by": None,
                "claimed_at": None,
            },
            where=sa.and_(
                self._free(owner, now), sa.or_(records.c.read_at.is_(None), records.c.read_at <= new.read_at)
            ),
        ).returning(records.c.external_id)
        with self._engine.begin() as connection:
            written = {each[0] for each in connection.execute(statement)}
        return [each.external_id for each in settled if each.external_id not in written]

    def _values(self, stream: str, settled: Settled, attempts: int, now: datetime) -> dict[str, Any]:
        attempts = attempts + 1 if settled.outcome is Outcome.REJECTED else 0
        return {
            **self._key(stream),
            "external_id": settled.external_id,
            "outcome": settled.outcome,
            "payload_hash": settled.payload_hash,
            "upflow_id": settled.upflow_id,
            "read_at": settled.read_at,
            "reason": settled.reason,
            "error": settled.error,
            "attempts": attempts,
            "next_attempt_at": now + retry_after(attempts) if attempts else None,
            "first_seen_at": now,
            "settled_at": now,
        }

    def adopt(self, stream: str, seen: Sequence[tuple[str, str, str | None]]) -> None:
        """
        Write down records that Upflow listed, where the ledger does not know them.

        Args:
            stream: Name of the stream.
            seen: External id, Upflow id and, where it can be told, hash of the content.
        """
        now = self._clock()
        with self._engine.begin() as connection:
            for start in range(0, len(seen), BATCH):
                values = [
                    {
                        **self._key(stream),
                        "external_id": external_id,
                        "upflow_id": upflow_id,
                        "payload_hash": payload_hash,
                        "outcome": Outcome.IMPORTED,
                        "first_seen_at": now,
                        "settled_at": now,
                    }
                    for external_id, upflow_id, payload_hash in seen[start : start + BATCH]
                ]
                connection.execute(self._insert(records).values(values).on_conflict_do_nothing())

    def watermark(self) -> datetime | None:
        """Return the instant up to which everything was synced, UTC; ``None`` before the first sync."""
        query = sa.select(watermarks.c.synced_until).where(watermarks.c.organization == self.organization)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def stamp_watermark(self, at: datetime) -> datetime:
        """Set the watermark if there is none yet, and return the one in force."""
        statement = self._insert(watermarks).values(organization=self.organization, synced_until=at)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_nothing())
        return self.watermark() or at

    def move_watermark(self, to: datetime) -> None:
        """Move the watermark forward; an earlier instant changes nothing."""
        statement = self._insert(watermarks).values(organization=self.organization, synced_until=to)
        with self._engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["organization"],
                    set_={"synced_until": to},
                    where=watermarks.c.synced_until < statement.excluded.synced_until,
                )
            )

    def counts(self, stream: str) -> dict[Outcome, int]:
        """Return how many records of a stream have each outcome."""
        query = self._of(sa.select(records.c.outcome, sa.func.count()), stream)
        with self._engine.connect() as connection:
            found = connection.execute(query.group_by(records.c.outcome)).all()
        return {Outcome(outcome): number for outcome, number in found}

    def rejected(self, stream: str, *, due_by: datetime | None = None, limit: int = 1000) -> Iterator[RecordState]:
        """Yield rejected records, those due first; only those due by *due_by* when it is given."""
        query = self._of(sa.select(*_STATE), stream).where(records.c.outcome == Outcome.REJECTED)
        if due_by is not None:
            query = query.where(records.c.next_attempt_at <= due_by)
        with self._engine.connect() as connection:
            for each in connection.execute(query.order_by(records.c.next_attempt_at).limit(limit)):
                yield RecordState(each[0], Outcome(each[1]), *each[2:])

    def save_report(self, stream: str, *, task: str, start: datetime, end: datetime, counts: Mapping[str, Any]) -> None:
        """Keep the report of one task."""
        values = {"task": task, "window_start": start, "window_end": end, "counts": dict(counts)}
        with self._engine.begin() as connection:
            connection.execute(sa.insert(run_reports).values(**self._key(stream), finished_at=self._clock(), **values))

    def reports(self, stream: str, *, limit: int = 100) -> list[dict[str, Any]]:
        """Return the latest reports of a stream, newest first."""
        query = (
            sa.select(run_reports)
            .where(run_reports.c.organization == self.organization, run_reports.c.stream == stream)
            .order_by(run_reports.c.id.desc())
        )
        with self._engine.connect() as connection:
            return [dict(each) for each in connection.execute(query.limit(limit)).mappings()]

    def _key(self, stream: str) -> dict[str, str]:
        return {"organization": self.organization, "stream": stream}

    def _of(self, query: sa.Select[Any], stream: str) -> sa.Select[Any]:
        return query.where(records.c.organization == self.organization, records.c.stream == stream)

    def _free(self, owner: str, now: datetime) -> sa.ColumnElement[bool]:
        return sa.or_(
            records.c.claimed_by.is_(None),
            records.c.claimed_by == owner,
            records.c.claimed_at < now - self._lease,
        )


def _not_newer(read_at: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(records.c.read_at.is_(None), records.c.read_at <= read_at)
