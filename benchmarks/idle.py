"""
What a run of the sync costs in which nothing changed, under `airflow standalone`.

Requests are those that both fakes saw; the time is that of the run, from its start to its end, as Airflow says.
"""

from __future__ import annotations

import statistics

from benchmarks.figures import Figure
from benchmarks.standalone import airflow_with, until_idle
from benchmarks.vendors import vendors
from upflow_provider.testing.seed.seed import Seed

RUNS = 5


def run() -> list[Figure]:
    """Run the sync once to begin, then some more times."""
    with (
        vendors(Seed(seed=3, customers=20, invoices=40)) as (stripe, upflow),
        airflow_with(stripe, upflow, "live: false") as airflow,
    ):
        airflow.unpause()
        until_idle(airflow)
        of_stripe, of_upflow, idle = stripe.requests()["count"], upflow.requests()["count"], []
        for _ in range(RUNS):
            idle.append(airflow.trigger({}))
            until_idle(airflow)
        took_s = [took for run_id, took in airflow.run_times().items() if run_id in idle]
        runs = len(airflow.run_times()) - 1  # the schedule may have added one
        return [
            Figure("requests to Stripe, a run", (stripe.requests()["count"] - of_stripe) / runs, "<= 3"),
            Figure("requests to Upflow, a run", (upflow.requests()["count"] - of_upflow) / runs, "0"),
            Figure("time of a run, median", statistics.median(took_s), "<= 15 s", "{:.1f} s"),
            Figure("time of a run, longest", max(took_s), "<= 15 s", "{:.1f} s"),
        ]
