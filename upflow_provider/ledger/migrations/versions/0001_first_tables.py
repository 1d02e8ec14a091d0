"""The first tables: records, watermarks, budgets and run reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
DUE = sa.text("next_attempt_at IS NOT NULL")


def upgrade() -> None:
    """Create the tables."""
    _create_records()
    op.create_table(
        "upflow_watermarks",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("synced_until", INSTANT, nullable=False),
    )
    op.create_table(
        "upflow_budgets",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("next_at", sa.Double, nullable=False),
    )
    _create_run_reports()


def _create_records() -> None:
    op.create_table(
        "upflow_records",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("payload_hash", sa.Text),
        sa.Column("upflow_id", sa.Text),
        sa.Column("read_at", INSTANT),
        sa.Column("reason", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", INSTANT),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_at", INSTANT),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT),
    )
    op.create_index(
        "upflow_records_due",
        "upflow_records",
        ["organization", "stream", "next_attempt_at"],
        postgresql_where=DUE,
        sqlite_where=DUE,
    )


def _create_run_reports() -> None:
    op.create_table(
        "upflow_run_reports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("dag_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("window_start", INSTANT, nullable=False),
        sa.Column("window_end", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    op.create_index("upflow_run_reports_latest", "upflow_run_reports", ["organization", "stream", "id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("upflow_run_reports", "upflow_budgets", "upflow_watermarks", "upflow_records"):
        op.drop_table(table)
