"""Windows, changes and handled events of the incremental sync."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "upflow_windows",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("start", INSTANT, nullable=False),
        sa.Column("end", INSTANT, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("relisting", sa.Text),
        sa.Column("moves", sa.Boolean, nullable=False),
        sa.Column("fed_at", INSTANT),
        sa.Column("finished_at", INSTANT),
    )
    op.create_table(
        "upflow_changes",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("record_id", sa.Text, primary_key=True),
        sa.Column("created_at", INSTANT),
        sa.Column("done_at", INSTANT),
    )
    op.create_table(
        "upflow_events",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("upflow_events", "upflow_changes", "upflow_windows"):
        op.drop_table(table)
