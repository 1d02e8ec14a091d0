"""Customers of Stripe, each with its contacts."""

from __future__ import annotations

from collections.abc import Sequence

from upflow_provider.records.accessories import ADDRESS, CONTACT, PARENT, PHONE, VAT_NUMBER
from upflow_provider.records.page import Record
from upflow_provider.stripe_to_upflow.mapping import customers
from upflow_provider.stripe_to_upflow.streams.stream import EventRule, Listing, Source, StripeStream


def _complete(source: Source, listed: Sequence[Record]) -> Record:
    """Add to a deleted customer ``has_invoices``: whether any of its invoices was finalized."""
    [customer] = listed
    if not customer.get("deleted"):
        return customer
    invoices = source.find("invoices", customer=customer["id"])
    return {**customer, "has_invoices": any(invoice.get("status") != "draft" for invoice in invoices)}


CUSTOMERS = StripeStream(
    name="customers",
    listings=(Listing("customers", "customer", ("tax_ids",), ("cus_",)),),
    collection="customers",
    to_upflow=customers.to_upflow,
    title="customers with their contacts",
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
    complete=_complete,
    from_upflow=lambda entity, _: customers.from_upflow(entity),
    accessories=(PHONE, CONTACT, PARENT, VAT_NUMBER, ADDRESS),
)
