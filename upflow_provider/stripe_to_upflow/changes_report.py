"""The report of the first task of an incremental run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from upflow_provider.runs.report import counted


@dataclass(slots=True)
class ChangesReport:
    """
    What an incremental run has to do.

    Attributes:
        start: First instant of its window, ISO 8601, UTC.
        end: First instant after it.
        events: Number of events, without those that earlier runs have handled.
        due: Number of records that are tried again.
        relisting: Why records are listed in addition: ``sweep``, ``gap`` or ``None``.
        changes: Number of records to read again, by stream.
        correction: Why and how the watermark was corrected, in words; empty if it was right.
        unknown: What cannot be known after a gap, in words; empty without one.
    """

    start: str = ""
    end: str = ""
    events: int = 0
    due: int = 0
    relisting: str | None = None
    changes: dict[str, int] = field(default_factory=dict)
    correction: str = ""
    unknown: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts and instants only."""
        return asdict(self)

    def __str__(self) -> str:
        counts = ", ".join(f"{stream} {number:,}" for stream, number in self.changes.items()) or "nothing"
        listed = f"; {self.relisting}: lists records that send no event" if self.relisting else ""
        corrected = f"; {self.correction}" if self.correction else ""
        return (
            f"[{self.start}, {self.end}): {counted(self.events, 'event')}, {self.due:,} due again; to be read: {counts}"
            f"{listed}{corrected}"
        )
