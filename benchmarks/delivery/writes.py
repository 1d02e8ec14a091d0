"""
How many requests one record costs: on its first load, and when it is loaded again.

A small Stripe is loaded twice into an empty Upflow, first with links `inline`, then, from the start, with `reconcile`.
A customer comes with all of its contacts, a document with its links, and both with the custom fields that are declared,
so one write each is enough. What Stripe settles without a record of its own needs balancing documents, which have a
colon in their external id, and cost one write each.

* "writes per record": requests that write a collection, without those for balancing documents, divided by its records.
  A collection without records has no such figure.
* "balancing documents for 100 records": how many writes they add.
* "further requests to link, per document": 0 with `inline`.
* "writes of the second load": 0, because nothing has changed.

Takes about a minute and a half.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.delivery.loading import Loading
from benchmarks.figures import Figure
from benchmarks.vendors import WRITES, requests_to, vendors
from demo.vendors import Upflow
from upflow_provider.ledger import Ledger, Outcome
from upflow_provider.records.contacts import ContactSource
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings
from upflow_provider.stripe_to_upflow.mapping.native_fields import native_fields
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

FIELDS = CustomFieldSettings.model_validate(
    {
        "customers": [
            *({"native": name, "field": name} for name in native_fields("customers")),
            {"metadata": "tier", "field": "Tier"},
        ],
        "invoices": [
            {"metadata": "order", "field": "Order", "type": "NUMBER"},
            {"native": "Description", "field": "Memo"},
        ],
        "payments": [{"metadata": "order", "field": "Order", "type": "NUMBER"}],
    }
)
"""Custom fields that are declared: every native field of customers, and metadata."""
CONTACTS = Options(contact_sources=(ContactSource("additional_emails_cc", "Copies"),), contacts_way="contacts")
"""A third of the customers has an additional contact."""
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Size:
    """
    What Stripe holds.

    Attributes:
        customers: How many customers.
        invoices: How many invoices, with their payments, credit notes and refunds.
    """

    customers: int
    invoices: int


NORMAL = Size(customers=100, invoices=1_500)
SMOKE = Size(customers=3, invoices=30)


def run(size: Size) -> list[Figure]:
    """Load everything with each method of linking."""
    seed = Seed(seed=3, customers=size.customers, invoices=size.invoices)
    return [figure for links in ("inline", "reconcile") for figure in _figures(links, seed)]


def _figures(links: str, seed: Seed) -> list[Figure]:
    """Load everything twice, and count."""
    with databases.sqlite() as url, vendors(seed, "--no-limits") as (stripe, upflow):
        ledger = Ledger(sa.create_engine(url), "bench")
        upflow.call("PUT", "/_fake/settings", {"behaviour": {"document_custom_fields": "kept"}})
        loading = Loading(stripe.url, f"{upflow.url}/v1", ledger, links, FIELDS, CONTACTS)
        defined = _requests(upflow, "GET", *WRITES)
        for name in STREAMS:
            loading.load(name, WINDOW)
        imported = {name: ledger.counts(name).get(Outcome.IMPORTED, 0) for name in STREAMS}
        first = _requests(upflow, *WRITES) - defined
        closing = loading.close(WINDOW)
        reads = (_requests(upflow, "GET") - defined).total()
        balancing = {name: sum(":" in each["externalId"] for each in upflow.records(name)) for name in STREAMS}
        again = [loading.load(name, WINDOW) for name in STREAMS]
        second = _requests(upflow, *WRITES) - defined - first
    return [
        *_first_load(links, imported, balancing, first),
        Figure(f"{links}: invoices that the closing check had to look into", closing.checked, "0"),
        Figure(f"{links}: reads from Upflow", reads, "0" if links == "inline" else "invoices / 500"),
        Figure(f"{links}: writes of the second load", second.total(), "0"),
        Figure(f"{links}: unchanged in the second load", sum(report.unchanged for report in again)),
    ]


def _first_load(
    links: str, imported: dict[str, int], balancing: dict[str, int], requests: Counter[str]
) -> Iterator[Figure]:
    """Yield what records and balancing documents, by collection, cost in requests, by path."""
    records, documents = sum(imported.values()), sum(balancing.values())
    linked = records - imported["customers"] - imported["invoices"] + documents
    yield Figure(f"{links}: records loaded", records)
    for name, count in imported.items():
        if count:
            writes = (requests[f"/v1/{name}"] - balancing[name]) / count
            yield Figure(f"{links}: writes per record, {name}", writes, "1.00", digits=2)
    yield Figure(f"{links}: balancing documents for 100 records", 100 * documents / records, digits=1)
    further, target = requests["/v1/reconcile"] / linked, "0.00" if links == "inline" else "<= 1.00"
    yield Figure(f"{links}: further requests to link, per document", further, target, digits=2)


def _requests(upflow: Upflow, *methods: str) -> Counter[str]:
    """Return how many requests of these methods Upflow has received, by path."""
    return Counter(request["path"] for request in requests_to(upflow, *methods))
