"""The newest read of a document that is linked to an invoice gets a column of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it is empty until a document is linked."""
    op.add_column("upflow_records", sa.Column("linked_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("upflow_records", "linked_at")
