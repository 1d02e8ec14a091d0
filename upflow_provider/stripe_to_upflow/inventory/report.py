"""The report of an inventory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.runs.report import Examples
from upflow_provider.stripe_to_upflow.inventory.comparison import Difference
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

TITLES = {
    Difference.ADOPTED: "that the ledger did not know",
    Difference.FOUND: "that the ledger considered absent",
    Difference.CHANGED: "changed in Upflow",
    Difference.UNLINKED: "linked differently in Upflow",
    Difference.OUTSTANDING: "whose outstanding amount was changed in Upflow",
    Difference.DELETED: "deleted in Upflow",
    Difference.LEFT: "that differ and were left as they are",
}
"""What a count is about, after the number of records."""


@dataclass(slots=True)
class InventoryReport:
    """
    What an inventory found.

    Attributes:
        listed: Number of records that Upflow has under an external id, by stream.
        counts: Number of records by how they differ from the ledger.
        examples: Some of their ids, each with its stream, by how they differ.
        unreadable: Number of records of Upflow that cannot be read, wholly or in part; nothing is concluded about them.
        unread: Some of their names.
        unasked: Number of customers of Upflow that the ledger does not know, and that Stripe was not asked for yet.
        problem: Why records that differ were left, in words; empty if none was.
    """

    listed: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(STREAMS, 0)))
    counts: Counter[Difference] = field(default_factory=lambda: Counter(dict.fromkeys(Difference, 0)))
    examples: defaultdict[Difference, Examples] = field(default_factory=lambda: defaultdict(Examples))
    unreadable: int = 0
    unread: Examples = field(default_factory=Examples)
    unasked: int = 0
    problem: str = ""

    def add_unreadable(self, names: Iterable[str]) -> None:
        """Count records that cannot be read, each once, and name the first ones."""
        found = Counter(names)
        self.unreadable += len(found) - 1 + found["-"] if "-" in found else len(found)
        for name in found:
            self.unread.add(name, "cannot be read")

    def add(self, difference: Difference, stream: str, external_ids: Iterable[str]) -> None:
        """Count records of a stream that differ, and name the first ones."""
        for external_id in external_ids:
            self.counts[difference] += 1
            self.examples[difference].add(external_id, stream)

    @property
    def differs(self) -> bool:
        """Whether anything differs from what the ledger knows."""
        return any(self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts and ids."""
        return {
            "listed": dict(self.listed),
            **{str(difference): number for difference, number in self.counts.items()},
            "examples": {str(difference): dict(examples) for difference, examples in self.examples.items()},
            "unreadable": self.unreadable,
            "unread": list(self.unread),
            "unasked": self.unasked,
            "problem": self.problem,
        }

    def __str__(self) -> str:
        found = [
            f"{number:,} {TITLES[difference]} ({', '.join(self.examples[difference])})"
            for difference, number in self.counts.items()
            if number
        ]
        if self.unreadable:
            found.append(f"{self.unreadable:,} that cannot be read ({', '.join(self.unread)}); the log says why")
        if self.unasked:
            found.append(f"{self.unasked:,} customers that the next inventory looks up in Stripe")
        text = f"{self.listed.total():,} records listed: {'; '.join(found) or 'as the ledger knows them'}"
        return f"{text}. {self.problem}" if self.problem else text
