"""
How long live data waits for its slot while PDFs are uploaded, and how many are uploaded in a minute.

500 invoices are loaded first. Then one process brings their PDFs with four threads, while a second one has live work
now and then for a minute. Both share one budget of 600 requests a minute; the fake Upflow takes 100-400 ms a request,
and answers 429 beyond its limits. The budget is kept on PostgreSQL where a server can be reached, else on SQLite.

* "wait of live work, 95th percentile" (ms): how long live work waits for its slot.
* "PDFs a minute": from the first to the last upload; Stripe's rendering takes no time here.

Takes about 3 minutes.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.delivery.loading import Loading
from benchmarks.figures import Figure
from benchmarks.processes import answer_of, start
from benchmarks.vendors import LATENCY_S, requests_to, vendors
from demo.vendors import Stripe, Upflow
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.runs.window import Window
from upflow_provider.testing.seed.seed import Seed

WINDOW = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
UPLOAD = "/pdf"
"""End of the path of an upload."""


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much to measure.

    Attributes:
        seed: What Stripe has.
        live_s: Seconds with live work.
    """

    seed: Seed
    live_s: int


NORMAL = Size(Seed(customers=100, invoices=500), live_s=60)
SMOKE = Size(Seed(customers=3, invoices=12), live_s=4)


def run(size: Size) -> list[Figure]:
    """Measure on PostgreSQL, else on SQLite."""
    with databases.postgresql() as url:
        if url:
            return _measure(url, size)
    with databases.sqlite() as url:
        return _measure(url, size)


def _measure(database: str, size: Size) -> list[Figure]:
    engine = prepare(sa.create_engine(database))
    with vendors(size.seed) as (stripe, upflow):
        ledger = Ledger(engine, "bench")
        loading = Loading(stripe.url, f"{upflow.url}/v1", ledger)
        for name in ("customers", "invoices", "credit_notes"):
            loading.load(name, WINDOW)
        engine.dispose()
        upflow.call("PUT", "/_fake/settings", {"latency_s": LATENCY_S})
        upflow.call("DELETE", "/_fake/requests")
        return _side_by_side(database, stripe, upflow, size.live_s)


def _side_by_side(database: str, stripe: Stripe, upflow: Upflow, live_s: int) -> list[Figure]:
    """Bring the PDFs with live work beside it, and return the figures."""
    base_url = f"{upflow.url}/v1"
    live = start("benchmarks.delivery.budget_sender", database, base_url, "live", str(live_s))
    pdfs = answer_of(start("benchmarks.delivery.pdf_bringer", database, stripe.url, base_url))
    waits_ms = sorted(1000 * wait_s for wait_s in answer_of(live)["waits_s"])
    log = upflow.requests()
    times = [each["at"] for each in requests_to(upflow, "POST") if each["path"].endswith(UPLOAD)]
    per_minute = (len(times) - 1) * 60 / (times[-1] - times[0])
    return [
        Figure("PDFs uploaded", pdfs["created"]),
        Figure("uploads per PDF", len(times) / pdfs["created"], "1.00", digits=2),
        Figure("PDFs a minute", per_minute),
        Figure("live requests", len(waits_ms)),
        Figure("wait of live work, median", statistics.median(waits_ms), unit="ms"),
        Figure("wait of live work, 95th percentile", _percentile_95(waits_ms), "<= 2,000 ms", unit="ms"),
        Figure("most requests in any 60 s", log["peak_per_minute"], "<= 600"),
        Figure("answers 429", log["statuses"].get("429", 0), "0"),
    ]


def _percentile_95(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=20, method="inclusive")[-1]
