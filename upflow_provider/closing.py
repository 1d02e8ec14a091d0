"""
How an invoice ends that nobody owes any more.

A void or uncollectible invoice carries lines: documents that bring what is outstanding on it to
zero. Upflow's native Stripe connector shows void invoices as VOIDED and takes uncollectible ones
as PAID (https://docs.upflow.io, Stripe Billing). The public API has no known way to void, so:

* an uncollectible invoice gets a payment of what remains, linked to it;
* a void invoice is imported with ``state: VOIDED``. Whether Upflow takes that is not verified, so
  its answer is looked at, and a linked credit note is imported where it did not.

Links go through ``/reconcile``, the one request shape that is known from production use. Every
document and group of links has its own external id, so that doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from upflow_provider.mapping.outcome import Line, Mapped
from upflow_provider.payloads import (
    Collection,
    CreditNotePayload,
    InvoicePayload,
    LinkPayload,
    Payload,
    PaymentPayload,
    ReconcilePayload,
)


class Destination(Protocol):
    """What this module needs of Upflow's client."""

    def import_(
        self, collection: Collection, payload: Payload, *, before_send: Callable[[], None] | None = None
    ) -> dict[str, Any]:
        """Create or update one record; *before_send* is called right before each attempt."""

    def reconcile(self, payload: ReconcilePayload, *, before_send: Callable[[], None] | None = None) -> object:
        """Set one group of links; *before_send* as for an import."""


def lines_needed(mapped: Mapped, answer: Mapping[str, Any]) -> tuple[Line, ...]:
    """
    Return the lines still to be imported after Upflow's *answer* to the invoice's import.

    A void invoice that Upflow shows as voided needs none.
    """
    if answer.get("state") == "VOIDED":
        return ()
    return mapped.lines


def import_line(upflow: Destination, invoice: InvoicePayload, line: Line, *, before_send: Callable[[], None]) -> None:
    """
    Import one line and link it to its invoice; *before_send* is called right before each attempt.

    Raises:
        UpflowSyncError: As the client does.
    """
    payload = _payment(invoice, line) if line.collection == "payments" else _credit_note(invoice, line)
    upflow.import_(line.collection, payload, before_send=before_send)
    document: LinkPayload = {"externalId": line.external_id, "amountLinked": line.amount}
    upflow.reconcile(
        {
            "externalId": line.external_id,
            "invoices": [{"externalId": invoice["externalId"], "amountLinked": line.amount}],
            "payments": [document] if line.collection == "payments" else [],
            "creditNotes": [document] if line.collection == "credit_notes" else [],
            "refunds": [],
        },
        before_send=before_send,
    )


def _payment(invoice: InvoicePayload, line: Line) -> PaymentPayload:
    return {
        "externalId": line.external_id,
        "currency": invoice["currency"],
        "amount": line.amount,
        "validatedAt": line.date,
        "instrument": "UNKNOWN",
        "customer": invoice["customer"],
    }


def _credit_note(invoice: InvoicePayload, line: Line) -> CreditNotePayload:
    return {
        "externalId": line.external_id,
        "customId": line.external_id,
        "currency": invoice["currency"],
        "grossAmount": line.amount,
        "netAmount": line.amount,
        "issuedAt": line.date,
        "customer": invoice["customer"],
        "name": line.reason,
    }
