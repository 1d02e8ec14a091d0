"""Findings: what an organization's Upflow turned out to do."""

from __future__ import annotations

from typing import NewType

import sqlalchemy as sa

from upflow_provider.ledger.tables import findings, upsert

Finding = NewType("Finding", str)
"""Name of something that the ledger keeps about an organization."""

VOID_INVOICES = Finding("void")
"""How a void invoice is brought to zero: ``credit note``, where Upflow does not take its state."""
SYNC_STARTED_AT = Finding("incremental sync began")
"""When the incremental sync took over from the backfill, ISO 8601."""

UPFLOW_LISTED_AT = Finding("upflow was listed")
"""
When an inventory last listed Upflow, or a look at it found none of our records there, ISO 8601; `UNFINISHED` while the
first inventory of an empty ledger is under way.
"""
UNFINISHED = "unfinished"
"""Value of `UPFLOW_LISTED_AT` of a ledger that has not been rebuilt completely."""
SALESFORCE_JOB = Finding("salesforce: bulk job under way")
"""Path of the Bulk API job that writes Accounts; empty when its results are known."""
REPAIRED_CONTENT = Finding("inventory: repaired content")
"""What Upflow listed of the records that the last inventory let send again: JSON, digest by stream and external id."""


def refreshed_at(figure: str) -> Finding:
    """Return the finding that says when a daily figure was last computed, ISO 8601."""
    return Finding(f"figures:{figure}")


def link_method(setting: str) -> Finding:
    """Return the finding that says which method of linking works, for a value of the setting ``links``."""
    return Finding(f"links: {setting}")


class Findings:
    """
    The findings of one organization, by name.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
    """

    def __init__(self, engine: sa.Engine, organization: str) -> None:
        self._engine, self._organization = engine, organization

    def get(self, name: Finding) -> str | None:
        """Return a finding; ``None`` if there is none of this name."""
        query = sa.select(findings.c.value).where(
            findings.c.organization == self._organization, findings.c.name == name
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def keep(self, name: Finding, value: str) -> None:
        """Keep a finding, in place of an earlier one of the same name."""
        statement = upsert(self._engine.dialect.name, findings)
        values = statement.values(organization=self._organization, name=name, value=value)
        with self._engine.begin() as connection:
            connection.execute(
                values.on_conflict_do_update(index_elements=["organization", "name"], set_={"value": value})
            )
