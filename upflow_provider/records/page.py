"""A page of source records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Record = Mapping[str, Any]
"""One source record as plain JSON."""


NO_ID = ""
"""Stands for the id of a record that has none, or one that cannot be an id; such a record is set aside."""


@dataclass(frozen=True, slots=True)
class Page:
    """
    Records that came in one answer.

    Attributes:
        records: The records, newest first.
        cursor: Position after them, as JSON, from which a listing can continue.
        read_at: Time right before they were requested, aware, UTC; they are at least as new.
        covered_to: When the last of them was created, aware, UTC; the window is read down to that instant.
        share: Share of everything to be read that has been read up to this page, 0.0 to 1.0.
    """

    records: Sequence[Record]
    cursor: dict[str, Any]
    read_at: datetime
    covered_to: datetime
    share: float = 0.0
