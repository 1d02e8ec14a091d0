"""What a benchmark finds: figures, beside what they should be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("results")
"""Where figures are kept; git ignores it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """
    One measured number.

    Attributes:
        what: What was measured.
        measured: The number, in the unit that *form* shows.
        target: What it should be, for people; empty for a number that only explains others.
        form: Format with the unit, such as ``{:.1f} %``.
    """

    what: str
    measured: float
    target: str = ""
    form: str = "{:,.0f}"

    @property
    def shown(self) -> str:
        """The number as people read it."""
        return self.form.format(self.measured)


def show(name: str, figures: Sequence[Figure], console: Console) -> None:
    """Print the figures of one benchmark."""
    table = Table("figure", "target", "measured", title=name, title_justify="left", expand=False)
    for figure in figures:
        table.add_row(figure.what, figure.target, figure.shown)
    console.print(table)


def save(name: str, figures: Sequence[Figure]) -> Path:
    """Keep the figures of one benchmark as JSON, and return the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {"measured_at": datetime.now(UTC).isoformat(), "figures": [asdict(each) for each in figures]}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path
