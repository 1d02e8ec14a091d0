"""
How many requests one record costs: on its first load, and when it is loaded again.

A record comes alone: a customer with its main contact, a document with its links. What Stripe does without a
record of its own takes balancing documents, which are told apart by the colon in their external id: one
write each.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.loading import Loading
from benchmarks.vendors import requests_in, vendors
from demo.vendors import Upflow
from upflow_provider.ledger import Ledger, Outcome
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

SEED = Seed(seed=3, customers=100, invoices=1_500)
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
ALL = 1_000_000
"""More requests than any log holds."""


def run() -> list[Figure]:
    """Load everything with links in either way."""
    return [figure for links in ("inline", "reconcile") for figure in _figures(links)]


def _figures(links: str) -> list[Figure]:
    """Load everything twice, and count."""
    with databases.sqlite() as url, vendors(SEED, "--no-limits") as (stripe, upflow):
        ledger = Ledger(sa.create_engine(url), "bench")
        loading = Loading(stripe.url, f"{upflow.url}/v1", ledger, links)
        for name in STREAMS:
            loading.load(name, WINDOW)
        imported = {name: ledger.counts(name).get(Outcome.IMPORTED, 0) for name in STREAMS}
        first = _requests(upflow, "POST", "PUT", "PATCH", "DELETE")
        closing = loading.close(WINDOW)
        reads = _requests(upflow, "GET").total()
        lines = {name: sum(":" in each["externalId"] for each in upflow.records(name)) for name in STREAMS}
        again = [loading.load(name, WINDOW) for name in STREAMS]
        after = _requests(upflow, "POST", "PUT", "PATCH", "DELETE")
    documents = sum(imported.values())
    linked = documents - imported["customers"] - imported["invoices"] + sum(lines.values())
    return [
        Figure(f"{links}: records loaded", documents),
        *(
            Figure(
                f"{links}: writes per record, {name}",
                (first[f"/v1/{name}"] - lines[name]) / imported[name],
                "1.00",
                "{:.2f}",
            )
            for name in STREAMS
        ),
        Figure(f"{links}: balancing documents for 100 records", 100 * sum(lines.values()) / documents, form="{:.1f}"),
        Figure(
            f"{links}: further requests to link, per document",
            first["/v1/reconcile"] / linked,
            "0.00" if links == "inline" else "<= 1.00",
            "{:.2f}",
        ),
        Figure(f"{links}: invoices that the closing check had to look into", closing.checked, "0"),
        Figure(f"{links}: reads from Upflow", reads, "0" if links == "inline" else "invoices / 500"),
        Figure(f"{links}: writes of the second load", after.total() - first.total(), "0"),
        Figure(f"{links}: unchanged in the second load", sum(report.unchanged for report in again)),
    ]


def _requests(upflow: Upflow, *methods: str) -> Counter[str]:
    """Return how many requests of some methods there were, by path."""
    return Counter(request["path"] for request in requests_in(upflow.requests(last=ALL), *methods))
