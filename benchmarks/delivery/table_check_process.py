"""
One process of the benchmark `tables`: reads and checks a CSV file, and reports how long that took.

``python -m benchmarks.delivery.table_check_process FILE``
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.processes import answer, peak_mb
from upflow_provider.delivery.dry_run import DryRun
from upflow_provider.errors import NotFoundError
from upflow_provider.ledger import Ledger, Plan, prepare
from upflow_provider.records.custom_fields import DefinedField
from upflow_provider.tables_to_upflow.known_customers import KnownCustomers
from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
from upflow_provider.tables_to_upflow.mapping.rows import RowReader
from upflow_provider.tables_to_upflow.parents import TableParents
from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile
from upflow_provider.tables_to_upflow.sources.file_rows import file_rows
from upflow_provider.tables_to_upflow.staging import Staging
from upflow_provider.tables_to_upflow.table_import import TableImport

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class EmptyUpflow:
    """An Upflow without users, workflows, custom fields and records; the check of these lines asks it nothing."""

    managers: Mapping[str, str] = field(default_factory=dict)
    workflows: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, DefinedField] = field(default_factory=dict)

    def get(self, collection: str, ref: str) -> Mapping[str, Any]:
        """Find nothing."""
        raise NotFoundError(f"{collection}: {ref} does not exist")

    def list(self, collection: str) -> Iterator[Mapping[str, Any]]:  # noqa: ARG002 - as the client
        """Yield nothing."""
        yield from ()


def main(file: str) -> dict[str, Any]:
    """Read and check a file; return lines per second of CPU, and what the check found and took."""

    def open_file() -> BinaryIO:
        return Path(file).open("rb")

    with _table_import() as table_import:
        before_mb = peak_mb()
        check, check_s = _timed(lambda: table_import.check(file_rows(file, open_file)))
        growth_mb = peak_mb() - before_mb
    read, dict_reader_s = _timed(lambda: _dict_reader(file))
    lines, csv_file_s = _timed(lambda: _count(CsvFile(open_file).lines()))
    if not check.rows == read == lines:
        raise RuntimeError(f"{check.rows}, {read} and {lines} lines were read of the same file")
    return {
        "rows": check.rows,
        "usable": check.rows - check.unusable,
        "check": lines / check_s,
        "dict_reader": lines / dict_reader_s,
        "csv_file": lines / csv_file_s,
        "growth_mb": growth_mb,
    }


@contextmanager
def _table_import() -> Iterator[TableImport]:
    """Prepare an import of customers that would write nothing, with an empty ledger."""
    with databases.sqlite() as url, Staging() as staging:
        engine = prepare(sa.create_engine(url))
        ledger = Ledger(engine, "bench")
        plan = Plan(engine, "bench", "run", "task", lambda: datetime.now(UTC))
        deliverer = DryRun(ledger, TableParents(EmptyUpflow(), ledger, plan), plan)
        reader = RowReader("customers", {}, CellOptions("major", ZoneInfo("Europe/Paris"), {}), EmptyUpflow())
        known = KnownCustomers(EmptyUpflow())
        yield TableImport(
            "customers", "bench", reader=reader, staging=staging, deliverer=deliverer, ledger=ledger, known=known
        )
        engine.dispose()


def _dict_reader(file: str) -> int:
    """Read a file as Python's documentation shows; return how many lines it has."""
    with Path(file).open(encoding="utf-8", newline="") as text:
        return _count(csv.DictReader(text, delimiter=";"))


def _count(lines: Iterable[object]) -> int:
    return sum(1 for _ in lines)


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Do some work; return its result, and the CPU time of this process that it took (s), system time included."""
    before = time.process_time()
    result = work()
    return result, time.process_time() - before


if __name__ == "__main__":
    answer(main(*sys.argv[1:]))
