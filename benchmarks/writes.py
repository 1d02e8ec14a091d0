"""
How many requests one record costs: on its first load, and when it is loaded again.

A customer comes with its main contact, and an invoice that somebody owes or has paid comes alone:
one write each. What nobody owes any more needs lines, which is told apart.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.loading import load
from benchmarks.vendors import requests_in, vendors
from upflow_provider.ledger import Ledger
from upflow_provider.streams import STREAMS
from upflow_provider.testing.demo_vendors import Upflow
from upflow_provider.testing.seed import Seed
from upflow_provider.window import Window

SEED = Seed(seed=3, customers=100, invoices=600)
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
ALL = 1_000_000
"""More requests than any log holds."""


def run() -> list[Figure]:
    """Load everything twice, and count."""
    with databases.sqlite() as url, vendors(SEED, "--no-limits") as (stripe, upflow):
        ledger = Ledger(sa.create_engine(url), "bench")
        first = [load(name, stripe.url, f"{upflow.url}/v1", ledger, WINDOW) for name in STREAMS]
        per_path = _writes(upflow)
        held = upflow.counts()
        again = [load(name, stripe.url, f"{upflow.url}/v1", ledger, WINDOW) for name in STREAMS]
        after = _writes(upflow)
    lines = sum(report.lines for report in first)
    return [
        Figure("records loaded", sum(held.values())),
        Figure("writes per customer, first load", per_path["/v1/customers"] / held["customers"], "1.00", "{:.2f}"),
        Figure("writes per invoice, first load", per_path["/v1/invoices"] / held["invoices"], "1.00", "{:.2f}"),
        Figure(
            "further writes per line (write-off: import and link)",
            (per_path.total() - per_path["/v1/customers"] - per_path["/v1/invoices"]) / lines,
            "2.00",
            "{:.2f}",
        ),
        Figure("writes of the second load", after.total() - per_path.total(), "0"),
        Figure("unchanged in the second load", sum(report.unchanged for report in again)),
    ]


def _writes(upflow: Upflow) -> Counter[str]:
    log = upflow.requests(last=ALL)
    return Counter(request["path"] for request in requests_in(log, "POST", "PUT", "PATCH", "DELETE"))
