"""The statements by which a process gives back all of its claims and turns, each built once in a process."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from upflow_provider.ledger.claims.statements import CLAIM_COLUMNS
from upflow_provider.ledger.tables import records, turns


@cache
def end_turns() -> sa.Delete:
    """Return the statement that ends the turns of a process."""
    return sa.delete(turns).where(_is_in_organization(turns), turns.c.process == sa.bindparam("process"))


@cache
def lock_claims() -> sa.Select[tuple[str]]:
    """Return the query that locks the records of a process in one order, so that two tasks never block each other."""
    query = sa.select(records.c.external_id).where(*_own()).order_by(records.c.stream, records.c.external_id)
    return query.with_for_update()


@cache
def end_claims(*, may_arrive_late: bool) -> sa.Update:
    """Return the statement that ends the claims of a process; the records are due, and sent twice if necessary."""
    now = sa.bindparam("now", type_=records.c.next_attempt_at.type)
    statement = sa.update(records).where(*_own()).values({**dict.fromkeys(CLAIM_COLUMNS), "next_attempt_at": now})
    return statement.values(resend=True) if may_arrive_late else statement


def _own() -> tuple[sa.ColumnElement[bool], ...]:
    is_own = records.c.claim_process == sa.bindparam("process")
    # An index leads to the records that are due, as all are that are claimed.
    return _is_in_organization(records), records.c.next_attempt_at.is_not(None), is_own


def _is_in_organization(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.organization == sa.bindparam("in_organization")
