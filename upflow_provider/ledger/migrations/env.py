"""Runs migrations on the connection that ``engine.prepare`` holds, inside its transaction."""

from __future__ import annotations

from alembic import context

from upflow_provider.ledger.database.engine import VERSION_TABLE
from upflow_provider.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite cannot change a column in place
)
context.run_migrations()
