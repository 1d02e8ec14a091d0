"""
How fast a large file of customers is checked before its import, and how much memory that needs.

A fresh process reads a CSV file of 1,000,000 customers with 12 columns of text, checks every line, and stages it in a
temporary file; this is all that an import does before its first request. Then the same process reads the file with
Python's plain ``csv.DictReader``, and with `CsvFile`, and does nothing with the lines.

* "lines/s": of CPU time of the process, user and system time.
* "ratio": that of the whole check divided by that of ``csv.DictReader``.
* "growth of peak memory" (MB): the peak of the process's resident memory, beyond that before the check.

Takes about half a minute.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import run_module

MODULE = "benchmarks.delivery.table_check_process"
HEADER = "externalId;name;vatNumber;accountingRef;address;zipcode;city;state;country;parent;phone;note"


@dataclass(frozen=True, slots=True)
class Size:
    """
    How large the file is.

    Attributes:
        lines: Its lines, beside the header.
        is_isolated: Whether the check has a process of its own, without which its peak of memory means nothing.
    """

    lines: int
    is_isolated: bool


NORMAL = Size(lines=1_000_000, is_isolated=True)
SMOKE = Size(lines=200, is_isolated=False)


def run(size: Size) -> list[Figure]:
    """Write the file, and check it."""
    with tempfile.TemporaryDirectory(prefix="upflow-bench-") as folder:
        path = Path(folder, "customers.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(_lines(size.lines))
        megabytes = path.stat().st_size / 1e6
        found = run_module(MODULE, str(path), is_isolated=size.is_isolated)
    return [
        Figure("lines", found["rows"]),
        Figure("size of the file", megabytes, unit="MB", digits=3),
        Figure("lines without a problem", found["usable"], f"{size.lines:,}"),
        Figure("csv.DictReader", found["dict_reader"], unit="lines/s"),
        Figure("CsvFile", found["csv_file"], unit="lines/s"),
        Figure("check: read, parsed and staged", found["check"], unit="lines/s"),
        Figure("ratio", found["check"] / found["dict_reader"], ">= 0.25", digits=2),
        Figure("growth of peak memory", found["growth_mb"], "< 100 MB", unit="MB", digits=1),
    ]


def _lines(count: int) -> Iterator[str]:
    """Yield the header and customers; every tenth is below another one, and many cells are not ASCII."""
    yield f"{HEADER}\r\n"
    for number in range(count):
        parent = f"CUS-{number - 1:07d}" if number % 10 == 1 else ""
        yield (
            f"CUS-{number:07d};Érable & fils n° {number};FR{number:011d};411{number:06d};{number % 300} rue de la "
            f"République;{number % 99_999:05d};Saint-Étienne;Loire;France;{parent};+33 1 {number % 10_000:04d} 5670;"
            f"livré à l'arrière, n° {number % 97}\r\n"
        )
