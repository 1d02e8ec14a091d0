"""
How much of Upflow's 600 requests a minute three processes use that share one budget.

Each has a client with three threads; Upflow takes 100-400 ms a request and answers 429 beyond its
limits. First all three in lane `history` for three minutes; then, for one minute, two of them, and
live work that wants a slot now and then and says how long it waited. On PostgreSQL, if there is a
server, else on SQLite; both with BENCH_SQLITE=1.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import Any

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.vendors import LATENCY_S, vendors
from demo.vendors import Upflow
from upflow_provider.ledger import prepare
from upflow_provider.testing.seed.seed import Seed

LIMIT = 600
LONG_S, SHORT_S = 180, 60
ALL_HISTORY = ("history", "history", "history")
ONE_LIVE = ("live", "history", "history")


def run() -> list[Figure]:
    """Measure on PostgreSQL, or SQLite, or both."""
    figures: list[Figure] = []
    with databases.postgresql() as url:
        if url:
            figures += _measure(url, "PostgreSQL")
    if not figures or os.environ.get("BENCH_SQLITE"):
        with databases.sqlite() as url:
            figures += _measure(url, "SQLite")
    return figures


def _measure(url: str, title: str) -> list[Figure]:
    options = "--latency", *map(str, LATENCY_S)
    engine = prepare(sa.create_engine(url))
    engine.dispose()
    with vendors(Seed(customers=0, invoices=0), *options) as (_, upflow):
        sent = _senders(url, upflow, ALL_HISTORY, LONG_S)
        figures = [
            *_use(upflow, f"{title}: three processes", LONG_S),
            *[
                Figure(f"{title}: requests of process {number}", each["requests"])
                for number, each in enumerate(sent, 1)
            ],
        ]
    with vendors(Seed(customers=0, invoices=0), *options) as (_, upflow):
        waits = sorted(_senders(url, upflow, ONE_LIVE, SHORT_S)[0]["waits_s"])
        return [
            *figures,
            *_use(upflow, f"{title}: one live, two history", SHORT_S),
            Figure(f"{title}: live requests", len(waits)),
            Figure(f"{title}: wait of live work, median", 1000 * statistics.median(waits), form="{:.0f} ms"),
            Figure(f"{title}: wait of live work, longest", 1000 * waits[-1], form="{:.0f} ms"),
        ]


def _senders(url: str, upflow: Upflow, lanes: tuple[str, ...], seconds: int) -> list[dict[str, Any]]:
    """Run one sender a lane, all at once; return what each of them says."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.budget_sender", url, f"{upflow.url}/v1", lane, str(seconds)],
            stdout=subprocess.PIPE,
        )
        for lane in lanes
    ]
    said = [process.communicate()[0] for process in processes]
    return [json.loads(each) for each in said]


def _use(upflow: Upflow, title: str, seconds: int) -> list[Figure]:
    log = upflow.requests(last=seconds * LIMIT)
    times = [request["at"] for request in log["requests"]]
    share = 100 * (len(times) - 1) / (times[-1] - times[0]) * 60 / LIMIT
    return [
        Figure(f"{title}, {seconds} s: share of the budget used", share, ">= 97 %", "{:.1f} %"),
        Figure(f"{title}: most requests in any 60 s", log["peak_per_minute"], f"<= {LIMIT}"),
        Figure(f"{title}: most requests at once", log["peak_concurrency"], "<= 10"),
        Figure(f"{title}: answers 429", log["statuses"].get("429", 0), "0"),
    ]
