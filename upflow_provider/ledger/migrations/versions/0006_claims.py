"""Claims know the process that has them, customers have turns, and invoices keep the runs that must check them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RECORDS = sa.table("upflow_records", sa.column("organization", sa.Text), sa.column("read_at", INSTANT))
CLOCKS = sa.table("upflow_clocks", sa.column("organization", sa.Text), sa.column("last_tick", sa.BigInteger))


def upgrade() -> None:
    """Add the columns and the tables; invoices that differ are checked by the next run, whichever it is."""
    op.add_column("upflow_records", sa.Column("claim_process", sa.Text))
    op.add_column("upflow_records", sa.Column("resend", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "upflow_turns",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("customer", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
    )
    op.create_table(
        "upflow_checks",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("added_at", INSTANT, nullable=False),
    )
    op.create_table(
        "upflow_clocks",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("last_tick", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO upflow_checks (organization, run, external_id, added_at) "
        "SELECT organization, '', external_id, first_seen_at FROM upflow_records "
        "WHERE stream = 'invoices' AND expected IS NOT NULL AND (observed IS NULL OR observed <> expected)"
    )
    _begin_clocks(op.get_bind())


def _begin_clocks(connection: sa.Connection) -> None:
    """Begin the clocks after every read so far, even if a host whose clock was ahead has put one into the future."""
    query = sa.select(RECORDS.c.organization, sa.func.max(RECORDS.c.read_at))
    rows = connection.execute(query.where(RECORDS.c.read_at.is_not(None)).group_by(RECORDS.c.organization)).all()
    for organization, read_at in rows:
        last_tick = (read_at.replace(tzinfo=read_at.tzinfo or UTC) - EPOCH) // timedelta(microseconds=1)
        connection.execute(sa.insert(CLOCKS).values(organization=organization, last_tick=last_tick))


def downgrade() -> None:
    """Drop them."""
    for table in ("upflow_clocks", "upflow_checks", "upflow_turns"):
        op.drop_table(table)
    op.drop_column("upflow_records", "resend")
    op.drop_column("upflow_records", "claim_process")
