"""
What a run of the sync costs when many invoices have changed at once.

A thousand invoices that were loaded before change. In the first run, "changed", each has ten events: its description,
which Upflow does not hold, and its due date change ten times. In the second run, "paid", each is paid once. The sync
runs without Airflow, on SQLite.

* "requests to Upflow, beyond one a record that differs": 0 means that ten events on one invoice cost one write.
* "requests to Stripe": pages of events (100 events each) and of records, by resource.
* "time" (s): of the run, with fakes that answer at once.

Takes about a minute.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.delivery.loading import Loading
from benchmarks.figures import Figure
from benchmarks.vendors import ALL, vendors
from demo.vendors import Stripe, Upflow
from upflow_provider.ledger import Ledger
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.event_feed import feed_filters
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

DAY_S = 86_400
NEXT_SECOND_S = 1.1
"""A pause, in seconds: a window begins and ends with a whole second."""

Action = tuple[str, dict[str, object]]
"""Something that people do in Stripe, and its arguments."""


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much changes.

    Attributes:
        invoices: How many invoices change.
        events_each: Events of each in the first run.
    """

    invoices: int
    events_each: int


NORMAL = Size(invoices=1_000, events_each=10)
SMOKE = Size(invoices=5, events_each=3)


def run(size: Size) -> list[Figure]:
    """Load the invoices, change them, and sync."""
    with databases.sqlite() as url, vendors(Seed(seed=3, customers=1, invoices=1), "--no-limits") as (stripe, upflow):
        loading = Loading(stripe.url, f"{upflow.url}/v1", Ledger(sa.create_engine(url), "bench"))
        ids = _create_invoices(stripe, size.invoices)
        now = datetime.now(UTC)
        for name in STREAMS:
            loading.load(name, Window(now - timedelta(days=1), now + timedelta(days=1)))
        return [
            *_sync("changed", loading, stripe, upflow, _edits(ids, size.events_each)),
            *_sync("paid", loading, stripe, upflow, [("pay_invoice", {"invoice_id": each}) for each in ids]),
        ]


def _create_invoices(stripe: Stripe, count: int) -> list[str]:
    """Create open invoices, each of a customer of its own; return their ids."""
    ids = [f"in_c{number}" for number in range(count)]
    for number, invoice_id in enumerate(ids):
        stripe.act("create_customer", id=f"cus_c{number}", name="Alder")
        stripe.act("create_invoice", customer=f"cus_c{number}", total=1200, id=invoice_id)
        stripe.act("finalize_invoice", invoice_id=invoice_id)
    return ids


def _edits(ids: list[str], times: int) -> list[Action]:
    """Return edits of description and due date, several of each invoice."""
    due = int(time.time())
    return [
        ("update_invoice", {"invoice_id": each, "description": f"{number}", "due_date": due + DAY_S * number})
        for each in ids
        for number in range(times)
    ]


def _sync(what: str, loading: Loading, stripe: Stripe, upflow: Upflow, actions: list[Action]) -> list[Figure]:
    """Do the actions in Stripe, sync them, and count the requests."""
    window = _act(stripe, actions)
    reads, writes = stripe.requests()["count"], upflow.requests()["count"]
    began = time.monotonic()
    changes, reports = loading.catch_up(what, window)
    took_s = time.monotonic() - began
    log = stripe.requests(last=ALL)["requests"][reads:]
    by_resource = Counter(request["path"].split("/")[2] for request in log)
    event_pages = by_resource.pop("events")
    written = upflow.requests()["count"] - writes
    differing = sum(report.updated + report.created for report in reports.values())
    return [
        Figure(f"{what}: events", changes.events),
        Figure(f"{what}: records that differ", differing),
        Figure(f"{what}: requests to Upflow, beyond one a record that differs", written - differing, "<= 10"),
        Figure(
            f"{what}: requests to Stripe for events",
            event_pages,
            f"a hundredth of the events, and {len(feed_filters())}",
        ),
        *(
            Figure(f"{what}: requests to Stripe for {resource.replace('_', ' ')}", count)
            for resource, count in by_resource.items()
        ),
        Figure(f"{what}: time", took_s, unit="s", digits=1),
    ]


def _act(stripe: Stripe, actions: list[Action]) -> Window:
    """Do the actions, and return the window that they fall into."""
    time.sleep(NEXT_SECOND_S)
    start = datetime.now(UTC).replace(microsecond=0)
    for name, arguments in actions:
        stripe.act(name, **arguments)
    time.sleep(NEXT_SECOND_S)
    return Window(start, datetime.now(UTC))
