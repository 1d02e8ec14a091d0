"""
One process of the benchmark `budget`: sends as much as it may, and says how it went.

``python -m benchmarks.budget_sender DATABASE UPFLOW LANE SECONDS``
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from benchmarks.vendors import client_of
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.ledger import LedgerBudget

THREADS = 3
LIVE_PAUSE_S = 0.5, 1.5
"""Shortest and longest pause of a live thread: it has something to do now and then only."""


def main(database: str, base_url: str, lane: str, seconds: str) -> None:
    """Send until the time is over, and print requests and waits (seconds) as JSON."""
    budget = LedgerBudget(sa.create_engine(database), "bench", lane="live" if lane == "live" else "history")
    client = client_of(base_url, budget)
    until = time.monotonic() + float(seconds)
    with ThreadPoolExecutor(THREADS) as pool:
        threads = [pool.submit(_send, client, until, number, live=lane == "live") for number in range(THREADS)]
        waits = [wait_s for thread in threads for wait_s in thread.result()]
    print(json.dumps({"requests": len(waits), "waits_s": waits}))


def _send(client: UpflowClient, until: float, thread: int, *, live: bool) -> list[float]:
    """Import a customer again and again; return how long each request waited for its slot, in seconds."""
    waits: list[float] = []
    customer_id = f"cus_{os.getpid()}_{thread}"
    while time.monotonic() < until:
        if live:
            time.sleep(random.uniform(*LIVE_PAUSE_S))
        asked = time.monotonic()
        client.import_(
            "customers",
            {"externalId": customer_id, "name": f"Alder {len(waits)}"},
            before_send=lambda asked=asked: waits.append(time.monotonic() - asked),  # type: ignore[misc]
        )
    return waits


if __name__ == "__main__":
    main(*sys.argv[1:])
