"""Parts that the reports of all flows share: examples with reasons, and a limit on rejected records."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from upflow_provider.errors import TooManyRejectedError
from upflow_provider.shown_ids import shown_id

MAX_EXAMPLES = 10
"""How many records of a kind a report names; the ledger has all of them."""


class Examples(dict[str, str]):
    """
    The first few records of a kind, each by its shown id, with a reason.

    It stays small however many records there are, and it is JSON.

    Args:
        reasons: Ids and reasons; at most `MAX_EXAMPLES` of them are read.
    """

    def __init__(self, reasons: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__((shown_id(record_id), reason) for record_id, reason in islice(reasons, MAX_EXAMPLES))

    def add(self, record_id: str, reason: str) -> None:
        """Name a record, unless there are enough already."""
        if len(self) < MAX_EXAMPLES:
            self[shown_id(record_id)] = reason

    def add_all(self, other: Examples) -> None:
        """Name the records of another report, such as that of one page, as long as there is room."""
        for record_id, reason in other.items():
            self.add(record_id, reason)

    def __str__(self) -> str:
        return "; ".join(named(record_id, reason) for record_id, reason in self.items())


def named(name: str, reason: str) -> str:
    """Return a reason after the name of its record, which it may begin with already."""
    return reason if reason.startswith(f"{name}: ") else f"{name}: {reason}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, which takes an ``s`` unless it is one: ``1 record``, ``1,200 records``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def check_rejected(rejected: int, allowed: int, *, problem: str, remedy: str, examples: Examples) -> None:
    """
    Raise an error if too many records were rejected.

    Args:
        rejected: How many records were rejected.
        allowed: How many may be.
        problem: What happened, to be put after the number, such as ``of 5 records were rejected``.
        remedy: A sentence that says what to do next.
        examples: Some of the rejected records.

    Raises:
        TooManyRejectedError: More were rejected than allowed.
    """
    if rejected > allowed:
        raise TooManyRejectedError(
            f"{rejected} {problem} ({allowed} allowed); all others are done. {remedy} {examples}".rstrip()
        )
