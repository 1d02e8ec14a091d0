"""PDFs of invoices and credit notes: which are due, and which Upflow has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "upflow_pdfs",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("external_id", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("state", sa.Text),
        sa.Column("sending", sa.Text),
        sa.Column("read_at", INSTANT),
        sa.Column("reason", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index(
        "upflow_pdfs_due",
        "upflow_pdfs",
        ["organization", "run", "due_at"],
        postgresql_where=DUE,
        sqlite_where=DUE,
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("upflow_pdfs")
