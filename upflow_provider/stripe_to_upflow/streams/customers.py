"""Customers of Stripe, each with its main contact."""

from __future__ import annotations

from upflow_provider.records.page import Record
from upflow_provider.stripe_to_upflow.mapping import customers
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, Source, StripeStream, read_by_id


def _read(stream: StripeStream, source: Source, customer_id: str) -> Record:
    """Read one customer; add to a deleted one ``has_invoices``: whether any of its invoices was finalized."""
    found = read_by_id(stream, source, customer_id)
    if not found.get("deleted"):
        return found
    invoices = source.find("invoices", customer=customer_id)
    return {**found, "has_invoices": any(invoice["status"] != "draft" for invoice in invoices)}


CUSTOMERS = StripeStream(
    name="customers",
    listings=(Listing("customers", ("tax_ids",), ("cus_",)),),
    collection="customers",
    to_upflow=customers.to_upflow,
    title="customers with their main contact",
    events=(
        EventRule(
            (
                "customer.*",
                "payment_method.attached",
                "payment_method.automatically_updated",
                "payment_method.detached",
                "payment_method.updated",
            ),
            ("id", "customer"),
        ),
    ),
    read=_read,
    from_upflow=lambda entity, _: customers.from_upflow(entity),
)
