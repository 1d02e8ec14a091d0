"""
Stripe invoices as Upflow invoices, with balancing documents for what settles them in Stripe without a record.

Sources: https://docs.stripe.com/api/invoices/object and Upflow's page on the Stripe Billing
connector (https://docs.upflow.io): drafts are not imported, void invoices end as VOIDED, uncollectible
ones count as PAID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from upflow_provider.errors import MappingError
from upflow_provider.records.dates import first_instant, is_instant, local_date
from upflow_provider.records.mapped import BalancingDocument, Link, Mapped, Need, Skip
from upflow_provider.records.money import Units
from upflow_provider.records.text import cleaned, mapping_in
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.mapping.credit_notes import listed_document
from upflow_provider.stripe_to_upflow.mapping.customers import customer_id
from upflow_provider.stripe_to_upflow.mapping.invoice_sum import NET_UNUSABLE, InvoiceSum

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from upflow_provider.records.payloads import Collection, CreditNotePayload, InvoicePayload
    from upflow_provider.stripe_to_upflow.mapping.options import Options

FINALIZED_STATUSES = frozenset({"open", "paid", "uncollectible", "void"})
"""Every status of a finalized invoice."""
VOIDED = "VOIDED"
"""Upflow's state of a void invoice. An import is assumed to accept it; the sync checks the answer."""


def to_upflow(invoice: Mapping[str, Any], options: Options) -> Mapped | Skip:
    """
    Map one Stripe invoice to an Upflow invoice.

    Stripe's ``description`` is left out: it is free text for the payer, not a title.

    Args:
        invoice: Stripe invoice as plain JSON, with all of its ``payments``. Amounts are integers in
            Stripe's minor units (see `Units`), timestamps are Unix seconds.
        options: ``time_zone`` decides on which day it was issued and is due.

    Returns:
        The invoice, with amounts in Upflow's minor units and dates ``YYYY-MM-DD``. Without a due date in Stripe,
        which charges such invoices automatically, it is due on the day of issue. A negative invoice with nothing
        due is a credit note. A draft is skipped, because nobody owes it yet.

    Raises:
        MappingError: The invoice names no customer, has a status that Stripe does not document, or has an
            amount that is not a whole number in Upflow's units.
    """
    status = invoice.get("status")
    if status == "draft":
        return Skip("draft")
    if status not in FINALIZED_STATUSES:
        raise MappingError(invoice["id"], "status", "is not one that Stripe documents")
    customer = customer_id(invoice)
    units = Units(invoice["id"], invoice.get("currency"), options.currency_decimals)
    sums = InvoiceSum.from_invoice(invoice, units)
    return Mapped(
        (_credit_note if sums.is_credit else _payload)(invoice, customer, sums, units, options),
        customer,
        needs=(Need("customers", customer),),
        balancing=_balancing(invoice, sums, options),
        notes=tuple(f"{shown_id(invoice['id'])}: {note}" for note in _notes(invoice, sums)),
        outstanding=None if sums.is_credit else sums.outstanding,
        collection="credit_notes" if sums.is_credit else None,
    )


def _notes(invoice: Mapping[str, Any], sums: InvoiceSum) -> Iterator[str]:
    """Yield what could not be taken from an invoice, and what replaces it."""
    if not cleaned(invoice.get("number")):
        yield "number is missing; the id is used instead"
    if not sums.is_net_known:
        yield NET_UNUSABLE
    if invoice.get("due_date") is not None and not is_instant(invoice["due_date"]):
        yield "due_date is not a date; the issue date is used instead"


def from_upflow(entity: Mapping[str, Any], customer_external_id: str | None) -> InvoicePayload | None:
    """
    Return the payload that `to_upflow` returns for an invoice, as far as Upflow's list shows it.

    Args:
        entity: Invoice as Upflow lists it, with date-times instead of dates.
        customer_external_id: External id of its customer, of which Upflow's list contains only Upflow's id.

    Returns:
        The payload; ``None`` if the invoice was not imported from Stripe, or the list does not contain all fields.
    """
    common = listed_document(entity, customer_external_id)
    if common is None or entity.get("dueDate") is None:
        return None
    payload = cast("InvoicePayload", {**common, "dueDate": entity["dueDate"][:10]})
    if entity.get("state") == VOIDED:
        payload["state"] = VOIDED
    return payload


def _payload(
    invoice: Mapping[str, Any], customer: str, sums: InvoiceSum, units: Units, options: Options
) -> InvoicePayload:
    issued_s = _issued_s(invoice)
    payload: InvoicePayload = {
        "externalId": invoice["id"],
        "customId": cleaned(invoice.get("number")) or invoice["id"],
        "customer": {"externalId": customer},
        "currency": units.currency,
        "grossAmount": sums.gross,
        "netAmount": sums.net,
        "issuedAt": local_date(issued_s, options.time_zone),
        "dueDate": local_date(first_instant(invoice.get("due_date")) or issued_s, options.time_zone),
    }
    if invoice["status"] == "void":
        payload["state"] = VOIDED
    return payload


def _credit_note(
    invoice: Mapping[str, Any], customer: str, sums: InvoiceSum, units: Units, options: Options
) -> CreditNotePayload:
    """Return the payload of a negative invoice, as a credit note."""
    return {
        "externalId": invoice["id"],
        "customId": cleaned(invoice.get("number")) or invoice["id"],
        "customer": {"externalId": customer},
        "currency": units.currency,
        "grossAmount": -sums.total,
        "netAmount": -sums.net,
        "issuedAt": local_date(_issued_s(invoice), options.time_zone),
        "name": "Negative invoice in Stripe",
    }


def _balancing(invoice: Mapping[str, Any], sums: InvoiceSum, options: Options) -> tuple[BalancingDocument, ...]:
    """Return the balancing documents of what neither a credit note nor a payment settles."""
    parts: tuple[tuple[Collection, str, int], ...]
    if sums.is_credit:
        parts = (("refunds", "balance", -sums.total),)
    elif invoice["status"] == "void":
        parts = (("credit_notes", "void", sums.voided),)
    else:
        parts = (
            ("payments", "balance", sums.balance),
            ("payments", "oob", sums.unexplained),
            ("payments", "writeoff", sums.written_off),
        )
    return tuple(
        _balancing_document(collection, invoice, kind, amount, options)
        for collection, kind, amount in parts
        if amount > 0
    )


BALANCING_REASONS = {
    "balance": "Customer balance in Stripe",
    "oob": "Paid outside of Stripe",
    "writeoff": "Uncollectible in Stripe",
    "void": "Voided in Stripe",
}
"""The reason of a balancing document, by kind."""
BALANCING_DATES = {"oob": "paid_at", "writeoff": "marked_uncollectible_at", "void": "voided_at"}
"""The status transition of the invoice from which a balancing document counts, by kind; others count from its issue."""


def _balancing_document(
    collection: Collection, invoice: Mapping[str, Any], kind: str, amount: int, options: Options
) -> BalancingDocument:
    dated = mapping_in(invoice.get("status_transitions")).get(BALANCING_DATES.get(kind, ""))
    date_s = first_instant(dated) or _issued_s(invoice)
    settled_collection: Collection = "credit_notes" if collection == "refunds" else "invoices"
    return BalancingDocument(
        collection,
        f"{invoice['id']}:{kind}",
        amount,
        local_date(date_s, options.time_zone),
        BALANCING_REASONS[kind],
        (Link(settled_collection, invoice["id"], amount),),
    )


def _issued_s(invoice: Mapping[str, Any]) -> int:
    """
    Return when an invoice was issued, Unix seconds.

    Raises:
        MappingError: Stripe does not say when.
    """
    finalized_at = mapping_in(invoice.get("status_transitions")).get("finalized_at")
    issued_s = first_instant(invoice.get("effective_at"), finalized_at, invoice.get("created"))
    if issued_s is None:
        raise MappingError(invoice["id"], "effective_at")
    return issued_s
