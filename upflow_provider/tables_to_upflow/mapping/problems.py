"""What is wrong with the lines of a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """
    What is wrong with one cell, or with a whole line.

    Attributes:
        column: Name of the column; empty for the whole line.
        reason: Why, and what to do about it; no value that may be personal data.
    """

    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.column}: {self.reason}" if self.column else self.reason


def in_words(problems: Sequence[Problem]) -> str:
    """Return all problems of a line as one text."""
    return "; ".join(map(str, problems))
