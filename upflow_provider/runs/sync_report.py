"""The report of a sync: counts that are kept in the ledger, returned to Airflow and logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from upflow_provider.runs.report import Examples, check_rejected, counted
from upflow_provider.shown_ids import shown_id

OUTCOMES = ("created", "updated", "unchanged", "skipped", "removed", "waiting", "rejected")
"""Counts that add up to the records that were read."""
SENT = {"on_demand": "on-demand record", "balancing": "balancing document", "links": "link"}
"""Counts of what is sent in addition, each with its name in a log."""
COUNTS = ("read", *OUTCOMES, *SENT, "differing", "noted")
"""All counts of a report, in the order in which a log shows them."""
ACTIONS = ("created", "updated", "unchanged", "skipped", "removed")
"""Counts of what a comparison with the ledger can decide."""
HOURS_FROM_MINUTES = 120
"""Minutes from which a plan is given in hours."""
WRITTEN = ("created", "updated", "removed")
"""Outcomes that a dry run only foresees."""


@dataclass(slots=True)
class SyncReport:
    """
    Counts of one sync of one stream.

    ``read == created + updated + unchanged + skipped + removed + waiting + rejected`` once the sync has
    ended. Records imported on demand and balancing documents are counted in addition.

    Attributes:
        read: Source records read.
        created: Imported for the first time (in a dry run: would be).
        updated: Imported again because they changed (in a dry run: would be).
        unchanged: Equal to what Upflow has, or already sent from a newer read.
        skipped: Not for Upflow, such as drafts.
        removed: Deleted in Upflow because they must not stay there, such as a refund that failed.
        waiting: Refused because of what they are linked to; tried again at the end of the run.
        rejected: Unusable or refused; kept in the ledger with the reason.
        on_demand: Records imported because another one needed them, such as the customer of an invoice (in a
            dry run: would be, and no other task of the run would import them first).
        balancing: Balancing documents imported or deleted, such as write-offs (in a dry run: would be).
        links: Requests that only link documents (in a dry run: that would do so, if ``links`` is ``reconcile``).
        differing: Invoices of the run that do not show the right outstanding amount yet; a later stream, or the
            outstanding check at the end of the run, takes care of them.
        noted: Imported records without some of their fields; the ledger says which.
        methods: How documents are linked and invoices are voided in this organization, if known.
        examples: Some of the rejected records: external id to reason.
        dry_run: Nothing was written.
        minutes: In a dry run: minutes that the requests will take at the pace of Upflow's limit.
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
    balancing: int = 0
    links: int = 0
    differing: int = 0
    noted: int = 0
    methods: dict[str, str] = field(default_factory=dict)
    examples: Examples = field(default_factory=Examples)
    dry_run: bool = False
    minutes: float = 0.0

    @property
    def handled(self) -> int:
        """Records that have reached their outcome."""
        return sum(getattr(self, name) for name in OUTCOMES)

    @property
    def writes(self) -> int:
        """Requests to Upflow that the sync needed or, in a dry run, will need."""
        return self.created + self.updated + self.removed + self.on_demand + self.balancing + self.links

    def count(self, action: str) -> None:
        """Count one record that was ``created``, ``updated``, ``removed``, ``skipped`` or ``unchanged``."""
        if action not in ACTIONS:
            raise ValueError(f"{action!r} is none of {', '.join(ACTIONS)}")
        setattr(self, action, getattr(self, action) + 1)

    def reject(self, external_id: str, reason: str) -> None:
        """Count one rejected record, and name it if it is among the first."""
        self.rejected += 1
        self.examples.add(shown_id(external_id), reason)

    def add(self, other: SyncReport) -> None:
        """Add the counts of *other*, such as those of one page."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.methods |= other.methods
        self.examples.add_all(other.examples)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, ids and reasons, never personal data; and ``writes``."""
        return {**asdict(self), "writes": self.writes}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> SyncReport:
        """Read back what `as_dict` returned."""
        counts = {name: value for name, value in document.items() if name != "writes"}
        return cls(**{**counts, "examples": Examples(document["examples"].items())})

    def check(self, max_rejected: int) -> None:
        """
        Raise an error if too many records were rejected.

        Raises:
            TooManyRejectedError: More than *max_rejected* records were rejected.
        """
        check_rejected(
            self.rejected,
            max_rejected,
            problem=f"of {self.read} records were rejected",
            remedy="Correct them at the source and clear this task, or raise max_rejected.",
            examples=self.examples,
        )

    def __str__(self) -> str:
        parts = [self._outcomes()]
        if sent := [counted(getattr(self, name), noun) for name, noun in SENT.items() if getattr(self, name)]:
            parts.append(f"plus {', '.join(sent)}")
        if self.differing:
            parts.append(f"{counted(self.differing, 'invoice')} unbalanced so far")
        if self.noted:
            parts.append(counted(self.noted, "incomplete record"))
        parts += [f"{name}: {method}" for name, method in sorted(self.methods.items())]
        if self.dry_run:
            parts.append(f"nothing written; it would take {requests_needed(self.writes, self.minutes)}")
        return "; ".join(parts)

    def _outcomes(self) -> str:
        """Return how many were read, and as a sum what became of them; of some, it is not known before the end."""
        foreseen = WRITTEN if self.dry_run else ()
        shown = [
            f"{getattr(self, name):,} {'would be ' if name in foreseen else ''}{name}"
            for name in OUTCOMES
            if getattr(self, name)
        ]
        read = f"{self.read:,} read"
        if not shown:
            return read
        return f"{read} = {' + '.join(shown)}" if self.handled == self.read else f"{read}: {', '.join(shown)}"


def requests_needed(requests: int, minutes: float) -> str:
    """
    Return what a plan takes, in words.

    Args:
        requests: Requests to Upflow.
        minutes: Time that the budget grants them in.
    """
    if not requests:
        return "no requests to Upflow"
    whole, unit = (round(minutes / 60), "hour") if minutes >= HOURS_FROM_MINUTES else (round(minutes), "minute")
    time = f"about {counted(whole, unit)}" if minutes >= 1 else "less than a minute"
    return f"{counted(requests, 'request')} to Upflow, {time} at the configured rate"
