"""
What a run of the sync costs when nothing has changed, under ``airflow standalone``.

The sync runs once to load a small Stripe, then five more times.

* "requests to Stripe, a run", "requests to Upflow, a run": those that the fakes received, divided by the runs.
* "time of a run" (s): from the start of the run to its end, as Airflow reports them; its tasks wait for the scheduler
  longer than they work.

Takes about a minute.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benchmarks.airflow.standalone import Settings, connected, standalone, until_idle
from benchmarks.figures import Figure
from benchmarks.vendors import vendors
from demo.airflow import SYNC, Airflow
from upflow_provider.stripe_to_upflow.event_feed import feed_filters
from upflow_provider.testing.seed.seed import Seed

NAME = "idle"
"""The organization's name."""
SETTINGS: Settings = {"live": False}


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much to measure.

    Attributes:
        customers: Customers that Stripe holds.
        invoices: Invoices that Stripe holds.
        runs: Runs in which nothing has changed.
    """

    customers: int
    invoices: int
    runs: int


NORMAL = Size(customers=20, invoices=40, runs=5)
SMOKE = Size(customers=1, invoices=2, runs=1)


def run(size: Size) -> list[Figure]:
    """Start Airflow, and measure."""
    with standalone({NAME: SETTINGS}) as airflow:
        return measure(airflow, size)


def measure(airflow: Airflow, size: Size) -> list[Figure]:
    """Run the sync of the organization `NAME` once to begin, then some more times."""
    seed = Seed(seed=3, customers=size.customers, invoices=size.invoices)
    with vendors(seed) as (stripe, upflow), connected(airflow, SYNC, NAME, stripe, upflow) as sync:
        sync.unpause()
        until_idle(sync)
        reads, writes, idle = stripe.requests()["count"], upflow.requests()["count"], []
        for _ in range(size.runs):
            idle.append(sync.trigger({}))
            until_idle(sync)
        times_s = sync.run_times()
        took_s = [times_s[run_id] for run_id in idle]
        runs = len(times_s) - 1  # the schedule may have added one
        return [
            Figure(
                "requests to Stripe, a run", (stripe.requests()["count"] - reads) / runs, f"<= {len(feed_filters())}"
            ),
            Figure("requests to Upflow, a run", (upflow.requests()["count"] - writes) / runs, "0"),
            Figure("time of a run, median", statistics.median(took_s), "<= 15 s", unit="s", digits=1),
            Figure("time of a run, longest", max(took_s), "<= 15 s", unit="s", digits=1),
        ]
