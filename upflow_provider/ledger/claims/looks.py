"""The statements of looks: reads that found nothing to send. As in `statements`, all that varies is a parameter."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from upflow_provider.ledger.claims.statements import in_stream, is_not_older, parameter
from upflow_provider.ledger.records import Outcome
from upflow_provider.ledger.tables import records


@cache
def look() -> sa.Update:
    """
    Return the statement by which a read that found nothing to send makes older reads stale.

    An imported record that is due later, because it lacks something, stays due then.
    """
    is_due_later = sa.and_(
        records.c.outcome == Outcome.IMPORTED,
        records.c.payload_hash.is_not(None),
        records.c.next_attempt_at > parameter(records, "read_at"),
    )
    unclaimed = (
        sa.select(records.c.external_id)
        .where(*_has_not_changed(), is_not_older(parameter(records, "read_at")))
        .with_for_update(skip_locked=True)  # a record that is being claimed right now has to be compared again
    )
    return (
        sa.update(records)
        .where(*in_stream(), records.c.external_id.in_(unclaimed))
        .values(
            read_at=parameter(records, "read_at"),
            next_attempt_at=sa.case((is_due_later, records.c.next_attempt_at), else_=sa.null()),
        )
    )


@cache
def looked_at() -> sa.Executable:
    """Return the query for the records that `look` has changed, if it has not changed all of them."""
    return sa.select(records.c.external_id).where(
        *_has_not_changed(), records.c.read_at == parameter(records, "read_at")
    )


def _has_not_changed() -> tuple[sa.ColumnElement[bool], ...]:
    """Return whether records are unclaimed and have the hashes that they were compared with."""
    # A hash covers the external id, so that no two records have the same.
    has_hash = records.c.payload_hash.in_(sa.bindparam("hashes", expanding=True))
    has_none = sa.and_(
        records.c.payload_hash.is_(None), records.c.external_id.in_(sa.bindparam("ids_without_hash", expanding=True))
    )
    is_looked_at = records.c.external_id.in_(sa.bindparam("ids", expanding=True))
    return *in_stream(), is_looked_at, records.c.claim_process.is_(None), sa.or_(has_hash, has_none)
