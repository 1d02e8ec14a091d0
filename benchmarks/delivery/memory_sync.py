"""
One process of the benchmark `memory`: syncs invoices, and reports how much memory that took.

``python -m benchmarks.delivery.memory_sync DATABASE STRIPE UPFLOW SINCE``
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks.delivery.loading import Loading
from benchmarks.processes import answer, peak_mb
from upflow_provider.ledger import Ledger
from upflow_provider.runs.window import Window

END = datetime(2030, 1, 1, tzinfo=UTC)


def main(database: str, stripe_url: str, upflow_base_url: str, since_s: str) -> dict[str, Any]:
    """Sync, and return the report's counts, the peak of memory (MB) and the time it took (seconds)."""
    ledger = Ledger(sa.create_engine(database), "bench")
    window = Window(datetime.fromtimestamp(int(since_s), UTC), END)
    began = time.monotonic()
    report = Loading(stripe_url, upflow_base_url, ledger).load("invoices", window)
    return {**report.as_dict(), "peak_mb": peak_mb(), "took_s": time.monotonic() - began}


if __name__ == "__main__":
    answer(main(*sys.argv[1:]))
