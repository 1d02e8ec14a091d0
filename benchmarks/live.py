"""
How long a change in Stripe takes to Upflow in live mode, under `airflow standalone`.

Fifty changes (a customer created or renamed, an invoice finalized, an invoice paid), some alone and some
close together; the time of each is from the change in the fake Stripe to the answer to its write in the fake
Upflow. A run leaves out the last `lag_s` of events, so that no change can be faster than that.
"""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.standalone import airflow_with, until_idle
from benchmarks.vendors import vendors
from demo.vendors import Stripe, Upflow
from upflow_provider.testing.seed.seed import Seed

CHANGES = 50
LAG_S = 60.0
ALLOWED_S = LAG_S + 30
BETWEEN_S = 8.0
"""Mean time between two changes that do not come together, seconds."""
ALL = 1_000_000
WAIT_S = 240.0
"""Seconds after the last change in which the first write of each must have come."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    One change.

    Attributes:
        at: When it was made, seconds of a monotonic clock, which both processes share.
        customer: Whose it was; each customer has one.
        path: Where its write arrives.
    """

    at: float
    customer: str
    path: str


def run() -> list[Figure]:
    """Make the changes, and find their writes in Upflow's log."""
    with (
        vendors(Seed(seed=3, customers=20, invoices=40)) as (stripe, upflow),
        airflow_with(stripe, upflow, f"live: true, lag_s: {LAG_S:.0f}") as airflow,
    ):
        prepared = [_prepare(stripe, number) for number in range(CHANGES)]
        time.sleep(LAG_S + 5)
        airflow.unpause()
        until_idle(airflow)
        time.sleep(20)  # the triggerer takes up the watcher
        dice, changes = random.Random(5), []
        for number, kind in enumerate(prepared):
            changes.append(_change(stripe, number, kind))
            if dice.random() > 0.4:
                time.sleep(dice.expovariate(1 / BETWEEN_S))
        took_s = _arrivals(upflow, changes)
        runs = len(airflow.run_states())
    slowest = statistics.quantiles(took_s, n=20)[-1]
    return [
        Figure("changes that arrived", len(took_s), str(CHANGES)),
        Figure("from Stripe to Upflow, median", statistics.median(took_s), form="{:.1f} s"),
        Figure("from Stripe to Upflow, 95th percentile", slowest, f"<= {ALLOWED_S:.0f} s", "{:.1f} s"),
        Figure("longest", max(took_s), form="{:.1f} s"),
        Figure("runs", runs),
    ]


def _prepare(stripe: Stripe, number: int) -> str:
    """Make what a change of some kind needs, and return the kind."""
    kind = ("create", "rename", "finalize", "pay")[number % 4]
    if kind != "create":
        stripe.act("create_customer", id=f"cus_b{number}", name="Alder")
    if kind in {"finalize", "pay"}:
        stripe.act("create_invoice", customer=f"cus_b{number}", total=1200, id=f"in_b{number}")
    if kind == "pay":
        stripe.act("finalize_invoice", invoice_id=f"in_b{number}")
    return kind


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
    path = {"create": "customers", "rename": "customers", "finalize": "invoices", "pay": "payments"}[kind]
    return Change(at, customer, f"/v1/{path}")


def _arrivals(upflow: Upflow, changes: list[Change]) -> list[float]:
    """Return how long each change took, once all have arrived or the time is over."""
    deadline = time.monotonic() + WAIT_S
    while True:
        log = upflow.requests(last=ALL)["requests"]
        took = [_took_s(log, change) for change in changes]
        arrived = [each for each in took if each is not None]
        if len(arrived) == len(changes) or time.monotonic() > deadline:
            return arrived
        time.sleep(2.0)


def _took_s(log: list[dict[str, float | str]], change: Change) -> float | None:
    ended = [
        float(request["ended"])
        for request in log
        if request["method"] == "POST"
        and request["path"] == change.path
        and request["customer"] == change.customer
        and float(request["at"]) > change.at
    ]
    return min(ended) - change.at if ended else None
