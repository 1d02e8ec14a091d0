"""
How long a change in Stripe takes to Upflow in live mode, under ``airflow standalone``.

Fifty changes in turn (a customer created, a customer renamed, an invoice finalized, an invoice paid), some alone and
some close together.

* "from Stripe to Upflow" (s): from the change in the fake Stripe until the fake Upflow has answered its write. A run
  leaves out events of the last 60 s (``lag_s``), so that no change can be faster than that.
* "runs": of the sync; changes that are close together share one.

Takes about 8 minutes.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.airflow.standalone import Settings, connected, standalone, until_idle
from benchmarks.figures import Figure
from benchmarks.vendors import requests_to, vendors
from demo.airflow import SYNC, Airflow
from demo.vendors import Stripe, Upflow
from upflow_provider.testing.seed.seed import Seed

NAME = "live"
"""The organization's name."""
KINDS = {"create": "customers", "rename": "customers", "finalize": "invoices", "pay": "payments"}
"""Kinds of changes, and the collection of Upflow that shows each."""
OVERHEAD_S = 30.0
"""Seconds beyond the lag that a change may take."""
TOGETHER = 0.4
"""Share of the changes that the next one follows at once."""
LOOK_EVERY_S = 2.0
WAIT_S = 300.0
"""Seconds after the last change in which the first write of each must have come; the schedule is every 5 minutes."""


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much changes, and how fast.

    Attributes:
        changes: How many changes.
        lag_s: The setting ``lag_s``, in seconds.
        pause_s: Mean time between two changes that do not come together, in seconds.
        trigger_s: Seconds that Airflow's triggerer gets to start watching Stripe.
    """

    changes: int
    lag_s: float
    pause_s: float
    trigger_s: float

    @property
    def settings(self) -> Settings:
        """Settings of the organization `NAME`."""
        return {"live": True, "lag_s": self.lag_s}


NORMAL = Size(changes=50, lag_s=60.0, pause_s=8.0, trigger_s=20.0)
SMOKE = Size(changes=4, lag_s=2.0, pause_s=0.2, trigger_s=5.0)


@dataclass(frozen=True, slots=True)
class Change:
    """
    One change in Stripe.

    Attributes:
        at: When it was made, in seconds of a monotonic clock, which all processes of a machine share.
        customer: Id of its customer; each customer has one change.
        path: Path of its write to Upflow.
    """

    at: float
    customer: str
    path: str


def run(size: Size) -> list[Figure]:
    """Start Airflow, and measure."""
    with standalone({NAME: size.settings}) as airflow:
        return measure(airflow, size)


def measure(airflow: Airflow, size: Size) -> list[Figure]:
    """Make the changes in the Stripe of the organization `NAME`, and find their writes in Upflow's log."""
    seed = Seed(seed=3, customers=1, invoices=2)
    with vendors(seed) as (stripe, upflow), connected(airflow, SYNC, NAME, stripe, upflow) as sync:
        changes = begin(sync, stripe, size)
        took_s = arrivals_s(upflow, changes())
        return figures(size, took_s, runs=len(sync.run_states()))


def begin(sync: Airflow, stripe: Stripe, size: Size) -> Callable[[], list[Change]]:
    """Prepare the changes, let the sync begin, and return the function that makes the changes."""
    kinds = [_prepare(stripe, number) for number in range(size.changes)]
    time.sleep(size.lag_s + 5)
    sync.unpause()
    until_idle(sync)
    time.sleep(size.trigger_s)
    return lambda: _make(stripe, kinds, size.pause_s)


def figures(size: Size, took_s: list[float], runs: int) -> list[Figure]:
    """Return the figures of changes that took so many seconds."""
    slowest_s = statistics.quantiles(took_s, n=20)[-1]
    allowed = f"<= {size.lag_s + OVERHEAD_S:.0f} s"
    return [
        Figure("changes that arrived", len(took_s), str(size.changes)),
        Figure("from Stripe to Upflow, median", statistics.median(took_s), unit="s", digits=1),
        Figure("from Stripe to Upflow, 95th percentile", slowest_s, allowed, unit="s", digits=1),
        Figure("from Stripe to Upflow, longest", max(took_s), unit="s", digits=1),
        Figure("runs", runs),
    ]


def _prepare(stripe: Stripe, number: int) -> str:
    """Create what a change needs, and return the kind of the change."""
    kind = list(KINDS)[number % len(KINDS)]
    if kind != "create":
        stripe.act("create_customer", id=f"cus_b{number}", name="Alder")
    if kind in {"finalize", "pay"}:
        stripe.act("create_invoice", customer=f"cus_b{number}", total=1200, id=f"in_b{number}")
    if kind == "pay":
        stripe.act("finalize_invoice", invoice_id=f"in_b{number}")
    return kind


def _make(stripe: Stripe, kinds: list[str], pause_s: float) -> list[Change]:
    """Make the changes, with random pauses between them."""
    dice, changes = random.Random(5), []  # noqa: S311 - the same pauses each time
    for number, kind in enumerate(kinds):
        changes.append(_change(stripe, number, kind))
        if dice.random() > TOGETHER:
            time.sleep(dice.expovariate(1 / pause_s))
    return changes


def _change(stripe: Stripe, number: int, kind: str) -> Change:
    at, customer, invoice = time.monotonic(), f"cus_b{number}", f"in_b{number}"
    if kind == "create":
        stripe.act("create_customer", id=customer, name="Alder")
    elif kind == "rename":
        stripe.act("update_customer", customer_id=customer, name="Birch")
    elif kind == "finalize":
        stripe.act("finalize_invoice", invoice_id=invoice)
    else:
        stripe.act("pay_invoice", invoice_id=invoice)
    return Change(at, customer, f"/v1/{KINDS[kind]}")


def arrivals_s(upflow: Upflow, changes: list[Change]) -> list[float]:
    """
    Wait until all changes have arrived, or the time is over, and return how many seconds each took that did.

    Raises:
        RuntimeError: Hardly any arrived.
    """
    deadline = time.monotonic() + WAIT_S
    while True:
        log = requests_to(upflow, "POST")
        arrived = [took_s for change in changes if (took_s := _took_s(log, change)) is not None]
        if len(arrived) == len(changes):
            return arrived
        if time.monotonic() > deadline:
            if len(arrived) <= 1:
                raise RuntimeError(f"{len(arrived)} of {len(changes)} changes arrived within {WAIT_S:.0f} s")
            return arrived
        time.sleep(LOOK_EVERY_S)


def _took_s(log: list[dict[str, Any]], change: Change) -> float | None:
    """Return how long a change took, in seconds; ``None`` if it has not arrived."""
    ended: list[float] = [
        request["ended"]
        for request in log
        if (request["path"], request["customer"]) == (change.path, change.customer)
        and request["at"] > change.at
        and request["ended"] is not None  # else it is under way
    ]
    return min(ended) - change.at if ended else None
