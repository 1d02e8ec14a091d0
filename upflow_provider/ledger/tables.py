"""The ledger's tables. Their names begin with ``upflow_``, because the database may contain others."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Upsert = sqlite.Insert | postgresql.Insert


def upsert(dialect: str, table: sa.Table) -> Upsert:
    """Return an ``INSERT`` that supports ``ON CONFLICT``, for a SQLAlchemy dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant: ``timestamptz`` on PostgreSQL, ISO 8601 in UTC on SQLite, which has no such type."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse naive instants; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - TypeDecorator's signature
        """Return UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData()

# A column with a key has that name in the code; in the database it keeps the name of version 0.1.0.
records = sa.Table(
    "upflow_records",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("payload_hash", sa.Text),
    sa.Column("upflow_id", sa.Text),
    sa.Column("read_at", UtcDateTime),
    sa.Column("reason", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", UtcDateTime),
    sa.Column("claimed_by", sa.Text),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("claim_process", sa.Text),
    sa.Column("resend", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),
    sa.Column("lines", sa.JSON(none_as_null=True), key="balancing"),
    sa.Column("expected", sa.BigInteger),
    sa.Column("observed", sa.BigInteger),
    sa.Column("touched_by", sa.Text),
    sa.Column("settles", sa.JSON(none_as_null=True), key="linked_invoices"),
    sa.Column("dependents", sa.JSON(none_as_null=True)),
    sa.Column("linked_at", UtcDateTime),
)
# Only records that are rejected or wait have a next attempt, and they are few. "IS NOT NULL" rather than
# "outcome = 'rejected'": both databases see that a query with a bound parameter may use it.
sa.Index(
    "upflow_records_due",
    records.c.organization,
    records.c.stream,
    records.c.next_attempt_at,
    postgresql_where=records.c.next_attempt_at.is_not(None),
    sqlite_where=records.c.next_attempt_at.is_not(None),
)

# Few invoices differ, too.
DIFFERING = sa.and_(
    records.c.expected.is_not(None), sa.or_(records.c.observed.is_(None), records.c.observed != records.c.expected)
)
sa.Index(
    "upflow_records_unclosed",
    records.c.organization,
    records.c.stream,
    records.c.external_id,
    postgresql_where=DIFFERING,
    sqlite_where=DIFFERING,
)

turns = sa.Table(
    "upflow_turns",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("customer", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("taken_at", UtcDateTime, nullable=False),
)

checks = sa.Table(
    "upflow_checks",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

clocks = sa.Table(
    "upflow_clocks",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("last_tick", sa.BigInteger, nullable=False),  # microseconds since 1970
)

findings = sa.Table(
    "upflow_learned",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

watermarks = sa.Table(
    "upflow_watermarks",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("synced_until", UtcDateTime, nullable=False),
)

windows = sa.Table(
    "upflow_windows",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("start", UtcDateTime, nullable=False),
    sa.Column("end", UtcDateTime, nullable=False),
    sa.Column("taken_at", UtcDateTime, nullable=False, key="opened_at"),
    sa.Column("relisting", sa.Text),
    sa.Column("moves", sa.Boolean, nullable=False, key="advances_watermark"),
    sa.Column("fed_at", UtcDateTime, key="feed_read_at"),
    sa.Column("finished_at", UtcDateTime),
)

changes = sa.Table(
    "upflow_changes",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, primary_key=True),
    sa.Column("created_at", UtcDateTime),
    sa.Column("done_at", UtcDateTime),
)

events = sa.Table(
    "upflow_events",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

planned = sa.Table(
    "upflow_planned",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("planned_at", UtcDateTime, nullable=False),
)

account_refusals = sa.Table(
    "upflow_account_refusals",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("customer_url", sa.Text, nullable=False),
    sa.Column("account_url", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
)

portal_links = sa.Table(
    "upflow_portal_links",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)

figures = sa.Table(
    "upflow_figures",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("customer", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

budgets = sa.Table(
    "upflow_budgets",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("next_at", sa.Double, nullable=False),  # epoch seconds of the next free slot
)

run_reports = sa.Table(
    "upflow_run_reports",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organization", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("dag_id", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("task_id", sa.Text, nullable=False),
    sa.Column("window_start", UtcDateTime, nullable=False),
    sa.Column("window_end", UtcDateTime, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
)
sa.Index("upflow_run_reports_latest", run_reports.c.organization, run_reports.c.stream, run_reports.c.id)

files = sa.Table(
    "upflow_files",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organization", sa.Text, nullable=False),
    sa.Column("imported_at", UtcDateTime, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
)
sa.Index("upflow_files_by_content", files.c.organization, files.c.kind, files.c.sha256)
