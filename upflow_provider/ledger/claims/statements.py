"""The statements of claims, each built once: all that varies is a parameter, whose name begins with ``new_``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from upflow_provider.ledger.records import RETRY_DELAYS, Outcome
from upflow_provider.ledger.tables import Upsert, records, turns, upsert

KEY_COLUMNS = ["organization", "stream", "external_id"]
CLAIM_COLUMNS = ("claimed_by", "claim_process", "claimed_at")
IMPORT_COLUMNS = ("balancing", "expected", "observed", "linked_invoices", "dependents")
"""Columns that only an import or a removal changes."""
OUTCOME_COLUMNS = (
    *KEY_COLUMNS,
    *("outcome", "payload_hash", "upflow_id", "read_at", "reason", "error", "attempts", "next_attempt_at"),
    *("first_seen_at", "settled_at", "touched_by"),
    *IMPORT_COLUMNS,
)
OVERTAKEN = (
    *(f"new_{name}" for name in KEY_COLUMNS),
    "new_claim_process",
    "new_upflow_id",
    "new_settled_at",
    "was_sent",
)
"""Parameters of `mark_overtaken`."""


@cache
def take_turn(dialect: str) -> sa.Executable:
    """Return the statement that takes or renews a customer's turn; it returns a row only if the turn is taken."""
    insert = _insert(dialect, turns, turns.c.keys())
    new = insert.excluded
    free = sa.or_(turns.c.process == new.process, turns.c.owner == new.owner, _is_old(turns.c.taken_at))
    return insert.on_conflict_do_update(
        index_elements=["organization", "customer"],
        set_={"owner": new.owner, "process": new.process, "taken_at": new.taken_at},
        where=free,
    ).returning(turns.c.customer)


@cache
def end_turn() -> sa.Executable:
    """Return the statement that ends a customer's turn, if a process still has it."""
    return sa.delete(turns).where(
        *(turns.c[name] == parameter(turns, name) for name in ("organization", "customer", "process"))
    )


@cache
def take(dialect: str, *, with_balancing: bool = False) -> sa.Executable:
    """Return the statement that claims a record or renews its claim; it returns a row only if the claim is granted."""
    columns = {*KEY_COLUMNS, *CLAIM_COLUMNS, "read_at", "next_attempt_at", "resend"} | (
        {"balancing"} if with_balancing else set()
    )
    insert = _insert(dialect, records, columns).values(
        outcome=Outcome.PENDING, attempts=0, first_seen_at=parameter(records, "claimed_at")
    )
    new = insert.excluded
    is_mine = records.c.claim_process == new.claim_process
    is_claimed = records.c.claimed_by.is_not(None)
    free = sa.or_(sa.not_(is_claimed), is_mine, records.c.claimed_by == new.claimed_by, _is_old(records.c.claimed_at))
    content = sa.bindparam("new_content", type_=sa.Text)
    unsent = sa.or_(records.c.payload_hash.is_(None), records.c.payload_hash != content)
    is_taken_over = sa.and_(is_claimed, records.c.claim_process.is_distinct_from(new.claim_process))
    # A request of before may still arrive, and what is sent until the record is due does not come after it for sure.
    is_resent_later = sa.and_(
        sa.not_(is_claimed),
        _was_sent(),
        records.c.payload_hash.is_(None),
        sa.func.coalesce(records.c.next_attempt_at > new.claimed_at, sa.false()),
    )
    changed = columns - {*KEY_COLUMNS}
    return insert.on_conflict_do_update(
        index_elements=KEY_COLUMNS,
        set_={
            **{name: new[name] for name in changed},
            "payload_hash": sa.null(),
            "resend": sa.or_(records.c.resend, is_taken_over, new.resend, is_resent_later),
        },
        where=sa.and_(free, unsent, is_not_older(new.read_at), is_not_older(new.read_at, records.c.linked_at)),
    ).returning(records.c.balancing)


@cache
def record(dialect: str) -> sa.Executable:
    """Return the statement that records the outcome of one record; it returns a row only if the outcome counts."""
    insert = _insert(dialect, records, OUTCOME_COLUMNS)
    new, process = insert.excluded, parameter(records, "claim_process")
    is_mine = sa.func.coalesce(records.c.claim_process == process, sa.false())
    has_ended = sa.or_(is_mine, sa.func.coalesce(_is_old(records.c.claimed_at), sa.false()))
    is_others = sa.and_(records.c.claim_process.is_not(None), sa.not_(has_ended))
    is_import = sa.or_(new.outcome == Outcome.IMPORTED, new.outcome == Outcome.REMOVED)
    is_resent = sa.and_(is_import, records.c.resend)
    is_rejected_again = sa.and_(new.attempts > 0, records.c.attempts > 0)
    # An invoice that does not show the right amount, and a record that waits, are as likely to be rejected again.
    is_undecided = sa.or_(
        new.outcome == Outcome.PENDING,
        sa.and_(new.expected.is_not(None), sa.or_(new.observed.is_(None), new.observed != new.expected)),
    )
    set_ = {
        **{name: new[name] for name in OUTCOME_COLUMNS if name not in {*KEY_COLUMNS, "first_seen_at"}},
        **{name: sa.case((is_import, new[name]), else_=records.c[name]) for name in IMPORT_COLUMNS},
        **{name: sa.case((has_ended, sa.null()), else_=records.c[name]) for name in CLAIM_COLUMNS},
        # A balancing document that was deleted may still arrive, too.
        "balancing": sa.case((sa.and_(is_import, sa.not_(is_resent)), new.balancing), else_=records.c.balancing),
        "payload_hash": sa.case((is_resent, sa.null()), else_=new.payload_hash),
        "upflow_id": sa.case(
            (new.outcome == Outcome.REMOVED, sa.null()), else_=sa.func.coalesce(new.upflow_id, records.c.upflow_id)
        ),
        "attempts": sa.case((new.attempts > 0, records.c.attempts + 1), (is_undecided, records.c.attempts), else_=0),
        "next_attempt_at": sa.case(
            (is_others, records.c.next_attempt_at),
            (is_resent, sa.bindparam("resend_at", type_=records.c.next_attempt_at.type)),
            (is_rejected_again, _next_attempt_at()),
            else_=new.next_attempt_at,
        ),
        "resend": sa.and_(records.c.resend, sa.not_(is_import)),
    }
    return insert.on_conflict_do_update(
        index_elements=KEY_COLUMNS,
        set_=set_,
        where=sa.and_(is_not_older(new.read_at), sa.or_(is_mine, sa.not_(is_import))),
    ).returning(records.c.external_id)


@cache
def mark_overtaken() -> sa.Executable:
    """
    Return the statement that has a record read and sent again although its outcome did not count.

    Its request may have been the last to arrive. A claim that the process still has ends.
    """
    process = parameter(records, "claim_process")
    is_mine = sa.func.coalesce(records.c.claim_process == process, sa.false())
    is_others = sa.and_(records.c.claim_process.is_not(None), sa.not_(is_mine))
    was_sent = sa.bindparam("was_sent", type_=sa.Boolean)
    return (
        sa.update(records)
        .where(*_is_record(), sa.or_(is_mine, was_sent))
        .values(
            payload_hash=sa.null(),
            upflow_id=sa.func.coalesce(parameter(records, "upflow_id"), records.c.upflow_id),
            balancing=parameter(records, "balancing"),
            resend=sa.or_(records.c.resend, is_others),
            next_attempt_at=sa.case((is_others, records.c.next_attempt_at), else_=parameter(records, "settled_at")),
            **{name: sa.case((is_mine, sa.null()), else_=records.c[name]) for name in CLAIM_COLUMNS},
        )
    )


@cache
def balancing() -> sa.Executable:
    """Return the query for the balancing documents of a record, which stays as it is until the transaction ends."""
    return sa.select(records.c.balancing).where(*_is_record()).with_for_update()


@cache
def known() -> sa.Executable:
    """Return the query for what tells why a claim was refused."""
    return sa.select(records.c.read_at, records.c.linked_at, records.c.payload_hash).where(*_is_record())


@cache
def read_again() -> sa.Update:
    """Return the statement that makes a record due, unless a process has it in flight."""
    return (
        sa.update(records)
        .where(*_is_record(), records.c.claim_process.is_(None))
        .values(next_attempt_at=parameter(records, "next_attempt_at"))
    )


def _is_record() -> tuple[sa.ColumnElement[bool], ...]:
    return tuple(records.c[name] == parameter(records, name) for name in KEY_COLUMNS)


def in_stream() -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of a record's stream."""
    return tuple(records.c[name] == parameter(records, name) for name in ("organization", "stream"))


def _insert(dialect: str, table: sa.Table, columns: Iterable[str]) -> Upsert:
    return upsert(dialect, table).values({name: parameter(table, name) for name in columns})


def parameter(table: sa.Table, name: str) -> sa.BindParameter[Any]:
    """Return the parameter for the value of a column."""
    return sa.bindparam(f"new_{name}", type_=table.c[name].type)


def _is_old(instant: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Return whether a lease has ended, or began before the database's clock stepped back."""
    return sa.or_(
        instant < sa.bindparam("lapsed", type_=instant.type), instant > sa.bindparam("ahead", type_=instant.type)
    )


def is_not_older(
    read_at: sa.ColumnElement[datetime], known: sa.ColumnElement[datetime] = records.c.read_at
) -> sa.ColumnElement[bool]:
    """Return whether a read is not older than what is known."""
    return sa.or_(known.is_(None), known <= read_at)


def _was_sent() -> sa.ColumnElement[bool]:
    return records.c.outcome.in_([Outcome.IMPORTED, Outcome.REMOVED])


def _next_attempt_at() -> sa.ColumnElement[datetime]:
    """Return when a record that was rejected before and is rejected again is due the next time."""
    times = [sa.bindparam(f"due_{number}", type_=records.c.read_at.type) for number in range(len(RETRY_DELAYS))]
    return sa.case(dict(enumerate(times[:-1])), value=records.c.attempts, else_=times[-1])
