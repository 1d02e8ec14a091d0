"""What the ledger knows of earlier imports: until when changes were read, when everything was compared, and by what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from upflow_provider.ledger.findings import Finding, Findings
from upflow_provider.salesforce_to_upflow.settings import SalesforceImport

SYNCED = Finding("salesforce import: synced")
"""JSON: ``until`` and ``full_at`` (ISO 8601), and a hash of the settings."""
DELETED_FOR = timedelta(days=14)
"""How long Salesforce surely lists deleted records: 15 days."""
LATE = timedelta(minutes=1)
"""How late records become visible, besides those of long transactions, for which windows overlap."""


@dataclass(frozen=True, slots=True)
class ImportHistory:
    """
    What is known of earlier imports.

    Attributes:
        until: Up to when changes were read, UTC; ``None`` before the first import.
        full_at: When everything was last compared, UTC.
        settings: Hash of the settings of that time.
    """

    until: datetime | None = None
    full_at: datetime | None = None
    settings: str = ""

    @classmethod
    def of(cls, findings: Findings) -> ImportHistory:
        """Return what the ledger knows."""
        known = json.loads(findings.get(SYNCED) or "{}")
        until, full_at = (datetime.fromisoformat(known[name]) if known else None for name in ("until", "full_at"))
        return cls(until, full_at, known.get("settings", ""))

    def start(self, settings: SalesforceImport, now: datetime) -> datetime | None:
        """
        Return from when on changes are to be read; ``None`` if everything is to be compared.

        That is so at first, after ``full_days``, when the settings have changed, and after a pause so long that
        Salesforce no longer lists what was deleted.

        Args:
            settings: The settings of the import.
            now: The present by the ledger's clock, aware, UTC.
        """
        if self.until is None or self.full_at is None or self.settings != _hash(settings):
            return None
        is_due = now - self.full_at >= timedelta(days=settings.full_days) or now - self.until > DELETED_FOR
        return None if is_due else self.until - timedelta(minutes=settings.overlap_minutes)

    def keep(self, findings: Findings, settings: SalesforceImport, started_at: datetime, *, full: bool) -> None:
        """
        Keep that an import has ended.

        Args:
            findings: Where it is kept.
            settings: The settings of the import.
            started_at: When it began, by the ledger's clock, aware, UTC.
            full: Whether everything was compared.
        """
        full_at = started_at if full or self.full_at is None else self.full_at
        kept = {"until": (started_at - LATE).isoformat(), "full_at": full_at.isoformat(), "settings": _hash(settings)}
        findings.keep(SYNCED, json.dumps(kept))


def _hash(settings: SalesforceImport) -> str:
    rules = settings.model_dump(mode="json", include={"match", "contacts"})
    return sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]
