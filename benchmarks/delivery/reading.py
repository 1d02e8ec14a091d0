"""
What it costs to read an unchanged invoice: ours against the typed Stripe SDK's plain listing.

Ours is everything that an unchanged invoice goes through: a page over HTTP, mapping, ledger (SQLite), decision. Theirs
is ``invoices.list(...).auto_paging_iter()`` with payments expanded, and nothing else. Both read the same 10,000
invoices from the same fake in turns, three times; the best of each counts, because noise only ever adds.

* "records/s of CPU": records for each second of CPU that this process uses, user and system time.
* "ratio": ours divided by theirs; 5 means that ours needs a fifth of the CPU. It is lower on a loaded machine.

Takes about a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.vendors import sdk_of, source_of, vendors
from upflow_provider.delivery.decision import Action, decide
from upflow_provider.ledger import Ledger, ListedRecord
from upflow_provider.records.mapped import Mapped
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.invoices import INVOICES
from upflow_provider.testing.seed.seed import Seed

WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much to read.

    Attributes:
        customers: Whose invoices they are.
        invoices: How many each turn reads.
        turns: How often each side reads all of them.
    """

    customers: int
    invoices: int
    turns: int


NORMAL = Size(customers=500, invoices=10_000, turns=3)
SMOKE = Size(customers=4, invoices=40, turns=1)


def run(size: Size) -> list[Figure]:
    """Take turns, and compare the best."""
    seed = Seed(seed=5, customers=size.customers, invoices=size.invoices)
    with databases.sqlite() as url, vendors(seed, "--no-limits") as (stripe, _):
        ledger = Ledger(sa.create_engine(url), "bench")
        _fill(ledger, stripe.url)
        turns = [
            (
                _per_cpu_s(lambda: _ours(ledger, stripe.url), size.invoices),
                _per_cpu_s(lambda: _theirs(stripe.url), size.invoices),
            )
            for _ in range(size.turns)
        ]
    ours, theirs = (max(column) for column in zip(*turns, strict=True))
    return [
        Figure("reading + mapping + deciding", ours, unit="records/s of CPU"),
        Figure("typed SDK, listing only", theirs, unit="records/s of CPU"),
        Figure("ratio", ours / theirs, ">= 4", digits=1),
    ]


def _fill(ledger: Ledger, stripe_url: str) -> None:
    """Let the ledger know every invoice as it is."""
    options, now = Options(), datetime.now(UTC)
    for page in Reader(source_of(stripe_url)).pages(INVOICES, WINDOW):
        mapped = [INVOICES.to_upflow(record, options) for record in page.records]
        seen = (
            ListedRecord(each.payload["externalId"], "upflow-id", decide(each, now, None).content)
            for each in mapped
            if isinstance(each, Mapped)
        )
        ledger.inventory.adopt(INVOICES.name, seen)


def _ours(ledger: Ledger, stripe_url: str) -> int:
    """Read, map and decide as `upflow_provider.delivery.page_sync` does; return how many records there were."""
    options, count = Options(), 0
    for page in Reader(source_of(stripe_url)).pages(INVOICES, WINDOW):
        known = ledger.records(INVOICES.name, [record["id"] for record in page.records])
        for record in page.records:
            count += 1
            mapped = INVOICES.to_upflow(record, options)
            if isinstance(mapped, Mapped):
                action = decide(mapped, page.read_at, known.get(record["id"])).action
                if action is not Action.UNCHANGED:
                    raise RuntimeError(f"{record['id']} must be unchanged, but is {action}")
    return count


def _theirs(stripe_url: str) -> int:
    """List as the SDK's documentation shows; return how many records there were."""
    listing = sdk_of(stripe_url).v1.invoices.list(
        {
            "limit": 100,
            "created": {"gte": int(WINDOW.start.timestamp()), "lt": int(WINDOW.end.timestamp())},
            "expand": ["data.payments"],
        }
    )
    return sum(1 for _ in listing.auto_paging_iter())


def _per_cpu_s(read: Callable[[], int], expected: int) -> float:
    """Return records per second of this process's CPU, system time included."""
    before = time.process_time()
    count = read()
    if count != expected:
        raise RuntimeError(f"{count} invoices were read instead of {expected}")
    return count / (time.process_time() - before)
