"""
What to do with one record, given what the ledger knows of it: pure.

``read | map | DECIDE | import | record``
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from upflow_provider.ledger import Outcome, RecordState
from upflow_provider.mapping.hashing import payload_hash
from upflow_provider.mapping.outcome import Mapped


class Action(StrEnum):
    """What an import of the record would be; the names are those of the report's counts."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What to do with one mapped record.

    Attributes:
        action: Create, update, or leave as it is.
        content: Hash of the payload and its lines.
    """

    action: Action
    content: str


def decide(mapped: Mapped, read_at: datetime, known: RecordState | None) -> Decision:
    """
    Compare a mapped record with what was sent before.

    Args:
        mapped: The record's payload.
        read_at: When the source was read, aware, UTC.
        known: What the ledger knows of it, if anything.

    Returns:
        Leave it when Upflow holds the same content, or content of a newer read. A record that was
        rejected is always tried again: whatever was in its way may be gone.
    """
    content = payload_hash(mapped.payload, mapped.lines)
    if known is None:
        return Decision(Action.CREATED, content)
    sent = known.outcome is Outcome.IMPORTED
    if sent and known.payload_hash == content:
        return Decision(Action.UNCHANGED, content)
    if sent and known.payload_hash and known.read_at and known.read_at > read_at:
        return Decision(Action.UNCHANGED, content)
    return Decision(Action.UPDATED if known.upflow_id else Action.CREATED, content)
