"""
What of a customer counts as sent although Upflow does not have it: for a day, after which it is tried again. Pure.

Without this, each load would send a customer again whose contacts cannot be as they are wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from upflow_provider.ledger import RecordState
from upflow_provider.records import contacts
from upflow_provider.records.accessories import lacks_position
from upflow_provider.records.mapped import Mapped, Skip

TRIED_EVERY = timedelta(days=1)


def as_stored(
    mapped: Mapped | Skip, known: RecordState, read_at: datetime, missing_positions: Callable[[], Collection[str]]
) -> Mapped | None:
    """
    Return a customer without what Upflow could not have the last time; ``None`` if nothing is missing, or for too long.

    Args:
        mapped: The customer.
        known: What the ledger knows about it.
        read_at: When the source was read, aware, UTC.
        missing_positions: Returns the positions that Upflow lacks.
    """
    if isinstance(mapped, Skip):
        return None
    stored = mapped
    if lacks_position(known.reason) and known.next_attempt_at is not None and read_at < known.next_attempt_at:
        stored = contacts.without_positions(stored, missing_positions())
    if known.read_at is not None and read_at - known.read_at < TRIED_EVERY:
        stored = contacts.without_stand_ins(stored, known.dependents or ())
    return None if stored is mapped else stored
