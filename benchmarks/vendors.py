"""The fake vendors in a process of their own, and what speaks to them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import requests

from demo.vendors import Stripe, Upflow
from upflow_provider.clients.budget import Budget
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.testing.seed.seed import Seed

if TYPE_CHECKING:
    import stripe

LATENCY_S = 0.1, 0.4
"""Shortest and longest time a request to Upflow takes."""
STRIPE_KEY, UPFLOW_KEY, UPFLOW_SECRET = "sk_test_fake", "upflow-key", "upflow-secret"
"""What the fakes accept."""
STOP_S = 10.0
"""Seconds the fakes have to end."""
READ_PACE = 1_000_000.0
"""Requests a second to Stripe: as fast as it goes, where CPU or memory is measured."""


@contextmanager
def vendors(seed: Seed, *options: str) -> Iterator[tuple[Stripe, Upflow]]:
    """
    Serve both fakes until the block ends.

    Args:
        seed: What Stripe holds.
        options: Further options of ``python -m upflow_provider.testing``.

    Raises:
        RuntimeError: They did not start; they have said why.
    """
    data = {"seed": seed.seed, "customers": seed.customers, "invoices": seed.invoices}
    days = {"start": seed.start.date(), "end": seed.end.date()}
    arguments = [f"--{name}={value}" for name, value in {**data, **days}.items()]
    command = [sys.executable, "-m", "upflow_provider.testing", *arguments, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            upflow_url, stripe_url = _announced(process), _announced(process)
            yield Stripe(stripe_url, STRIPE_KEY), Upflow(upflow_url.removesuffix("/v1"), UPFLOW_KEY, UPFLOW_SECRET)
        finally:
            process.terminate()
            process.wait(STOP_S)


def _announced(process: subprocess.Popen[str]) -> str:
    """Return the address of a fake from the line that it prints once it answers."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"the fakes ended with status {process.wait()}")
    return line.split()[1]


def client_of(base_url: str, budget: Budget | None = None) -> UpflowClient:
    """Return a client of the fake Upflow at *base_url*."""
    session = requests.Session()
    session.headers.update({"X-Api-Key": UPFLOW_KEY, "X-Api-Secret": UPFLOW_SECRET})
    return UpflowClient(UpflowHttp(session, base_url, budget=budget))


def sdk_of(url: str) -> stripe.StripeClient:
    """Return Stripe's own client, as `source_of` uses it."""
    return open_sdk(STRIPE_KEY, base_url=url)


def source_of(url: str) -> StripeSource:
    """Return a source of the fake Stripe's records."""
    return StripeSource(sdk_of(url), requests_per_second=READ_PACE)


def requests_in(log: dict[str, Any], *methods: str) -> list[dict[str, Any]]:
    """Return the requests of these methods in a fake's log, first one first."""
    return [request for request in log["requests"] if request["method"] in methods]
