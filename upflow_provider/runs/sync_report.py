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

    ``read == created + updated + unchanged + skipped + removed + waiting + rejected`` once the sync has
    ended, where a payment is read once however many applications of it were.

    Attributes:
        read: Source records read.
        created: Imported for the first time (in a dry run: would be).
        updated: Imported again because they changed (in a dry run: would be).
        unchanged: Equal to what Upflow holds, or already sent from a newer read.
        skipped: Not for Upflow, such as drafts.
        removed: Deleted in Upflow because they must not stay there, such as a refund that failed.
        waiting: Refused because of what they settle; tried again at the end of the run, when everything else
            is there.
        rejected: Unusable or refused; kept in the ledger with the reason.
        on_demand: Records imported because another one needed them, such as the customer of an invoice (in a
            dry run: those that are not in the ledger, also where the same run would bring them first).
        lines: Balancing documents imported or deleted, such as write-offs (in a dry run: would be imported).
        links: Requests that only link documents (in a dry run: would be, if ``links`` is ``reconcile``).
        unclosed: Invoices of the run that do not show what they must yet: a later stream, or the closing check at the
            end of the run, has to see to them.
        noted: Imported records of which something was left out; the ledger says what.
        ways: How links and void invoices are brought about in this organization, as far as known.
        examples: Some of the rejected records: external id to reason.
        dry_run: Nothing was written.
        minutes: In a dry run: how long the requests will take at the pace of Upflow's limit.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    removed: int = 0
    waiting: int = 0
    rejected: int = 0
    on_demand: int = 0
    lines: int = 0
    links: int = 0
    unclosed: int = 0
    noted: int = 0
    ways: dict[str, str] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    dry_run: bool = False
    minutes: float = 0.0

    @property
    def handled(self) -> int:
        """Records that have reached their outcome."""
        settled = self.created + self.updated + self.unchanged + self.skipped + self.removed
        return settled + self.waiting + self.rejected

    @property
    def writes(self) -> int:
        """Requests to Upflow that this took, or, in a dry run, will take."""
        return self.created + self.updated + self.removed + self.on_demand + self.lines + self.links

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
        self.ways |= other.ways
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
                "removed",
                "waiting",
                "rejected",
                "on_demand",
                "lines",
                "links",
                "unclosed",
                "noted",
            )
            if getattr(self, name)
        )
        text = f"{self.read:,} read: {counts}" if counts else f"{self.read:,} read"
        if self.ways:
            text = f"{text}; {', '.join(f'{name}: {way}' for name, way in sorted(self.ways.items()))}"
        if self.dry_run:
            text = f"nothing written; {text}; needs {self.writes:,} requests to Upflow, {self.minutes:.1f} minutes"
        return text


@dataclass(slots=True)
class ChangesReport:
    """
    What a run has taken on.

    Attributes:
        start: First instant of its window, ISO 8601, UTC.
        end: First instant after it.
        events: Events that told of something, without those that earlier runs had dealt with.
        due: Records that are tried again.
        relisting: What is listed besides: ``sweep``, ``gap`` or nothing.
        changes: How many records of each stream are read again.
        unknown: What a gap leaves unknown, in words.
    """

    start: str = ""
    end: str = ""
    events: int = 0
    due: int = 0
    relisting: str | None = None
    changes: dict[str, int] = field(default_factory=dict)
    unknown: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts and instants only."""
        return asdict(self)

    def __str__(self) -> str:
        counts = ", ".join(f"{number:,} {stream}" for stream, number in self.changes.items()) or "nothing"
        listed = f"; {self.relisting}: lists what sends no event" if self.relisting else ""
        return (
            f"[{self.start}, {self.end}): {self.events:,} events, {self.due:,} due again; to be read: {counts}{listed}"
        )
