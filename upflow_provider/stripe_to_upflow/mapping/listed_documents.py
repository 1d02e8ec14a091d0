"""Invoices and credit notes as Upflow lists them, read back as the payloads that were imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.records.payloads import CreditNotePayload

LISTED_FIELDS = ("externalId", "customId", "currency", "grossAmount", "netAmount", "issuedAt")
"""Fields of a payload that Upflow's lists of invoices and of credit notes contain, too."""


def listed_document(entity: Mapping[str, Any], customer_external_id: str | None) -> CreditNotePayload | None:
    """
    Return what the payloads of an invoice and of a credit note have in common, as far as Upflow's list shows it.

    Args:
        entity: Document as Upflow lists it, with date-times instead of dates.
        customer_external_id: External id of its customer.

    Returns:
        The payload; ``None`` if the list does not contain all fields.
    """
    if not customer_external_id or any(entity.get(name) is None for name in LISTED_FIELDS):
        return None
    return {
        "externalId": entity["externalId"],
        "customId": entity["customId"],
        "customer": {"externalId": customer_external_id},
        "currency": entity["currency"],
        "grossAmount": entity["grossAmount"],
        "netAmount": entity["netAmount"],
        "issuedAt": entity["issuedAt"][:10],
    }
