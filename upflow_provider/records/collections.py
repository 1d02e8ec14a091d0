"""
The collections of Upflow that records are imported into, and what is special about each.

Whatever treats one collection unlike another asks this table, so that a new collection is a new line of it.
Facts: https://docs.upflow.io (integrating with the Upflow API).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Collection = Literal["customers", "invoices", "credit_notes", "payments", "refunds"]
"""Name of a collection, as it stands in the paths of the API."""


@dataclass(frozen=True, slots=True)
class UpflowCollection:
    """
    What is special about one collection.

    Attributes:
        name: The collection.
        singular: What an answer calls one of its records where another record is linked to it.
        link_field: Field of an import, and of answers, that links a document to records of this
            collection; empty when no import links to it.
        group_field: Field of ``/reconcile`` for the documents of this collection; empty when they are not linked.
        owns_documents: Whether its records are customers: they have contacts and a parent, and are
            deleted only when they have no document.
        has_outstanding: Whether Upflow works out what is outstanding on its documents.
    """

    name: Collection
    singular: str
    link_field: str = ""
    group_field: str = ""
    owns_documents: bool = False
    has_outstanding: bool = False


COLLECTIONS: dict[Collection, UpflowCollection] = {
    collection.name: collection
    for collection in (
        UpflowCollection("customers", "customer", owns_documents=True),
        UpflowCollection("invoices", "invoice", "linkedInvoices", "invoices", has_outstanding=True),
        UpflowCollection("credit_notes", "creditNote", "linkedCreditNotes", "creditNotes"),
        UpflowCollection("payments", "payment", "linkedPayments", "payments"),
        UpflowCollection("refunds", "refund", group_field="refunds"),
    )
}
"""Every collection by name."""
