"""Ledgers are named after an organization and a host, which has one spelling from now on."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    *("upflow_records", "upflow_turns", "upflow_checks", "upflow_clocks", "upflow_learned", "upflow_watermarks"),
    *("upflow_windows", "upflow_changes", "upflow_events", "upflow_account_refusals", "upflow_portal_links"),
    *("upflow_figures", "upflow_run_reports"),
)
BY_TABLE = [sa.table(name, sa.column("organization", sa.Text)) for name in TABLES]


def upgrade() -> None:
    """
    Rename ledgers whose host was written with a default port, a dot at its end or in upper case.

    A ledger stays as it is if another one has its new name already: that one is in use from now on.
    """
    connection = op.get_bind()
    found = {
        name for table in BY_TABLE for name in connection.execute(sa.select(table.c.organization).distinct()).scalars()
    }
    for name in sorted(found):
        new = _normalized(name)
        if new not in found:
            found.add(new)
            for table in BY_TABLE:
                connection.execute(sa.update(table).where(table.c.organization == name).values(organization=new))


def _normalized(name: str) -> str:
    organization, at, host = name.partition("@")
    return organization + at + re.sub(r"\.(?=:\d+$|$)|:(443|80)$", "", host.lower())


def downgrade() -> None:
    """Leave the names: earlier versions find them if the connection has the usual spelling."""
