"""The fake vendors in a process of their own, and clients of them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from benchmarks.processes import server
from demo.vendors import Fake, Salesforce, Stripe, Upflow
from upflow_provider.clients.budget import Budget
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.runs.host_clock import host_now
from upflow_provider.testing import serve
from upflow_provider.testing.seed.salesforce_accounts import sales
from upflow_provider.testing.seed.seed import Seed
from upflow_provider.testing.wire.certificates import Certificates

if TYPE_CHECKING:
    import stripe

LATENCY_S = 0.1, 0.4
"""Shortest and longest time a request to Upflow takes."""
LATENCY = ("--latency", *map(str, LATENCY_S))
"""Option of the fakes for `LATENCY_S`."""
STRIPE_KEY, UPFLOW_KEY, UPFLOW_SECRET = "sk_test_fake", "upflow-key", "upflow-secret"
"""Credentials that the fakes accept."""
READ_PACE = 1_000_000.0
"""Requests a second to Stripe: no limit, where CPU or memory is measured."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")
"""HTTP methods of requests that change something."""
ALL = 1_000_000
"""More requests than any log holds."""


@contextmanager
def vendors(seed: Seed, *options: str) -> Iterator[tuple[Stripe, Upflow]]:
    """
    Serve the fake Stripe and the fake Upflow until the block ends.

    Args:
        seed: What Stripe holds.
        options: Further options of ``python -m upflow_provider.testing``.

    Raises:
        RuntimeError: They did not start; standard error says why.
    """
    data = {"seed": seed.seed, "customers": seed.customers, "invoices": seed.invoices}
    days = {"start": seed.start.date(), "end": seed.end.date()}
    arguments = [f"--{name}={value}" for name, value in {**data, **days}.items()]
    with server("upflow_provider.testing", *arguments, *options) as next_line:
        upflow_url, stripe_url = next_line().split()[1], next_line().split()[1]
        yield Stripe(stripe_url, STRIPE_KEY), Upflow(upflow_url.removesuffix("/v1"), UPFLOW_KEY, UPFLOW_SECRET)


@contextmanager
def salesforce(seed: Seed) -> Iterator[Salesforce]:
    """
    Serve the fake Salesforce until the block ends, with an Account for each customer of *seed*.

    Args:
        seed: What Stripe holds.
    """
    fake, trusted = sales(seed), certificates()
    with serve(fake.app, tls=trusted.server) as running:
        fake.url, known = running.url, fake.credentials
        yield Salesforce(fake.url, known.client_id, known.client_secret, trusted=trusted.authority)


@cache
def certificates() -> Certificates:
    """Return the fake Salesforce's certificates, which the Airflow of benchmarks trusts; they go with the process."""
    folder = Path(tempfile.mkdtemp(prefix="upflow-bench-certificates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Certificates.of(folder)


def client_of(base_url: str, budget: Budget | None = None) -> UpflowClient:
    """Return a client of the fake Upflow at *base_url*."""
    session = requests.Session()
    session.headers.update({"X-Api-Key": UPFLOW_KEY, "X-Api-Secret": UPFLOW_SECRET})
    return UpflowClient(UpflowHttp(session, base_url, budget=budget))


def sdk_of(url: str) -> stripe.StripeClient:
    """Return Stripe's own client, configured as in `source_of`."""
    return open_sdk(STRIPE_KEY, base_url=url)


def source_of(
    url: str, tick: Callable[[], datetime] = host_now, further: Mapping[str, Sequence[str]] | None = None
) -> StripeSource:
    """Return a source of the fake Stripe's records, whose reads *tick* orders; *further* is expanded by resource."""
    return StripeSource(sdk_of(url), requests_per_second=READ_PACE, tick=tick, further=further)


def requests_to(fake: Fake, *methods: str) -> list[dict[str, Any]]:
    """Return the requests of these methods that a fake has received, in order."""
    return [request for request in fake.requests(last=ALL)["requests"] if request["method"] in methods]
