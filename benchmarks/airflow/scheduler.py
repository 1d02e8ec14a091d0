"""
How much of Upflow's limit of 600 requests a minute a whole Backfill uses under the real scheduler.

``airflow standalone`` loads six months of 500 customers and 2,700 invoices, a run for each month, newest first, with
the DAG and its default settings; the fake Upflow takes 100-400 ms a request and answers 429 beyond its limits.

* "share of the budget used" (%): writes a minute, from the first to the last, divided by 600; scheduling, the start of
  tasks and the change from one to the next count as time lost.
* "pauses over 1 s": where that time went.
* "writes per document that Upflow holds": 1 when every write was needed.

Takes about 10 minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from benchmarks.airflow.standalone import Settings, connected, standalone
from benchmarks.figures import Figure
from benchmarks.vendors import LATENCY, WRITES, requests_to, vendors
from demo.airflow import BACKFILL, Airflow
from demo.run_watch import Watch
from demo.screen import Screen
from demo.totals import FROM_STRIPE, expected, goals
from demo.vendors import Upflow
from upflow_provider.testing.seed.seed import Seed

NAME = "scheduler"
"""The organization's name."""
SETTINGS: Settings = {}
LIMIT = 600
"""Requests a minute that Upflow allows."""
LONG_PAUSE_S = 1.0
LOOK_EVERY_S = 5.0
DOCUMENTS = ("invoices", "credit_notes", "payments", "refunds")
END_MONTH = 11
END = datetime(2026, END_MONTH, 1, tzinfo=UTC)
LAST_DAY = datetime(2026, END_MONTH - 1, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Size:
    """
    What Stripe holds.

    Attributes:
        customers: How many customers.
        invoices: How many invoices.
        months: In how many months, each of which is a run.
    """

    customers: int
    invoices: int
    months: int

    @property
    def seed(self) -> Seed:
        """The data of the fake Stripe."""
        return Seed(11, self.customers, self.invoices, END.replace(month=END_MONTH - self.months), END)


NORMAL = Size(customers=500, invoices=2_700, months=6)
SMOKE = Size(customers=2, invoices=6, months=1)


def run(size: Size) -> list[Figure]:
    """Start Airflow, and measure."""
    with standalone({NAME: SETTINGS}) as airflow:
        return measure(airflow, size)


def measure(airflow: Airflow, size: Size) -> list[Figure]:
    """Run the Backfill of the organization `NAME`, and read Upflow's log."""
    with vendors(size.seed, *LATENCY) as (stripe, upflow), connected(airflow, BACKFILL, NAME, stripe, upflow) as dag:
        totals = expected({name: list(stripe.records(name)) for name in FROM_STRIPE})
        watch = Watch(dag, upflow, Screen(), goals(totals), sleep=lambda _: time.sleep(LOOK_EVERY_S))
        watch.until_finished(dag.backfill(size.seed.start, LAST_DAY))
        return _figures(upflow)


def _figures(upflow: Upflow) -> list[Figure]:
    log, times = upflow.requests(), [request["at"] for request in requests_to(upflow, *WRITES)]
    took_s = times[-1] - times[0]
    pauses_s = [later - earlier for earlier, later in pairwise(times) if later - earlier > LONG_PAUSE_S]
    share = 100 * (len(times) - 1) * 60 / took_s / LIMIT
    return [
        Figure("writes", len(times), ">= 3,000"),
        Figure("from the first to the last write", took_s, unit="s"),
        Figure("share of the budget used, from the first to the last write", share, ">= 93 %", unit="%", digits=1),
        Figure("pauses over 1 s between two writes", len(pauses_s)),
        Figure("pauses over 1 s, together", sum(pauses_s), unit="s", digits=1),
        Figure("most requests in any 60 s", log["peak_per_minute"], f"<= {LIMIT}"),
        Figure("answers 429", log["statuses"].get("429", 0), "0"),
        Figure("writes per document that Upflow holds", len(times) / _documents(upflow), digits=3),
    ]


def _documents(upflow: Upflow) -> int:
    """Return how many customers and documents Upflow holds, balancing documents included."""
    state = upflow.state()
    documents = sum(total["count"] for name in DOCUMENTS for total in state[name].values())
    return int(documents + state["customers"]["count"])
