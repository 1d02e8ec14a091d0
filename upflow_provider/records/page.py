"""A page of source records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Record = dict[str, Any]
"""One record of Stripe as plain JSON."""


@dataclass(frozen=True, slots=True)
class Page:
    """
    Records that came in one answer.

    Attributes:
        records: The records, newest first, as plain JSON; never empty.
        cursor: Position after them, as JSON: a listing given it goes on there.
        read_at: Time before they were asked for, aware, UTC; they are at least as new.
        covered_to: When the last of them was created, aware, UTC.
    """

    records: list[Record]
    cursor: dict[str, Any]
    read_at: datetime
    covered_to: datetime
