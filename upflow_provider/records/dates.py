"""Calendar days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

EPOCH_S_MAX = 253_402_000_000
"""Latest instant that has a day in every time zone: in the last week of the year 9999, Unix seconds."""


def local_date(epoch_s: int, time_zone: ZoneInfo) -> str:
    """
    Return the calendar day of an instant. No other function derives days from instants.

    An invoice of 23:30 UTC belongs to another day in another time zone; the organization's time zone decides.

    Args:
        epoch_s: Unix time, whole seconds, UTC.
        time_zone: The organization's time zone.

    Returns:
        The day as ``YYYY-MM-DD``.
    """
    return datetime.fromtimestamp(epoch_s, time_zone).date().isoformat()


def is_instant(value: object) -> TypeGuard[int]:
    """Return whether a value is an instant that has a day: Unix time, whole seconds, from 1970 on."""
    return type(value) is int and 0 < value < EPOCH_S_MAX


def first_instant(*values: object) -> int | None:
    """Return the first value that is an instant, Unix seconds; ``None`` if none is."""
    for value in values:  # a generator would cost more than the comparisons
        if is_instant(value):
            return value
    return None
