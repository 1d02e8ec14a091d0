"""
Stripe's refunds and lost disputes as Upflow refunds.

In Stripe an invoice stays paid when its payment is refunded. A refund that a credit note names is linked to that
credit note. Any other refund is linked to a balancing credit note, as in Upflow's NetSuite connector (credit memo and
customer refund). A lost dispute, which takes the money back, is treated in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.records.dates import is_instant, local_date
from upflow_provider.records.instruments import instrument
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped, Need, Skip
from upflow_provider.records.money import Units
from upflow_provider.records.text import id_in
from upflow_provider.stripe_to_upflow.mapping.portal import REASON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.records.payloads import RefundPayload
    from upflow_provider.stripe_to_upflow.mapping.options import Options

MADE_STATUSES = {"refund": ("succeeded", "pending"), "dispute": ("lost",)}
"""Statuses in which the money was given back or is on its way, by type of object."""
DETAILS = {"refund": "destination_details", "dispute": "payment_method_details"}
"""Field that says how the money is given back, by type of object."""


def is_made(record: Mapping[str, Any]) -> bool:
    """Return whether the money of a refund or a dispute was given back or is on its way."""
    return record.get("status") in MADE_STATUSES.get(str(record.get("object")), ())


def to_upflow(record: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one refund or dispute.

    Args:
        record: Stripe refund or dispute as plain JSON, with ``customer_id``, with ``invoice_id`` (an invoice that the
            payment was applied to; ``None`` if there is none), with ``credit_notes``: ``id`` and ``amount`` of those
            that name it, and with ``is_release``: whether it only gives up what was authorized and never captured.
        options: ``time_zone`` decides on which day it was made.

    Returns:
        The refund, linked to credit notes. It is skipped, and removed, if it failed, was canceled, waits for the
        customer, moved no money, or belongs to a payment that is not in Upflow either. A dispute is skipped unless it
        is lost.

    Raises:
        MappingError: It has no status, amount, date or customer.
    """
    customer, status = id_in(record.get("customer_id")) or "", record.get("status")
    if not isinstance(status, str):
        raise MappingError(record["id"], "status")
    if not is_made(record):
        return Skip(f"{record['object']} is {status}", remove=True, customer=customer)
    if record.get("is_portal"):
        return Skip(REASON, remove=True, customer=customer)
    if record["is_release"]:
        return Skip("only authorized, never captured: no money moved", remove=True, customer=customer)
    if record["invoice_id"] is None:
        return Skip("its payment is not applied to any invoice", remove=True, customer=customer)
    created_s = record.get("created")
    if not customer or not is_instant(created_s):
        raise MappingError(record["id"], "created" if customer else "customer")
    units = Units(record["id"], record.get("currency"), options.currency_decimals)
    amount, day = units.of(record, "amount"), local_date(created_s, options.time_zone)
    named = tuple(Link("credit_notes", each["id"], units.of(each, "amount")) for each in record["credit_notes"])
    rest = amount - sum(link.amount for link in named)
    balancing: tuple[BalancingDocument, ...] = ()
    if rest > 0:
        reason = "Dispute lost in Stripe" if record["object"] == "dispute" else "Refunded in Stripe"
        balancing = (BalancingDocument("credit_notes", f"{record['id']}:credit", rest, day, reason),)
    payload: RefundPayload = {
        "externalId": record["id"],
        "currency": units.currency,
        "amount": amount,
        "validatedAt": day,
        "instrument": instrument(record.get(DETAILS[record["object"]])),
        "customer": {"externalId": customer},
    }
    needs = (Need("invoices", record["invoice_id"]), *(Need("credit_notes", link.external_id) for link in named))
    links = (*named, *(Link("credit_notes", document.external_id, document.amount) for document in balancing))
    return Mapped(payload, customer, needs, links, balancing)
