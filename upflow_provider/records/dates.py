"""Calendar days."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def local_date(epoch_s: int, time_zone: ZoneInfo) -> str:
    """
    Return the calendar day of an instant, the only place that makes one.

    Which day an invoice of 23:30 UTC belongs to is a business decision: that of the organization's
    time zone.

    Args:
        epoch_s: Unix time, whole seconds, UTC.
        time_zone: Where the day is looked up.

    Returns:
        The day as ``YYYY-MM-DD``.
    """
    return datetime.fromtimestamp(epoch_s, time_zone).date().isoformat()
