"""
How long a change in Stripe takes to Upflow in live mode, while history is loaded and an export runs beside.

As `live`, but a Backfill loads two months at once, which fills the pool, and the export to Salesforce writes what that
brings. The fake Upflow takes 100-400 ms a request.

* "from Stripe to Upflow" (s), "runs": as in `live`.
* "months under way at the end": 2 if the Backfill lasted longer than the changes did, as it should.
* "exports": runs of the export.

Takes about 12 minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.airflow import live
from benchmarks.airflow.standalone import Settings, connected, standalone
from benchmarks.figures import Figure
from benchmarks.vendors import LATENCY, salesforce, vendors
from demo.airflow import BACKFILL, EXPORT, SYNC, Airflow
from upflow_provider.testing.seed.salesforce_accounts import KEY
from upflow_provider.testing.seed.seed import Seed

NAME = "beside"
"""The organization's name."""
START, LAST_DAY, END = (datetime(2026, month, day, tzinfo=UTC) for month, day in ((8, 1), (9, 30), (10, 1)))
"""The two months that are loaded."""


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much changes, and how much history there is.

    Attributes:
        changes: How much changes, and how fast.
        customers: Customers of the history.
        invoices: Invoices of the history.
    """

    changes: live.Size
    customers: int
    invoices: int

    @property
    def settings(self) -> Settings:
        """Settings of the organization `NAME`."""
        export = {
            "conn_id": f"salesforce_{NAME}",
            "match": {"salesforce": KEY},
            "fields": {"outstanding": "Outstanding__c"},
        }
        return {**self.changes.settings, "salesforce": export}

    @property
    def seed(self) -> Seed:
        """The data of the fake Stripe."""
        return Seed(11, self.customers, self.invoices, START, END)


NORMAL = Size(live.NORMAL, customers=500, invoices=4_000)
SMOKE = Size(live.SMOKE, customers=2, invoices=6)


def run(size: Size) -> list[Figure]:
    """Start Airflow, and measure."""
    with standalone({NAME: size.settings}) as airflow:
        return measure(airflow, size)


def measure(airflow: Airflow, size: Size) -> list[Figure]:
    """Make the changes in the Stripe of the organization `NAME` while its history is loaded."""
    with (
        vendors(size.seed, *LATENCY) as (stripe, upflow),
        salesforce(size.seed) as sales,
        connected(airflow, SYNC, NAME, stripe, upflow) as sync,
    ):
        airflow.add_connection({**sales.connection, "connection_id": f"salesforce_{NAME}"})
        backfill, export = (airflow.of(f"{dag}.{NAME}") for dag in (BACKFILL, EXPORT))
        for dag in (backfill, export):
            dag.wait_for_dag()
        make = live.begin(sync, stripe, size.changes)
        months = backfill.backfill(START, LAST_DAY)
        export.unpaused_run()
        took_s = live.arrivals_s(upflow, make())
        states = backfill.run_states()
        return [
            *live.figures(size.changes, took_s, runs=len(sync.run_states())),
            Figure("months under way at the end", sum(states[month] == "running" for month in months)),
            Figure("exports", len(export.run_states())),
        ]
