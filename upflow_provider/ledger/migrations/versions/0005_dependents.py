"""What a customer brings along gets a column of its own, apart from the invoices that a document is linked to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and move what customers kept in ``settles``."""
    op.add_column("upflow_records", sa.Column("dependents", sa.JSON))
    op.execute("UPDATE upflow_records SET dependents = settles, settles = NULL WHERE stream = 'customers'")


def downgrade() -> None:
    """Move it back, and drop the column."""
    op.execute("UPDATE upflow_records SET settles = dependents WHERE stream = 'customers'")
    op.drop_column("upflow_records", "dependents")
