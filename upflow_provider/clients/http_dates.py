"""Instants and pauses in the headers of HTTP."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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


def retry_after_s(headers: Mapping[str, str]) -> float:
    """
    Return the seconds that an answer asks to wait, finite and never below 0.0; 0.0 if it says nothing or nonsense.

    A date is compared with the answer's own ``Date``, so that clocks may differ.

    Args:
        headers: Headers of the answer, of which ``Retry-After`` and ``Date`` count.
    """
    said = headers.get("Retry-After", "")
    try:
        seconds = float(said)
    except ValueError:
        until = http_instant(said)
        now = http_instant(headers.get("Date", "")) or datetime.now(UTC)
        seconds = (until - now).total_seconds() if until else 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
