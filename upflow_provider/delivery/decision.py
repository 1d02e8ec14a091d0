"""
The decision about one record, given what the ledger knows about it. Pure.

``read | map | DECIDE | import | record``
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from upflow_provider.ledger import Outcome, RecordState
from upflow_provider.records.content_hash import mapped_hash
from upflow_provider.records.mapped import Mapped, Skip


class Action(StrEnum):
    """What happens to a record; the values are the names of the report's counts."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REMOVED = "removed"


class Decision(NamedTuple):
    """
    What to do with one mapped record.

    Attributes:
        action: Create, update, remove, skip, or leave as it is.
        content: Hash of the payload, its links and its balancing documents; empty if the record is skipped or removed.
    """

    action: Action
    content: str = ""


def decide(
    mapped: Mapped | Skip, read_at: datetime, known: RecordState | None, stored: Mapped | None = None
) -> Decision:
    """
    Compare a mapped record with what was sent before.

    Args:
        mapped: What the mapping made of the record, or why it is skipped.
        read_at: When the source was read, aware, UTC.
        known: What the ledger knows about it, if anything.
        stored: The record without what Upflow could not have the last time, if that counts as sent.

    Returns:
        The decision. A record is unchanged if Upflow has the same content, or content of a newer read. A record
        that was rejected is always tried again, because the cause may be gone. A record that must not stay in
        Upflow is removed if it may be there, even if that is not certain because its task died.
    """
    if isinstance(mapped, Skip):
        if mapped.remove and known is not None and _may_be_there(known) and not is_newer(known, read_at):
            return Decision(Action.REMOVED)
        return Decision(Action.SKIPPED)
    content = mapped_hash(mapped)
    if known is None or mapped.exists is not None:
        return Decision(Action.UPDATED if mapped.exists else Action.CREATED, content)
    sent = known.outcome is Outcome.IMPORTED
    if sent and known.payload_hash in {content, mapped_hash(stored or mapped)}:
        return Decision(Action.UNCHANGED, content)
    if sent and known.payload_hash and is_newer(known, read_at):
        return Decision(Action.UNCHANGED, content)
    return Decision(Action.UPDATED if known.upflow_id else Action.CREATED, content)


def _may_be_there(known: RecordState) -> bool:
    # A record that is due after its removal may have come back with a request that arrived late.
    is_unsettled = known.claim_process is not None or known.next_attempt_at is not None
    return known.upflow_id is not None or is_unsettled or known.outcome in {Outcome.PENDING, Outcome.REJECTED}


def is_newer(known: RecordState, read_at: datetime) -> bool:
    """Return whether the ledger knows a record from a later read than *read_at*."""
    return known.read_at is not None and known.read_at > read_at
