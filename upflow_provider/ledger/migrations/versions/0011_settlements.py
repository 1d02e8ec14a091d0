"""What payments that Upflow took itself settle, and what Stripe has been told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "upflow_settlements",
        sa.Column("organization", sa.Text, primary_key=True),
        sa.Column("payment_id", sa.Text, primary_key=True),
        sa.Column("invoice_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("linked", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("instrument", sa.Text, nullable=False),
        sa.Column("paid_on", sa.Text, nullable=False),
        sa.Column("gateway_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("method", sa.Text),
        sa.Column("amount", sa.BigInteger),
        sa.Column("record_id", sa.Text),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("refusals", sa.Integer, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("is_done", sa.Boolean, nullable=False),
    )
    for name, column in (("invoice", "invoice_id"), ("record", "record_id"), ("gateway", "gateway_id")):
        op.create_index(f"upflow_settlements_{name}", "upflow_settlements", ["organization", column])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("upflow_settlements")
