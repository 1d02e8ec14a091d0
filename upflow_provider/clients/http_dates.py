"""Dates in the headers of HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_instant(text: str) -> datetime | None:
    """
    Return the instant of an HTTP date, such as ``Sun, 29 Nov 2026 00:56:34 GMT``, aware, UTC.

    Args:
        text: Value of a header, such as ``Date``.

    Returns:
        The instant; ``None`` for any other text.
    """
    try:
        at = parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
