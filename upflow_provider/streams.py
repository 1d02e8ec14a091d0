"""
The streams: one row per entity that goes from Stripe to Upflow.

DAG tasks, ledger names, the README's table and the conformance tests derive from `STREAMS`.
A new entity is one mapping file, one row here and one test file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from upflow_provider import completing
from upflow_provider.mapping import credit_notes, customers, invoices, payments, refunds
from upflow_provider.mapping.options import Options
from upflow_provider.mapping.outcome import Mapped, Skip
from upflow_provider.payloads import Collection

Record = Mapping[str, Any]
"""One source record as plain JSON."""
Complete = Callable[[completing.Finder, Sequence[Record]], Sequence[Record]]


@dataclass(frozen=True, slots=True)
class Read:
    """
    A collection of the Stripe API that a stream is read from.

    Attributes:
        resource: The collection, as in the API's paths.
        expand: What Stripe leaves out unless asked; relative to one record.
        prefixes: How the ids of its records begin.
    """

    resource: str
    expand: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """
    One entity, from its source to its destination.

    Attributes:
        name: Name of the stream: of its task, and in the ledger.
        reads: Where it is read from, one collection after the other.
        collection: Collection of the Upflow API that it is imported into.
        to_upflow: Mapping of one complete record, pure.
        title: What to call its records in messages, in the plural.
        complete: Makes the records of a page complete; see `completing`.
        snapshot: Mapping of the customer that one of its records tells of, for a customer that is
            gone from the source; ``None`` when its records tell of none.
        after: Streams that come first because this one refers to their records.
    """

    name: str
    reads: tuple[Read, ...]
    collection: Collection
    to_upflow: Callable[[Record, Options], Mapped | Skip]
    title: str
    complete: Complete = completing.as_they_are
    snapshot: Callable[[Record, Options], Mapped] | None = None
    after: tuple[str, ...] = ()

    def read_of(self, record_id: str) -> Read:
        """Return the collection that a record is read from."""
        return next((read for read in self.reads if record_id.startswith(read.prefixes)), self.reads[0])


CUSTOMERS = Stream(
    name="customers",
    reads=(Read("customers", ("tax_ids",), ("cus_",)),),
    collection="customers",
    to_upflow=customers.to_upflow,
    title="customers with their main contact",
)
INVOICES = Stream(
    name="invoices",
    reads=(Read("invoices", ("payments",), ("in_",)),),
    collection="invoices",
    to_upflow=invoices.to_upflow,
    title="finalized invoices",
    complete=completing.invoices,
    snapshot=customers.from_invoice,
    after=("customers",),
)
CREDIT_NOTES = Stream(
    name="credit_notes",
    reads=(Read("credit_notes", prefixes=("cn_",)),),
    collection="credit_notes",
    to_upflow=credit_notes.to_upflow,
    title="credit notes, linked to their invoices",
    after=("invoices",),
)
PAYMENTS = Stream(
    name="payments",
    reads=(Read("invoice_payments", completing.OF_PAYMENT, ("pi_", "ch_", "py_", "pr_")),),
    collection="payments",
    to_upflow=payments.to_upflow,
    title="payments, linked to their invoices",
    complete=completing.payments,
    after=("invoices", "credit_notes"),
)
REFUNDS = Stream(
    name="refunds",
    reads=(Read("refunds", prefixes=("re_", "pyr_")), Read("disputes", prefixes=("dp_", "du_"))),
    collection="refunds",
    to_upflow=refunds.to_upflow,
    title="refunds and lost disputes, linked to credit notes",
    complete=completing.refunds,
    after=("credit_notes", "payments"),
)

STREAMS: dict[str, Stream] = {stream.name: stream for stream in (CUSTOMERS, INVOICES, CREDIT_NOTES, PAYMENTS, REFUNDS)}
"""Every stream by name, in dependency order."""


def stream_of(record_id: str) -> Stream | None:
    """Return the stream that a record of Stripe's belongs to, by its id; ``None`` for what is none of them."""
    for stream in STREAMS.values():
        if any(record_id.startswith(read.prefixes) for read in stream.reads):
            return stream
    return None
