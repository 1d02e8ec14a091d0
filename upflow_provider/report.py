"""What a sync did, in numbers: kept in the ledger, returned to Airflow, shown in the task's log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from upflow_provider.errors import TooManyRejectedError

MAX_EXAMPLES = 10
"""How many rejected records a report names; all of them are in the ledger."""


@dataclass(slots=True)
class SyncReport:
    """
    Counts of one sync of one stream.

    ``read == created + updated + unchanged + skipped + rejected`` once the sync has ended.

    Attributes:
        read: Source records read.
        created: Imported for the first time (in a dry run: would be).
        updated: Imported again because they changed (in a dry run: would be).
        unchanged: Equal to what Upflow holds, or already sent from a newer read.
        skipped: Not for Upflow, such as drafts.
        rejected: Unusable or refused; kept in the ledger with the reason.
        on_demand: Customers imported because a record needed them (in a dry run: those that are not in
            the ledger, also where the customers of the same run would bring them first).
        lines: Balancing documents imported, such as write-offs (in a dry run: would be).
        noted: Imported records of which something was left out; the ledger says what.
        examples: Some of the rejected records: external id to reason.
        dry_run: Nothing was written.
        minutes: In a dry run: how long the requests will take at the pace of Upflow's limit.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: int = 0
    on_demand: int = 0
    lines: int = 0
    noted: int = 0
    examples: dict[str, str] = field(default_factory=dict)
    dry_run: bool = False
    minutes: float = 0.0

    @property
    def handled(self) -> int:
        """Records that have reached their outcome."""
        return self.created + self.updated + self.unchanged + self.skipped + self.rejected

    @property
    def writes(self) -> int:
        """Requests to Upflow that this took, or, in a dry run, will take: a line is imported, then linked."""
        return self.created + self.updated + self.on_demand + 2 * self.lines

    def reject(self, external_id: str, reason: str) -> None:
        """Count one rejected record, and name it if it is among the first."""
        self.rejected += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples[external_id] = reason

    def add(self, other: SyncReport) -> None:
        """Add the counts of *other*, such as of one page."""
        for name, value in asdict(other).items():
            if isinstance(value, int) and not isinstance(value, bool):
                setattr(self, name, getattr(self, name) + value)
        for external_id, reason in other.examples.items():
            if len(self.examples) < MAX_EXAMPLES:
                self.examples[external_id] = reason

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, ids and reasons, never personal data; and ``writes``."""
        return {**asdict(self), "writes": self.writes}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> SyncReport:
        """Read back what `as_dict` returned."""
        return cls(**{name: value for name, value in document.items() if name != "writes"})

    def check(self, max_rejected: int) -> None:
        """
        Refuse to call a sync successful that left records behind.

        Raises:
            TooManyRejectedError: More than *max_rejected* records were rejected.
        """
        if self.rejected > max_rejected:
            shown = "; ".join(f"{external_id}: {reason}" for external_id, reason in self.examples.items())
            raise TooManyRejectedError(
                f"{self.rejected} of {self.read} records were rejected ({max_rejected} allowed); all others "
                f"are done. Mend them at the source and clear this task, or raise max_rejected. {shown}"
            )

    def __str__(self) -> str:
        counts = ", ".join(
            f"{getattr(self, name):,} {name.replace('_', ' ')}"
            for name in (
                "created",
                "updated",
                "unchanged",
                "skipped",
                "rejected",
                "on_demand",
                "lines",
                "noted",
            )
            if getattr(self, name)
        )
        text = f"{self.read:,} read: {counts}" if counts else f"{self.read:,} read"
        if self.dry_run:
            text = f"nothing written; {text}; needs {self.writes:,} requests to Upflow, {self.minutes:.1f} minutes"
        return text
