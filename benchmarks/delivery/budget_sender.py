"""
One process of the benchmark `budget`: sends as many requests as the budget allows, and reports how long they waited.

``python -m benchmarks.delivery.budget_sender DATABASE UPFLOW LANE SECONDS``
"""

from __future__ import annotations

import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from benchmarks.processes import answer
from benchmarks.vendors import client_of
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.ledger import LedgerBudget

THREADS = 3
LIVE_PAUSE_S = 0.5, 1.5
"""Shortest and longest pause of a live thread, which has something to do only now and then."""


def main(database: str, base_url: str, lane: str, seconds: str) -> dict[str, Any]:
    """Send requests for some seconds, and return their number and their waits for a slot (seconds)."""
    budget = LedgerBudget(sa.create_engine(database), "bench", lane="live" if lane == "live" else "history")
    client = client_of(base_url, budget)
    until = time.monotonic() + float(seconds)
    with ThreadPoolExecutor(THREADS) as pool:
        threads = [pool.submit(_send, client, until, number, is_live=lane == "live") for number in range(THREADS)]
        waits = [wait_s for thread in threads for wait_s in thread.result()]
    return {"requests": len(waits), "waits_s": waits}


def _send(client: UpflowClient, until: float, thread: int, *, is_live: bool) -> list[float]:
    """Import a customer again and again; return how long each request waited for its slot, in seconds."""
    waits: list[float] = []
    customer_id = f"cus_{os.getpid()}_{thread}"
    while time.monotonic() < until:
        if is_live:
            time.sleep(random.uniform(*LIVE_PAUSE_S))  # noqa: S311 - a pause, not a secret
        asked = time.monotonic()
        client.import_(
            "customers",
            {"externalId": customer_id, "name": f"Alder {len(waits)}"},
            before_send=lambda _, asked=asked: waits.append(time.monotonic() - asked),  # type: ignore[misc]
        )
    return waits


if __name__ == "__main__":
    answer(main(*sys.argv[1:]))
