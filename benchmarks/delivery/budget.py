"""
How much of Upflow's limit of 600 requests a minute is used by three processes that share one budget.

Each process has one client and three threads; the fake Upflow takes 100-400 ms a request and answers 429 beyond its
limits. First all three processes send in the lane `history` for three minutes. Then, for one minute, two of them send
history, and the third has live work now and then and reports how long it waited for a slot. The budget is kept on
PostgreSQL where a server can be reached, else on SQLite; with ``BENCH_SQLITE=1`` on both, one after the other.

* "share of the budget used" (%): requests a minute, from the first to the last, divided by 600; 100 % is all of it.
* "most requests in any 60 s", "most requests at once", "answers 429": whether Upflow's limits were kept.
* "wait of live work" (ms): how long live work waits for its slot while history uses the rest.

Takes about 4 minutes; 8 on both databases.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.processes import answer_of, start
from benchmarks.vendors import ALL, LATENCY, vendors
from demo.vendors import Upflow
from upflow_provider.ledger import prepare
from upflow_provider.testing.seed.seed import Seed

LIMIT = 600
"""Requests a minute that Upflow allows."""
ALL_HISTORY = ("history", "history", "history")
ONE_LIVE = ("live", "history", "history")


@dataclass(frozen=True, slots=True)
class Size:
    """
    How long to measure.

    Attributes:
        history_s: Seconds with three processes that send history.
        live_s: Seconds with live work and two processes that send history.
    """

    history_s: int
    live_s: int


NORMAL = Size(history_s=180, live_s=60)
SMOKE = Size(history_s=2, live_s=3)


def run(size: Size) -> list[Figure]:
    """Measure on PostgreSQL, or SQLite, or both."""
    figures: list[Figure] = []
    with databases.postgresql() as url:
        if url:
            figures += _measure(url, "PostgreSQL", size)
    if not figures or os.environ.get("BENCH_SQLITE"):
        with databases.sqlite() as url:
            figures += _measure(url, "SQLite", size)
    return figures


def _measure(url: str, database: str, size: Size) -> list[Figure]:
    prepare(sa.create_engine(url)).dispose()
    return [
        *_history(url, f"{database}: three processes", size.history_s),
        *_live(url, f"{database}: one live, two history", size.live_s),
    ]


def _history(url: str, title: str, seconds: int) -> list[Figure]:
    with vendors(Seed(customers=0, invoices=0), *LATENCY) as (_, upflow):
        senders = _send(url, upflow, ALL_HISTORY, seconds)
        return [
            *_use(upflow, title),
            *[
                Figure(f"{title}: requests of process {number}", each["requests"])
                for number, each in enumerate(senders, 1)
            ],
        ]


def _live(url: str, title: str, seconds: int) -> list[Figure]:
    with vendors(Seed(customers=0, invoices=0), *LATENCY) as (_, upflow):
        waits_ms = [1000 * wait_s for wait_s in _send(url, upflow, ONE_LIVE, seconds)[0]["waits_s"]]
        return [
            *_use(upflow, title),
            Figure(f"{title}: live requests", len(waits_ms)),
            Figure(f"{title}: wait of live work, median", statistics.median(waits_ms), unit="ms"),
            Figure(f"{title}: wait of live work, longest", max(waits_ms), unit="ms"),
        ]


def _send(url: str, upflow: Upflow, lanes: tuple[str, ...], seconds: int) -> list[dict[str, Any]]:
    """Run one sender for each lane, all at once; return their answers."""
    module, base_url = "benchmarks.delivery.budget_sender", f"{upflow.url}/v1"
    processes = [start(module, url, base_url, lane, str(seconds)) for lane in lanes]
    return [answer_of(process) for process in processes]


def _use(upflow: Upflow, title: str) -> list[Figure]:
    log = upflow.requests(last=ALL)
    times = [request["at"] for request in log["requests"]]
    per_minute = (len(times) - 1) * 60 / (times[-1] - times[0])
    return [
        Figure(f"{title}: share of the budget used", 100 * per_minute / LIMIT, ">= 97 %", unit="%", digits=1),
        Figure(f"{title}: most requests in any 60 s", log["peak_per_minute"], f"<= {LIMIT}"),
        Figure(f"{title}: most requests at once", log["peak_concurrency"], "<= 10"),
        Figure(f"{title}: answers 429", log["statuses"].get("429", 0), "0"),
    ]
