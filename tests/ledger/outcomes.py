"""One invoice: how it is claimed, and what is settled about it, in tests of the ledger."""

from datetime import UTC, datetime, timedelta

from upflow_provider.ledger import Outcome, Owner, RecordOutcome

EARLY = datetime(2026, 3, 1, 10, tzinfo=UTC)
READ = EARLY + timedelta(minutes=1)
LATE = EARLY + timedelta(minutes=2)


def imported(external_id="in_1", read_at=READ, payload_hash="hash", upflow_id="up_1"):
    """Say that a record was imported."""
    return RecordOutcome(external_id, Outcome.IMPORTED, read_at, payload_hash=payload_hash, upflow_id=upflow_id)


def rejected(external_id="in_1", read_at=READ):
    """Say that a record was rejected."""
    return RecordOutcome(external_id, Outcome.REJECTED, read_at, reason="no currency", error="MappingError")


def skipped(external_id="in_1", read_at=READ):
    """Say that a record was skipped."""
    return RecordOutcome(external_id, Outcome.SKIPPED, read_at, reason="draft")


def claim(ledger, *, read_at=READ, owner="backfill", external_id="in_1"):
    """Claim a record."""
    return ledger.claims.take("invoices", external_id, read_at=read_at, owner=Owner(owner, owner)).claim


def settle(ledger, *settled, owner="backfill"):
    """Settle records."""
    return ledger.claims.record_outcomes("invoices", settled, owner=Owner(owner, owner))


def known(ledger, external_id="in_1"):
    """Return what the ledger knows of a record."""
    return ledger.records("invoices", [external_id]).get(external_id)
