"""Balancing lines, expected and observed outstanding amounts, and what was learned of an organization."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNCLOSED = sa.text("expected IS NOT NULL AND (observed IS NULL OR observed != expected)")


def upgrade() -> None:
    """Add columns and table."""
    op.add_column("upflow_records", sa.Column("lines", sa.JSON))
    op.add_column("upflow_records", sa.Column("expected", sa.BigInteger))
    op.add_column("upflow_records", sa.Column("observed", sa.BigInteger))
    op.add_column("upflow_records", sa.Column("touched_by", sa.Text))
    op.add_column("upflow_records", sa.Column("settles", sa.JSON))
    op.create_index(
        "upflow_records_unclosed",
        "upflow_records",
        ["organization", "stream", "external_id"],
        postgresql_where=UNCLOSED,
        sqlite_where=UNCLOSED,
    )
    op.create_table(
        "upflow_learned",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("upflow_learned")
    op.drop_index("upflow_records_unclosed", "upflow_records")
    for column in ("settles", "touched_by", "observed", "expected", "lines"):
        op.drop_column("upflow_records", column)
