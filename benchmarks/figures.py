"""The result of a benchmark: figures beside their targets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("results")
"""Folder of the saved figures; git ignores it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One measured number.

    Attributes:
        what: What was measured.
        measured: The number, in *unit*.
        target: What the number should be, for people; empty for a number that only explains others.
        unit: Unit of the number; empty for a count or a ratio.
        digits: Decimals to show.
    """

    what: str
    measured: float
    target: str = ""
    unit: str = ""
    digits: int = 0

    @property
    def shown(self) -> str:
        """The number as people read it, with its unit."""
        return f"{self.measured:,.{self.digits}f} {self.unit}".rstrip()


def show(name: str, figures: Sequence[Figure], console: Console) -> None:
    """Print the figures of one benchmark."""
    table = Table("figure", "target", "measured", title=name, title_justify="left", expand=False)
    for figure in figures:
        table.add_row(figure.what, figure.target, figure.shown)
    console.print(table)


def save(name: str, figures: Sequence[Figure], folder: Path = RESULTS) -> Path:
    """Save the figures of one benchmark as JSON, and return the file."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    document = {"measured_at": datetime.now(UTC).isoformat(), "figures": [asdict(each) for each in figures]}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path
