"""
The streams: one row per entity that goes from Stripe to Upflow.

DAG tasks, ledger names, the README's table and the conformance tests derive from `STREAMS`.
A new entity is one mapping file, one row here and one test file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from upflow_provider.errors import MappingError
from upflow_provider.records.mapped import Mapped, Skip
from upflow_provider.records.payloads import Collection
from upflow_provider.stripe_to_upflow.mapping import credit_notes, customers, invoices, payments, refunds
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.streams import completing
from upflow_provider.stripe_to_upflow.streams.leading import (
    RelatedChange,
    no_related,
    payments_of_invoice,
    refunds_of_credit_note,
    refunds_of_payment,
)

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
class EventRule:
    """
    Events of Stripe's feed that tell of records of a stream (https://docs.stripe.com/api/events/types).

    Attributes:
        by: Whole types, or how they begin.
        at: Where the event's object holds the record's id, or that of something it is found by: the first
            of these paths that holds one.
    """

    by: tuple[str, ...]
    at: tuple[str, ...] = ("id",)


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
        id_of: Tells the record that one of what is listed belongs to.
        told: The events after which its records are read again.
        found_by: How ids of other objects begin by which its records are found.
        leads_to: What else may have changed when one of its records has; see `leading`.
        leads: Name of the stream that those others belong to.
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
    id_of: Callable[[Record], str] = itemgetter("id")
    told: tuple[EventRule, ...] = ()
    found_by: tuple[str, ...] = ()
    leads_to: Callable[[Record], Sequence[RelatedChange]] = no_related
    leads: str | None = None
    snapshot: Callable[[Record, Options], Mapped] | None = None
    after: tuple[str, ...] = ()

    def mapped(self, record: Record, options: Options) -> Mapped | Skip:
        """
        Map a record that was read, or one that says why it could not be; see `Reader.read_again`.

        Raises:
            MappingError: It is unusable, or Stripe refused to tell it.
        """
        if "refused" in record:
            raise MappingError(record["id"], self.name, f"cannot be read: {record['refused']}")
        if "gone" in record:
            return Skip(record["gone"], remove=record.get("remove", False))
        return self.to_upflow(record, options)

    def read_of(self, record_id: str) -> Read:
        """Return the collection that a record is read from."""
        return next((read for read in self.reads if record_id.startswith(read.prefixes)), self.reads[0])


CUSTOMERS = Stream(
    name="customers",
    reads=(Read("customers", ("tax_ids",), ("cus_",)),),
    collection="customers",
    to_upflow=customers.to_upflow,
    title="customers with their main contact",
    told=(EventRule(("customer.", "payment_method."), ("id", "customer")),),
)
INVOICES = Stream(
    name="invoices",
    reads=(Read("invoices", ("payments",), ("in_",)),),
    collection="invoices",
    to_upflow=invoices.to_upflow,
    title="finalized invoices",
    complete=completing.invoices,
    told=(EventRule(("invoice.", "invoice_payment.", "credit_note."), ("id", "invoice")),),
    leads_to=payments_of_invoice,
    leads="payments",
    snapshot=customers.from_invoice,
    after=("customers",),
)
CREDIT_NOTES = Stream(
    name="credit_notes",
    reads=(Read("credit_notes", prefixes=("cn_",)),),
    collection="credit_notes",
    to_upflow=credit_notes.to_upflow,
    title="credit notes, linked to their invoices",
    told=(EventRule(("credit_note.",)),),
    leads_to=refunds_of_credit_note,
    leads="refunds",
    after=("invoices",),
)
PAYMENTS = Stream(
    name="payments",
    reads=(Read("invoice_payments", completing.OF_PAYMENT, ("pi_", "ch_", "py_", "pr_")),),
    collection="payments",
    to_upflow=payments.to_upflow,
    title="payments, linked to their invoices",
    complete=completing.payments,
    id_of=completing.payment_id,
    leads_to=refunds_of_payment,
    leads="refunds",
    told=(
        EventRule(("invoice_payment.paid",), ("payment.payment_intent", "payment.payment_record")),
        EventRule(("charge.updated",), ("payment_intent",)),
    ),
    after=("invoices", "credit_notes"),
)
REFUNDS = Stream(
    name="refunds",
    reads=(Read("refunds", prefixes=("re_", "pyr_")), Read("disputes", prefixes=("dp_", "du_"))),
    collection="refunds",
    to_upflow=refunds.to_upflow,
    title="refunds and lost disputes, linked to credit notes",
    complete=completing.refunds,
    told=(EventRule(("refund.", "charge.refunded", "charge.refund.updated", "charge.dispute.")),),
    found_by=("ch_", "py_"),
    after=("credit_notes", "payments"),
)

STREAMS: dict[str, Stream] = {stream.name: stream for stream in (CUSTOMERS, INVOICES, CREDIT_NOTES, PAYMENTS, REFUNDS)}
"""Every stream by name, in dependency order."""


EVENT_TYPES = (
    "invoice_payment.paid",
    "credit_note.created",
    "credit_note.updated",
    "credit_note.voided",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.refund.updated",
    "charge.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payment_method.attached",
    "payment_method.detached",
    "payment_method.updated",
    "payment_method.automatically_updated",
)
"""Types that are asked for by name, besides all of customers and of invoices; Stripe takes 20 in one call."""


def stream_of(record_id: str) -> Stream | None:
    """Return the stream that a record of Stripe's belongs to, by its id; ``None`` for what is none of them."""
    for stream in STREAMS.values():
        if any(record_id.startswith(read.prefixes) for read in stream.reads):
            return stream
    return None
