"""Balancing documents: how the ledger stores them, and their payloads for Upflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upflow_provider.records.mapped import BalancingDocument, Mapped
from upflow_provider.records.payloads import CreditNotePayload, InvoicePayload, Payload, PaymentPayload

VOIDED = "VOIDED"
"""Upflow's state of a void invoice."""


def balancing_needed(mapped: Mapped, answer: Mapping[str, Any]) -> tuple[BalancingDocument, ...]:
    """
    Return the balancing documents that are needed after Upflow's *answer* to the import of their record.

    A void invoice that Upflow shows as voided needs none.
    """
    return () if answer.get("state") == VOIDED else mapped.balancing


def document_key(document: BalancingDocument) -> str:
    """Return the key under which the ledger keeps a balancing document: collection and external id."""
    return f"{document.collection}/{document.external_id}"


def document_content(document: BalancingDocument) -> list[Any]:
    """Return the content of a balancing document in the form in which it is read back from JSON."""
    return [document.amount, document.date, [list(link) for link in document.links]]


def amount_in(content: Any) -> int:  # noqa: ANN401 - JSON
    """Return the amount in a balancing document's stored content, in Upflow's minor units; 0 if it is not known."""
    amount: int = content[0] if content else 0
    return amount


def may_be_linked(content: Any) -> bool:  # noqa: ANN401 - JSON
    """Return whether a balancing document may settle another document; true if its content is not known."""
    return content is None or bool(content[2])


def balancing_payload(record: InvoicePayload, document: BalancingDocument) -> Payload:
    """Return the payload of a balancing document; its currency and customer are those of *record*."""
    if document.collection == "credit_notes":
        note: CreditNotePayload = {
            "externalId": document.external_id,
            "customId": document.external_id,
            "currency": record["currency"],
            "grossAmount": document.amount,
            "netAmount": document.amount,
            "issuedAt": document.date,
            "customer": record["customer"],
            "name": document.reason,
        }
        return note
    payment: PaymentPayload = {  # a refund has the same fields
        "externalId": document.external_id,
        "currency": record["currency"],
        "amount": document.amount,
        "validatedAt": document.date,
        "instrument": "UNKNOWN",
        "customer": record["customer"],
    }
    return payment
