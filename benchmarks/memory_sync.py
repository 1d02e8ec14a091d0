"""
One process of the benchmark `memory`: syncs invoices, and says how much memory that took.

``python -m benchmarks.memory_sync DATABASE STRIPE UPFLOW SINCE``
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.loading import Loading
from upflow_provider.ledger import Ledger
from upflow_provider.runs.window import Window

STATUS = Path("/proc/self/status")
END = datetime(2030, 1, 1, tzinfo=UTC)


def main(database: str, stripe: str, upflow: str, since_s: str) -> None:
    """Sync, and print counts, the peak of memory (MB) and the time it took (seconds) as JSON."""
    ledger = Ledger(sa.create_engine(database), "bench")
    window = Window(datetime.fromtimestamp(int(since_s), UTC), END)
    began = time.monotonic()
    report = Loading(stripe, upflow, ledger).load("invoices", window)
    print(json.dumps({**report.as_dict(), "peak_mb": peak_mb(), "took_s": time.monotonic() - began}))


def peak_mb() -> float:
    """Return the peak of this program's resident memory."""
    if STATUS.exists():  # on Linux, ru_maxrss counts what the parent had before this program began
        line = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main(*sys.argv[1:])
