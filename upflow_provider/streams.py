"""
The streams: one row per entity that goes from Stripe to Upflow.

DAG tasks, ledger names, the README's table and the conformance tests derive from `STREAMS`.
A new entity is one mapping file, one row here and one test file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from upflow_provider.mapping import customers, invoices
from upflow_provider.mapping.options import Options
from upflow_provider.mapping.outcome import Mapped, Skip
from upflow_provider.payloads import Collection

Record = Mapping[str, Any]
"""One source record as plain JSON."""


@dataclass(frozen=True, slots=True)
class Stream:
    """
    One entity, from its source to its destination.

    Attributes:
        name: Name of the stream: of its task, and in the ledger.
        resource: Collection of the Stripe API that it is read from.
        expand: What Stripe leaves out unless asked; relative to one record.
        collection: Collection of the Upflow API that it is imported into.
        to_upflow: Mapping of one Stripe record, pure.
        title: What to call its records in messages, in the plural.
        snapshot: Mapping of the customer that one of its records tells of, for a customer that is
            gone from the source; ``None`` when its records tell of none.
        after: Streams that come first because this one refers to their records.
    """

    name: str
    resource: str
    expand: tuple[str, ...]
    collection: Collection
    to_upflow: Callable[[Record, Options], Mapped | Skip]
    title: str
    snapshot: Callable[[Record, Options], Mapped] | None = None
    after: tuple[str, ...] = ()


CUSTOMERS = Stream(
    name="customers",
    resource="customers",
    expand=("tax_ids",),
    collection="customers",
    to_upflow=customers.to_upflow,
    title="customers with their main contact",
)
INVOICES = Stream(
    name="invoices",
    resource="invoices",
    expand=(),
    collection="invoices",
    to_upflow=invoices.to_upflow,
    title="finalized invoices",
    snapshot=customers.from_invoice,
    after=("customers",),
)

STREAMS: dict[str, Stream] = {stream.name: stream for stream in (CUSTOMERS, INVOICES)}
"""Every stream by name, in dependency order."""
