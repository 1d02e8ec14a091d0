"""
How much memory a sync needs, and whether that depends on how much there is to sync.

A fresh process each time syncs unchanged invoices: first 10,000, then 500,000 of the same ledger and
the same fake Stripe. Measured is the peak of its resident memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.vendors import vendors
from upflow_provider.ledger import Ledger, Seen
from upflow_provider.records.content_hash import payload_hash
from upflow_provider.records.mapped import Mapped
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.invoices import INVOICES
from upflow_provider.testing.seed.money import SeedMoney
from upflow_provider.testing.seed.seed import Seed

FEW, MANY = 10_000, 500_000
SEED = Seed(
    seed=9,
    customers=5_000,
    invoices=MANY,
    start=datetime(2021, 1, 1, tzinfo=UTC),
    end=datetime(2026, 1, 1, tzinfo=UTC),
)
MONEY = SeedMoney(SEED)


def run() -> list[Figure]:
    """Fill a ledger, and sync a little and a lot of it."""
    with databases.sqlite() as url:
        ledger = Ledger(sa.create_engine(url), "bench")
        _remember(ledger)
        with vendors(SEED, "--no-limits") as (stripe, upflow):
            few, many = (_sync(url, stripe.url, upflow.url, SEED.invoice_created(MANY - n)) for n in (FEW, MANY))
            writes = upflow.requests()["count"]
    return [
        Figure(f"peak memory, {few['read']:,} invoices", few["peak_mb"], form="{:.1f} MB"),
        Figure(f"peak memory, {many['read']:,} invoices", many["peak_mb"], form="{:.1f} MB"),
        Figure("growth", many["peak_mb"] - few["peak_mb"], "< 50 MB", "{:.1f} MB"),
        Figure("unchanged, of the many", many["unchanged"]),
        Figure("drafts, which are skipped", many["skipped"]),
        Figure("requests to Upflow", writes, "0"),
        Figure("records a second", many["read"] / many["took_s"]),
    ]


def _remember(ledger: Ledger) -> None:
    """Let the ledger know every invoice that is no draft."""
    options, now = Options(), datetime.now(UTC)
    for first in range(0, SEED.invoices, FEW):
        seen, expected = [], []
        for number in range(first, first + FEW):
            mapped = INVOICES.to_upflow(_complete(number), options)
            if isinstance(mapped, Mapped):
                external_id, outstanding = mapped.payload["externalId"], mapped.outstanding or 0
                content = payload_hash(mapped.payload, mapped.balancing)
                seen.append(Seen(external_id, f"upflow-{number}", content, observed=outstanding))
                expected.append((external_id, outstanding, now))
        ledger.adopt(INVOICES.name, seen)
        ledger.balances.expect(expected)


def _complete(number: int) -> dict[str, Any]:
    """Return an invoice with its payments, as Stripe lists it."""
    fate, invoice = SEED.fate(number), SEED.invoice(number)
    is_paid = fate.paid_by in {"payment_intent", "payment_record"}
    return {**invoice, "payments": {"data": [MONEY.application(number)] if is_paid else [], "has_more": False}}


def _sync(database: str, stripe: str, upflow: str, since_s: int) -> dict[str, Any]:
    """Sync in a fresh process what was created since then; return what it says."""
    arguments = [database, stripe, f"{upflow}/v1", str(since_s)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory_sync", *arguments], check=True, stdout=subprocess.PIPE
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said
