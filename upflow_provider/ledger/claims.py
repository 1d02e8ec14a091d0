"""
Claims on records: the statements of `Ledger.claim`, `Ledger.record_outcomes` and `Ledger.adopt`.

Two tasks may work on one record at a time, and either may die between its request and its entry in
the ledger. Even so, two rules keep an older read from overwriting a newer one:

* A record is *claimed* right before its request, by one owner at a time, and its ``read_at`` never
  goes back. From then on its hash is unknown, so that the record is sent again if the task dies.
* The outcome of an *import* or a *removal* is written only while its owner still has the claim. A record that was
  skipped or rejected may never have been claimed; its outcome is written unless a newer read is known, and it leaves
  the claim of another owner as it is, because that owner's request is under way.

Each rule is one atomic statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from upflow_provider.ledger.records import RETRY_DELAYS, Balancing, ListedRecord, Outcome, RecordOutcome
from upflow_provider.ledger.tables import records

KEY_COLUMNS = ["organization", "stream", "external_id"]

LISTED_COLUMNS = ("upflow_id", "payload_hash", "balancing", "observed", "settled_at")
"""Columns that a listing of Upflow fills."""
IMPORT_COLUMNS = ("balancing", "expected", "observed", "linked_invoices", "dependents")
"""Columns that only an import or a removal changes."""

Upsert = sqlite.Insert | postgresql.Insert


def upsert(dialect: str, table: sa.Table) -> Upsert:
    """Return an ``INSERT`` that supports ``ON CONFLICT``, for a SQLAlchemy dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def claim_statement(
    insert: Upsert,
    key: Mapping[str, str],
    *,
    read_at: datetime,
    owner: str,
    now: datetime,
    lease: timedelta,
    balancing: Balancing | None = None,
) -> sa.Executable:
    """
    Return the statement that claims one record; it returns the record only if the claim was granted.

    *balancing*, if given, are all of its balancing documents that Upflow may have from now on.
    """
    free = sa.or_(
        records.c.claimed_by.is_(None),
        records.c.claimed_by == owner,
        records.c.claimed_at < now - lease,
    )
    mark: dict[str, Any] = {"payload_hash": None, "read_at": read_at, "claimed_by": owner, "claimed_at": now}
    if balancing is not None:
        mark["balancing"] = balancing
    new = {**key, "outcome": Outcome.PENDING, "attempts": 0, "first_seen_at": now, **mark}
    return (
        insert.values(**new)
        .on_conflict_do_update(
            index_elements=KEY_COLUMNS, set_=mark, where=sa.and_(free, _not_newer_than(sa.literal(read_at)))
        )
        .returning(records.c.external_id)
    )


def record_statement(
    insert: Upsert, key: Mapping[str, str], outcomes: Sequence[RecordOutcome], *, owner: str, run: str, now: datetime
) -> sa.Executable:
    """Return the statement that records outcomes of one stream; it returns the records that it has changed."""
    values = [{**_values(key, each, now), "touched_by": run} for each in outcomes]
    # SQLAlchemy cannot cache the statement of a list, because each length makes another one.
    statement = insert.values(values[0] if len(values) == 1 else values)
    new, is_owner = statement.excluded, records.c.claimed_by == owner
    unchanged = {*KEY_COLUMNS, "first_seen_at"}
    is_import = new.outcome.in_([Outcome.IMPORTED, Outcome.REMOVED])
    return statement.on_conflict_do_update(
        index_elements=KEY_COLUMNS,
        set_={
            **{name: new[name] for name in values[0] if name not in unchanged},
            **{name: sa.case((is_import, new[name]), else_=records.c[name]) for name in IMPORT_COLUMNS},
            "upflow_id": sa.case(
                (new.outcome == Outcome.REMOVED, sa.null()), else_=sa.func.coalesce(new.upflow_id, records.c.upflow_id)
            ),
            "attempts": sa.case((new.attempts == 0, 0), else_=records.c.attempts + 1),
            "next_attempt_at": sa.case((new.attempts == 0, new.next_attempt_at), else_=_next_attempt_at(now)),
            "claimed_by": sa.case((is_owner, sa.null()), else_=records.c.claimed_by),
            "claimed_at": sa.case((is_owner, sa.null()), else_=records.c.claimed_at),
        },
        where=sa.and_(_not_newer_than(new.read_at), sa.or_(is_owner, sa.not_(is_import))),
    ).returning(records.c.external_id)


def adopt_statement(
    insert: Upsert, key: Mapping[str, str], listed: Sequence[ListedRecord], *, now: datetime
) -> sa.Executable:
    """Return the statement that records what Upflow listed, unless a read of the source is known."""
    new = {**key, "outcome": Outcome.IMPORTED, "attempts": 0, "first_seen_at": now, "settled_at": now}
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
            }
            for record in by_external_id.values()
        ]
    )
    return statement.on_conflict_do_update(
        index_elements=KEY_COLUMNS,
        set_={name: statement.excluded[name] for name in LISTED_COLUMNS},
        where=records.c.read_at.is_(None),
    )


def _values(key: Mapping[str, str], outcome: RecordOutcome, now: datetime) -> dict[str, Any]:
    # A record that waits is tried again at the end of its run; if the run never ends, by a later run.
    rest = {Outcome.REJECTED: RETRY_DELAYS[0], Outcome.PENDING: RETRY_DELAYS[-1]}.get(outcome.outcome)
    return {
        **key,
        "external_id": outcome.external_id,
        "outcome": outcome.outcome,
        "payload_hash": outcome.payload_hash,
        "upflow_id": outcome.upflow_id,
        "read_at": outcome.read_at,
        "reason": outcome.reason,
        "error": outcome.error,
        "attempts": int(outcome.outcome is Outcome.REJECTED),
        "next_attempt_at": now + rest if rest else None,
        "balancing": outcome.balancing,
        "expected": outcome.expected,
        "observed": outcome.observed,
        "linked_invoices": outcome.linked_invoices,
        "dependents": outcome.dependents,
        "first_seen_at": now,
        "settled_at": now,
    }


def _next_attempt_at(now: datetime) -> sa.ColumnElement[datetime]:
    """Return when a record that was rejected before and is rejected again is due the next time."""
    times = [sa.literal(now + rest, records.c.read_at.type) for rest in RETRY_DELAYS]
    return sa.case(dict(enumerate(times[:-1])), value=records.c.attempts, else_=times[-1])


def _not_newer_than(read_at: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    return sa.or_(records.c.read_at.is_(None), records.c.read_at <= read_at)
