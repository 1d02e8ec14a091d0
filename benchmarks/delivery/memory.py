"""
How much memory a sync needs, and whether that depends on how many records there are.

Two fresh processes sync unchanged invoices of one ledger (SQLite) and one fake Stripe, one after the other: the first
10,000 invoices, the second 500,000.

* "peak memory" (MB): the peak of the process's resident memory; "growth" is the difference of the two.
* "records a second": of wall time, in the second process.
* "requests to Upflow": 0, because nothing has changed.

Takes about 10 minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.processes import run_module
from benchmarks.vendors import vendors
from upflow_provider.ledger import Expectation, Ledger, ListedRecord
from upflow_provider.records.content_hash import payload_hash
from upflow_provider.records.mapped import Mapped
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.invoices import INVOICES
from upflow_provider.testing.seed.money import SeedMoney
from upflow_provider.testing.seed.seed import Seed

MODULE = "benchmarks.delivery.memory_sync"
BATCH = 10_000
"""Records that the ledger learns at a time."""


@dataclass(frozen=True, slots=True)
class Size:
    """
    How many invoices to sync.

    Attributes:
        few: In the first process.
        many: In the second process.
        is_isolated: Whether each sync has a process of its own, without which its peak of memory means nothing.
    """

    few: int
    many: int
    is_isolated: bool

    @property
    def seed(self) -> Seed:
        """What Stripe holds: *many* invoices of five years, a hundred of each customer."""
        start, end = datetime(2021, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
        return Seed(seed=9, customers=max(1, self.many // 100), invoices=self.many, start=start, end=end)


NORMAL = Size(few=10_000, many=500_000, is_isolated=True)
SMOKE = Size(few=20, many=120, is_isolated=False)


def run(size: Size) -> list[Figure]:
    """Fill a ledger, then sync a few invoices and many."""
    seed = size.seed
    with databases.sqlite() as url:
        _fill(Ledger(sa.create_engine(url), "bench"), seed)
        with vendors(seed, "--no-limits") as (stripe, upflow):
            since_s = [seed.invoice_created(size.many - count) for count in (size.few, size.many)]
            few, many = [
                run_module(MODULE, url, stripe.url, f"{upflow.url}/v1", str(each), is_isolated=size.is_isolated)
                for each in since_s
            ]
            writes = upflow.requests()["count"]
    return [
        Figure(f"peak memory, {few['read']:,} invoices", few["peak_mb"], unit="MB", digits=1),
        Figure(f"peak memory, {many['read']:,} invoices", many["peak_mb"], unit="MB", digits=1),
        Figure("growth", many["peak_mb"] - few["peak_mb"], "< 50 MB", unit="MB", digits=1),
        Figure("unchanged, of the many", many["unchanged"]),
        Figure("drafts, which are skipped", many["skipped"]),
        Figure("requests to Upflow", writes, "0"),
        Figure("records a second", many["read"] / many["took_s"], unit="1/s"),
    ]


def _fill(ledger: Ledger, seed: Seed) -> None:
    """Let the ledger know every invoice that is not a draft."""
    options, now, money = Options(), datetime.now(UTC), SeedMoney(seed)
    for first in range(0, seed.invoices, BATCH):
        seen, expected = [], []
        for number in range(first, min(first + BATCH, seed.invoices)):
            mapped = INVOICES.to_upflow(_invoice(seed, money, number), options)
            if isinstance(mapped, Mapped):
                external_id, outstanding = mapped.payload["externalId"], mapped.outstanding or 0
                content = payload_hash(mapped.payload, mapped.balancing)
                seen.append(ListedRecord(external_id, f"upflow-{number}", content, observed=outstanding))
                expected.append(Expectation(external_id, outstanding, now))
        ledger.inventory.adopt(INVOICES.name, seen)
        ledger.balances.expect(expected)


def _invoice(seed: Seed, money: SeedMoney, number: int) -> dict[str, Any]:
    """Return an invoice with its payments, as Stripe lists it."""
    is_paid = seed.fate(number).paid_by in {"payment_intent", "payment_record"}
    payments = {"data": [money.application(number)] if is_paid else [], "has_more": False}
    return {**seed.invoice(number), "payments": payments}
