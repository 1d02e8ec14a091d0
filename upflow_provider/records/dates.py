"""Calendar days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


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
