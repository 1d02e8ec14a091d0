"""
Stripe invoices as Upflow invoices.

Sources: https://docs.stripe.com/api/invoices/object and Upflow's page on the Stripe Billing
connector (https://docs.upflow.io): drafts are not imported, void invoices end as VOIDED, uncollectible
ones count as PAID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upflow_provider.errors import MappingError
from upflow_provider.mapping.customers import id_in
from upflow_provider.mapping.dates import local_date
from upflow_provider.mapping.outcome import Line, Mapped, Skip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.mapping.options import Options
    from upflow_provider.payloads import InvoicePayload

STATUSES = frozenset({"open", "paid", "uncollectible", "void"})
"""Every status of a finalized invoice."""
VOIDED = "VOIDED"
"""Upflow's state of a void invoice. That an import takes it is assumed; the sync looks at the answer."""

ECHOED = ("externalId", "customId", "currency", "grossAmount", "netAmount", "issuedAt", "dueDate")


def to_upflow(invoice: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one Stripe invoice to the Upflow invoice that mirrors it.

    Stripe's ``description`` is left out: it is free text to the payer, not a title.

    Args:
        invoice: Stripe invoice as plain JSON. Amounts are integers in the currency's minor unit
            (cents for EUR, whole yen for JPY), timestamps are Unix seconds.
        options: ``time_zone`` decides on which day it was issued and is due.

    Returns:
        Payload with amounts still in minor units and dates ``YYYY-MM-DD``; due when issued, where
        Stripe has no due date (it charges such invoices automatically). What nobody owes any more
        is in ``lines``. A draft is skipped: nobody owes it yet.

    Raises:
        MappingError: The invoice names no customer, or has a status that Stripe does not document.
    """
    status = invoice["status"]
    if status == "draft":
        return Skip("draft")
    if status not in STATUSES:
        raise MappingError(invoice["id"], "status", "is none that Stripe documents")
    customer = id_in(invoice)
    issued_s = invoice["effective_at"] or invoice["status_transitions"]["finalized_at"] or invoice["created"]
    payload: InvoicePayload = {
        "externalId": invoice["id"],
        "customId": invoice["number"] or invoice["id"],
        "customer": {"externalId": customer},
        "currency": invoice["currency"].upper(),
        "grossAmount": invoice["total"],
        "netAmount": _net_amount(invoice),
        "issuedAt": local_date(issued_s, options.time_zone),
        "dueDate": local_date(invoice["due_date"] or issued_s, options.time_zone),
    }
    if status == "void":
        payload["state"] = VOIDED
    notes = () if invoice["number"] else (f"{invoice['id']}: number is missing, the id stands for it",)
    return Mapped(payload, customer, customer, _lines(invoice, issued_s, options), notes)


def from_upflow(entity: Mapping[str, Any], customer_external_id: str | None) -> InvoicePayload | None:
    """
    Return the payload that `to_upflow` would have made for an invoice found in Upflow.

    Args:
        entity: Invoice as Upflow lists it: full date-times, and whatever else it holds.
        customer_external_id: External id of its customer, which Upflow lists by its own id only.

    Returns:
        The payload; ``None`` when it was not imported by us, or is not told in full.
    """
    if not customer_external_id or any(entity.get(name) is None for name in ECHOED):
        return None
    payload: InvoicePayload = {
        "externalId": entity["externalId"],
        "customId": entity["customId"],
        "customer": {"externalId": customer_external_id},
        "currency": entity["currency"],
        "grossAmount": entity["grossAmount"],
        "netAmount": entity["netAmount"],
        "issuedAt": entity["issuedAt"][:10],
        "dueDate": entity["dueDate"][:10],
    }
    if entity.get("state") == VOIDED:
        payload["state"] = VOIDED
    return payload


def _net_amount(invoice: Mapping[str, Any]) -> int:
    """Return the total without tax, minor units."""
    net: int | None = invoice["total_excluding_tax"]
    if net is not None:
        return net
    total: int = invoice["total"]
    taxes: int = sum(tax["amount"] for tax in invoice["total_taxes"] or ())
    return total - taxes


def _lines(invoice: Mapping[str, Any], issued_s: int, options: Options) -> tuple[Line, ...]:
    """Return what takes the rest off an invoice that will not be paid, if there is a rest."""
    times = invoice["status_transitions"]
    if invoice["status"] == "void" and invoice["total"] > 0:
        day = local_date(times["voided_at"] or issued_s, options.time_zone)
        return (Line("credit_notes", f"{invoice['id']}:void", invoice["total"], day, "Voided in Stripe"),)
    if invoice["status"] == "uncollectible" and invoice["amount_remaining"] > 0:
        day = local_date(times["marked_uncollectible_at"] or issued_s, options.time_zone)
        remaining = invoice["amount_remaining"]
        return (Line("payments", f"{invoice['id']}:writeoff", remaining, day, "Uncollectible in Stripe"),)
    return ()
