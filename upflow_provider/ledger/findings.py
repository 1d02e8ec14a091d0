"""Findings: what an organization's Upflow turned out to do."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import NewType

import sqlalchemy as sa

from upflow_provider.ledger.tables import Upsert, findings, upsert

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
CUSTOM_FIELDS = Finding("custom fields: definitions")
"""The custom fields that Upflow defines: JSON, a list of definitions."""
CREATED_FIELDS = Finding("custom fields: created")
"""Names under which custom fields were created: JSON, name by Upflow's id."""
FIELD_CREATION = Finding("custom fields: being created")
"""Until when a task may create custom fields, and which; see `Findings.reserve`."""
FILE_IMPORT = Finding("customer files: being imported")
"""Until when a task may import files of customers, and which; see `Findings.reserve`."""
FORBIDDEN_FIELDS = Finding("custom fields: forbidden")
"""Native fields that the Stripe key may not read: JSON, a list of their names."""
REPAIRED_CONTENT = Finding("inventory: repaired content")
"""What Upflow listed of the records that the last inventory let send again: JSON, digest by stream and external id."""
MISSING_POSITIONS = Finding("contacts: missing positions")
"""Positions of contacts that Upflow does not have: JSON, instant (ISO 8601) by position."""
CONTACT_LOSSES = Finding("contacts: customers that lost some")
"""How many customers have lost contacts within a day: JSON, ``since`` (ISO 8601) and ``customers``."""
WRITE_BACK_APPROVED = Finding("write-back: approved")
"""When somebody approved the payments that the first run of the write-back listed, ISO 8601."""


def refreshed_at(figure: str) -> Finding:
    """Return the finding that says when a daily figure was last computed, ISO 8601."""
    return Finding(f"figures:{figure}")


def link_method(setting: str) -> Finding:
    """Return the finding that says which method of linking works, for a value of the setting ``links``."""
    return Finding(f"links: {setting}")


def custom_field_values(collection: str) -> Finding:
    """Return the finding that says whether a collection takes values of custom fields: JSON."""
    return Finding(f"custom fields: values of {collection}")


def metadata_keys(stream: str) -> Finding:
    """Return the finding that names the keys of metadata that records of a stream have: JSON."""
    return Finding(f"custom fields: keys of {stream}")


class Findings:
    """
    The findings of one organization, by name.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
    """

    def __init__(self, engine: sa.Engine, organization: str) -> None:
        self._engine, self._organization = engine, organization
        self._keep = _keep(engine.dialect.name)

    def get(self, name: Finding) -> str | None:
        """Return a finding; ``None`` if there is none of this name."""
        with self._engine.connect() as connection:
            return connection.execute(_GET, {"of": self._organization, "named": name}).scalar()

    def keep(self, name: Finding, value: str) -> None:
        """Keep a finding, in place of an earlier one of the same name."""
        values = {"organization": self._organization, "name": name, "value": value}
        with self._engine.begin() as connection:
            connection.execute(self._keep, values)

    def replace(self, name: Finding, before: str | None, value: str) -> bool:
        """
        Keep a finding, unless another task has changed it meanwhile; return whether it is kept.

        Args:
            name: The finding.
            before: The value that it must have, as `get` returned it; ``None`` if there must be none of this name.
            value: Its new value.
        """
        if before is None:
            insert = upsert(self._engine.dialect.name, findings)
            new = insert.values(organization=self._organization, name=name, value=value)
            statement: sa.Executable = new.on_conflict_do_nothing().returning(findings.c.name)
        else:
            own = findings.c.organization == self._organization, findings.c.name == name
            changed = sa.update(findings).where(*own, findings.c.value == before)
            statement = changed.values(value=value).returning(findings.c.name)
        with self._engine.begin() as connection:
            return bool(connection.execute(statement).all())

    def reserve(self, name: Finding, owner: str, *, now: datetime, until: datetime) -> bool:
        """
        Reserve some work for one task, and return whether no other one has it.

        Args:
            name: The work.
            owner: The task; it may reserve what it has reserved before.
            now: The present by the ledger's clock, aware, UTC.
            until: When another task may have the work, should this one die.
        """
        statement = upsert(self._engine.dialect.name, findings)
        values = statement.values(organization=self._organization, name=name, value=_reservation(until, owner))
        is_free = sa.or_(
            findings.c.value < _reservation(now, ""), findings.c.value.endswith(f" {owner}", autoescape=True)
        )
        taking = values.on_conflict_do_update(
            index_elements=["organization", "name"], set_={"value": values.excluded.value}, where=is_free
        )
        with self._engine.begin() as connection:
            return connection.execute(taking).rowcount == 1

    def release(self, name: Finding) -> None:
        """Let other tasks reserve some work."""
        self.keep(name, "")


_GET = sa.select(findings.c.value).where(
    findings.c.organization == sa.bindparam("of"), findings.c.name == sa.bindparam("named")
)


@cache
def _keep(dialect: str) -> Upsert:
    statement = upsert(dialect, findings)
    latest = {"value": statement.excluded.value}
    return statement.on_conflict_do_update(index_elements=["organization", "name"], set_=latest)


def _reservation(instant: datetime, owner: str) -> str:
    """Return a value that is greater the later it ends."""
    return f"{instant.isoformat(timespec='microseconds')} {owner}"
