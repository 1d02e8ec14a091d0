"""
One process of the benchmark `pdfs`: brings the PDFs of all documents, and reports how many.

``python -m benchmarks.delivery.pdf_bringer DATABASE STRIPE UPFLOW``
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks.processes import answer
from benchmarks.vendors import client_of, source_of
from upflow_provider.clients.stripe.files import StripeFiles
from upflow_provider.ledger import Ledger, LedgerBudget
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.pdfs.queue import PDF_STREAMS, PdfQueue
from upflow_provider.stripe_to_upflow.pdfs.upload import PdfUpload

THREADS = 4
"""PDFs in flight."""


def main(database: str, stripe_url: str, upflow_base_url: str) -> dict[str, Any]:
    """Bring all PDFs, and return the report's counts."""
    engine = sa.create_engine(database)
    ledger, report = Ledger(engine, "bench"), SyncReport()
    window = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    source = source_of(stripe_url, ledger.clock.tick)
    PdfQueue(source, ledger, "bench", "bench", "all", report).add_created(window, PDF_STREAMS.values())
    PdfUpload(
        source=source,
        files=StripeFiles(stripe_url),
        upflow=client_of(upflow_base_url, LedgerBudget(engine, "bench", lane="background")),
        ledger=ledger,
        owner="bench",
        wanted="all",
        threads=THREADS,
    ).run("bench", report, Progress("pdfs", window))
    return report.as_dict()


if __name__ == "__main__":
    answer(main(*sys.argv[1:]))
