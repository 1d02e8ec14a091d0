"""
What a run of the sync costs when many invoices have changed, beside what changes there are.

A thousand invoices, loaded before, are changed at once; first each of them ten times (its description, which Upflow
does not hold, and its due date), then each is paid. Requests are those that both fakes saw.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.loading import Loading
from benchmarks.vendors import vendors
from demo.vendors import Stripe, Upflow
from upflow_provider.ledger import Ledger
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

CHANGED = 1_000
EVENTS_EACH = 10
ALL = 1_000_000


def run() -> list[Figure]:
    """Load the invoices, change them, and sync."""
    with databases.sqlite() as url, vendors(Seed(seed=3, customers=1, invoices=1), "--no-limits") as (stripe, upflow):
        loading = Loading(stripe.url, f"{upflow.url}/v1", Ledger(sa.create_engine(url), "bench"))
        ids = _invoices(stripe)
        now = datetime.now(UTC)
        for name in STREAMS:
            loading.load(name, Window(now - timedelta(days=1), now + timedelta(days=1)))
        due = int(time.time())
        changed = _sync(
            "changed",
            loading,
            (stripe, upflow),
            [
                ("update_invoice", {"invoice_id": each, "description": f"{number}", "due_date": due + 86_400 * number})
                for each in ids
                for number in range(EVENTS_EACH)
            ],
        )
        return [
            *changed,
            *_sync("paid", loading, (stripe, upflow), [("pay_invoice", {"invoice_id": each}) for each in ids]),
        ]


def _invoices(stripe: Stripe) -> list[str]:
    """Create open invoices, each of a customer of its own."""
    ids = [f"in_c{number}" for number in range(CHANGED)]
    for number, invoice_id in enumerate(ids):
        stripe.act("create_customer", id=f"cus_c{number}", name="Alder")
        stripe.act("create_invoice", customer=f"cus_c{number}", total=1200, id=invoice_id)
        stripe.act("finalize_invoice", invoice_id=invoice_id)
    return ids


def _sync(
    what: str, loading: Loading, fakes: tuple[Stripe, Upflow], deeds: list[tuple[str, dict[str, object]]]
) -> list[Figure]:
    stripe, upflow = fakes
    time.sleep(1.1)  # a window begins and ends with a second
    start = datetime.now(UTC).replace(microsecond=0)
    for name, arguments in deeds:
        stripe.act(name, **arguments)
    time.sleep(1.1)
    reads, writes = stripe.requests()["count"], upflow.requests()["count"]
    began = time.monotonic()
    taken, reports = loading.catch_up(what, Window(start, datetime.now(UTC)))
    took_s = time.monotonic() - began
    log = stripe.requests(last=ALL)["requests"][reads:]
    by_resource = Counter(request["path"].split("/")[2] for request in log)
    events = by_resource.pop("events")
    written = upflow.requests()["count"] - writes
    expected = sum(report.updated + report.created for report in reports.values())
    return [
        Figure(f"{what}: events", taken.events),
        Figure(f"{what}: records that differ", expected),
        Figure(f"{what}: requests to Upflow, beyond one a record that differs", written - expected, "<= 10"),
        Figure(f"{what}: requests to Stripe for events", events, "a hundredth of the events, and 3"),
        *(
            Figure(f"{what}: requests to Stripe for {resource.replace('_', ' ')}", count)
            for resource, count in by_resource.items()
        ),
        Figure(f"{what}: time", took_s, form="{:.1f} s"),
    ]
