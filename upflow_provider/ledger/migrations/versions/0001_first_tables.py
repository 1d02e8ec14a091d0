"""The first tables: records, watermarks, budgets and run reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from upflow_provider.ledger.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WAITING = sa.text("outcome IN ('pending', 'rejected')")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "upflow_records",
        sa.Column("organization", sa.String(100), primary_key=True),
        sa.Column("stream", sa.String(50), primary_key=True),
        sa.Column("external_id", sa.String(255), primary_key=True),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("payload_hash", sa.String(80)),
        sa.Column("upflow_id", sa.String(255)),
        sa.Column("read_at", UtcDateTime()),
        sa.Column("reason", sa.Text),
        sa.Column("error", sa.String(100)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_attempt_at", UtcDateTime()),
        sa.Column("claimed_by", sa.String(500)),
        sa.Column("claimed_at", UtcDateTime()),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
    )
    op.create_index(
        "upflow_records_waiting",
        "upflow_records",
        ["organization", "stream", "next_attempt_at"],
        postgresql_where=WAITING,
        sqlite_where=WAITING,
    )
    op.create_table(
        "upflow_watermarks",
        sa.Column("organization", sa.String(100), primary_key=True),
        sa.Column("synced_until", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "upflow_budgets",
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("next_at", sa.Double, nullable=False, comment="epoch seconds of the next free slot"),
    )
    op.create_table(
        "upflow_run_reports",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("organization", sa.String(100), nullable=False),
        sa.Column("stream", sa.String(50), nullable=False),
        sa.Column("task", sa.String(500), nullable=False, comment="dag/run/task/map index"),
        sa.Column("window_start", UtcDateTime(), nullable=False),
        sa.Column("window_end", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    op.create_index("upflow_run_reports_latest", "upflow_run_reports", ["organization", "stream", "id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("upflow_run_reports", "upflow_budgets", "upflow_watermarks", "upflow_records"):
        op.drop_table(table)
