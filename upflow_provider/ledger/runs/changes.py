"""The runs of the incremental sync: their windows, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from upflow_provider.ledger.tables import changes, events, records, upsert, watermarks, windows
from upflow_provider.runs.batches import batches

WINDOW_RETENTION = timedelta(days=30)
"""How long windows and changes are kept for tasks that are cleared: as long as Stripe keeps events."""
EVENT_ID_RETENTION = timedelta(days=2)
"""How long ids of handled events are kept: longer than windows overlap, and than a daily sweep reads back."""
BATCH_SIZE = 100

ListingReason = Literal["sweep", "gap"]
"""Why a run lists records: once a day (sweep), or because the event feed has a gap."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    A record that may have changed.

    Attributes:
        stream: Name of its stream.
        record_id: Its id in the source, or that of an object by which it is looked up, such as a refunded charge.
        created_at: When the record was created, aware, UTC; ``None`` if the event does not say.
    """

    stream: str
    record_id: str
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunWindow:
    """
    The window of one run, opened once.

    Attributes:
        start: First instant, by Stripe's clock, UTC.
        end: First instant after it, by Stripe's clock, UTC.
        opened_at: When the run opened it, by the ledger's clock, UTC.
        relisting: Why records are listed in addition, if they are.
        advances_watermark: Whether the watermark moves to its end; in a replay and in a dry run it stays.
        feed_read_at: When all of its changes were known, by the ledger's clock, UTC.
        finished_at: When the watermark was moved, by the ledger's clock, UTC.
    """

    start: datetime
    end: datetime
    opened_at: datetime
    relisting: ListingReason | None = None
    advances_watermark: bool = True
    feed_read_at: datetime | None = None
    finished_at: datetime | None = None


class Changes:
    """
    Windows and changes of one organization.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
    """

    def __init__(self, engine: sa.Engine, organization: str) -> None:
        self._engine, self._organization = engine, organization

    def open_window(self, run: str, window: RunWindow) -> RunWindow:
        """Store the window of a run, unless it has one already, and return its window."""
        values = {"organization": self._organization, "run": run, **asdict(window)}
        self._execute(self._upsert(windows).values(values).on_conflict_do_nothing())
        return self.window_of(run) or window

    def window_of(self, run: str) -> RunWindow | None:
        """Return the window of a run; ``None`` before it was opened."""
        with self._engine.connect() as connection:
            found = connection.execute(_WINDOW, {"organization": self._organization, "run": run}).one_or_none()
        return RunWindow(*found) if found else None

    def mark_feed_read(self, run: str, read_at: datetime) -> None:
        """Record that all changes of a run's window are known."""
        statement = sa.update(windows).where(windows.c.organization == self._organization, windows.c.run == run)
        self._execute(statement.values(feed_read_at=read_at))

    def relisted_at(self, present: datetime) -> datetime | None:
        """Return when the last finished run that listed records opened its window, UTC, at *present* or before."""
        query = sa.select(sa.func.max(windows.c.opened_at)).where(
            windows.c.organization == self._organization,
            windows.c.relisting.is_not(None),
            windows.c.finished_at.is_not(None),
            windows.c.opened_at <= present,
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def correct_watermark(self, wrong: datetime, right: datetime) -> None:
        """Set the watermark to *right*, if it is still *wrong*; only a wrong clock can have put it there."""
        is_wrong = (watermarks.c.organization == self._organization, watermarks.c.synced_until == wrong)
        self._execute(sa.update(watermarks).where(*is_wrong).values(synced_until=right))

    def add(self, run: str, found: Iterable[Change], event_ids: Iterable[tuple[str, datetime]] = ()) -> None:
        """
        Store what may have changed; changes that the run has already stay as they are.

        Args:
            run: Name of the run.
            found: The changes.
            event_ids: Ids of the events that named them, and when those were created.
        """
        run_key = {"organization": self._organization, "run": run}
        distinct = {(each.stream, each.record_id): each.created_at for each in found}
        for batch in batches(distinct.items(), BATCH_SIZE):
            values = [
                {**run_key, "stream": stream, "record_id": record_id, "created_at": created_at}
                for (stream, record_id), created_at in batch
            ]
            self._execute(self._upsert(changes).on_conflict_do_nothing(), values)
        add_event = self._upsert(events)
        latest = {"run": add_event.excluded.run}
        add_event = add_event.on_conflict_do_update(index_elements=["organization", "event_id"], set_=latest)
        for ids in batches(dict(event_ids).items(), BATCH_SIZE):
            values = [{**run_key, "event_id": event_id, "created_at": created_at} for event_id, created_at in ids]
            self._execute(add_event, values)

    def due(self, streams: Iterable[str], due_by: datetime | None) -> list[Change]:
        """
        Return the records that are to be tried again, those due first.

        Args:
            streams: Names of the streams of a flow; records of other flows are theirs to try again.
            due_by: Last instant at which they are due, UTC; ``None`` for all that are rejected or wait.
        """
        due = records.c.next_attempt_at
        query = (
            sa.select(records.c.stream, records.c.external_id)
            .where(records.c.organization == self._organization, due.is_not(None))
            .where(records.c.stream.in_(tuple(streams)))
            .order_by(due)
        )
        with self._engine.connect() as connection:
            return [
                Change(*each) for each in connection.execute(query if due_by is None else query.where(due <= due_by))
            ]

    def handled(self, run: str, since: datetime) -> set[str]:
        """Return the ids of events since an instant that other, finished runs have handled."""
        query = (
            sa.select(events.c.event_id)
            .join(windows, sa.and_(windows.c.organization == events.c.organization, windows.c.run == events.c.run))
            .where(events.c.organization == self._organization, events.c.created_at >= since, events.c.run != run)
            .where(windows.c.finished_at.is_not(None))
        )
        with self._engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def stream_changes(self, run: str, stream: str, done_before: datetime | None = None) -> list[Change]:
        """
        Return the changes of a stream that a run has to read again, newest records first.

        Args:
            run: Name of the run.
            stream: Name of the stream.
            done_before: Leave out changes that were done at or after this instant; ``None`` to leave out none.
        """
        query = sa.select(changes.c.stream, changes.c.record_id, changes.c.created_at).where(
            *self._in_run(run), changes.c.stream == stream
        )
        if done_before is not None:
            query = query.where(sa.or_(changes.c.done_at.is_(None), changes.c.done_at < done_before))
        newest_first = (changes.c.created_at.is_(None), changes.c.created_at.desc(), changes.c.record_id)
        with self._engine.connect() as connection:
            return [Change(*each) for each in connection.execute(query.order_by(*newest_first))]

    def counts(self, run: str, *, only_open: bool = False) -> dict[str, int]:
        """Return the number of changes of a run by stream; with *only_open*, of those that are not done."""
        query = sa.select(changes.c.stream, sa.func.count()).where(*self._in_run(run))
        if only_open:
            query = query.where(changes.c.done_at.is_(None))
        with self._engine.connect() as connection:
            found = connection.execute(query.group_by(changes.c.stream)).all()
        return {each.stream: each[1] for each in found}

    def mark_done(self, run: str, stream: str, done_at: datetime, record_ids: Iterable[str] | None = None) -> None:
        """Record that changes of a stream have their outcome: those of *record_ids*, or all of the stream."""
        statement = sa.update(changes).where(*self._in_run(run), changes.c.stream == stream).values(done_at=done_at)
        if record_ids is None:
            self._execute(statement)
            return
        for batch in batches(record_ids, BATCH_SIZE):
            self._execute(statement.where(changes.c.record_id.in_(batch)))

    def finish(self, run: str, finished_at: datetime) -> None:
        """
        Move the watermark to the end of a run's window, and delete what is too old to be replayed, in one transaction.

        The watermark never goes back, and moves only over what the window covers: an inventory may have set it back.
        """
        window = self.window_of(run)
        if window is None:
            return
        mark = self._upsert(watermarks).values(organization=self._organization, synced_until=window.end)
        moved = mark.on_conflict_do_update(
            index_elements=["organization"],
            set_={"synced_until": mark.excluded.synced_until},
            where=sa.and_(watermarks.c.synced_until < window.end, watermarks.c.synced_until >= window.start),
        )
        in_organization = windows.c.organization == self._organization
        old = sa.select(windows.c.run).where(in_organization, windows.c.opened_at < finished_at - WINDOW_RETENTION)
        with self._engine.begin() as connection:
            if window.advances_watermark:
                connection.execute(moved)
                is_old = sa.and_(
                    events.c.organization == self._organization, events.c.created_at < window.end - EVENT_ID_RETENTION
                )
                connection.execute(sa.delete(events).where(is_old))
            connection.execute(
                sa.update(windows).where(in_organization, windows.c.run == run).values(finished_at=finished_at)
            )
            connection.execute(
                sa.delete(changes).where(changes.c.organization == self._organization, changes.c.run.in_(old))
            )
            connection.execute(
                sa.delete(windows).where(in_organization, windows.c.opened_at < finished_at - WINDOW_RETENTION)
            )

    def _execute(self, statement: sa.Executable, values: Any = None) -> None:  # noqa: ANN401 - one row, or several
        with self._engine.begin() as connection:
            connection.execute(statement, values)

    def _in_run(self, run: str) -> tuple[sa.ColumnElement[bool], ...]:
        return changes.c.organization == self._organization, changes.c.run == run

    def _upsert(self, table: sa.Table) -> Any:  # noqa: ANN401 - either dialect's insert
        return upsert(self._engine.dialect.name, table)


_WINDOW = sa.select(*(windows.c[name] for name in RunWindow.__dataclass_fields__)).where(
    windows.c.organization == sa.bindparam("organization"), windows.c.run == sa.bindparam("run")
)
