"""All benchmarks by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from benchmarks.figures import Figure

MODULES = {
    "parsing": "benchmarks.airflow.parsing",
    "writes": "benchmarks.delivery.writes",
    "changes": "benchmarks.delivery.changes",
    "reading": "benchmarks.delivery.reading",
    "tables": "benchmarks.delivery.table_check",
    "memory": "benchmarks.delivery.memory",
    "export": "benchmarks.export.comparison",
    "pdfs": "benchmarks.delivery.pdfs",
    "idle": "benchmarks.airflow.idle",
    "budget": "benchmarks.delivery.budget",
    "scheduler": "benchmarks.airflow.scheduler",
    "live": "benchmarks.airflow.live",
    "beside": "benchmarks.airflow.live_beside_history",
}
"""Every benchmark and its module, quick ones first."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """
    One benchmark, imported when it is first used.

    Attributes:
        name: A key of `MODULES`.
    """

    name: str

    @property
    def description(self) -> str:
        """What it measures: the docstring of its module."""
        return (import_module(MODULES[self.name]).__doc__ or "").strip()

    def run(self, *, is_smoke: bool = False) -> list[Figure]:
        """
        Run the benchmark to its end.

        Args:
            is_smoke: Whether to use tiny inputs.

        Returns:
            Its figures.
        """
        module = import_module(MODULES[self.name])
        figures: list[Figure] = module.run(module.SMOKE if is_smoke else module.NORMAL)
        return figures
