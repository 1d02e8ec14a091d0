"""
The documents of customers that the fake Upflow knows: one row for each collection.

A document that no logic looks at needs nothing but its row here: `document_body` makes the model of its import, and
the API imports, lists, shows and deletes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from upflow_provider.testing.upflow.records.schemas import (
    CreditNoteImport,
    DocumentImport,
    InvoiceImport,
    PaymentImport,
    RefundImport,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """
    What is special to the documents of one collection.

    Attributes:
        singular: What one of them is called in JSON.
        body: The body of their import.
        side: Whether the customer owes them (``debit``) or is owed them (``credit``), so that they can be linked and
            count in balances; None if neither.
        has_pdf: Whether a PDF can be attached.
        newest_first: The date by which lists are sorted, newest first; without it they are in the order of creation.
        hidden: Fields of a record that answers do not show.
        defaults: What answers show of fields that were never sent.
        computed: What answers show besides the fields; `answers` knows how each is computed.
    """

    singular: str
    body: type[DocumentImport]
    side: Literal["debit", "credit"] | None = None
    has_pdf: bool = False
    newest_first: str = ""
    hidden: frozenset[str] = frozenset({"createdAt", "modifiedAt", "customerId"})
    defaults: Mapping[str, Any] = field(default_factory=dict)
    computed: tuple[str, ...] = ("customer",)

    @property
    def plural(self) -> str:
        """What several of them are called in JSON."""
        return f"{self.singular}s"

    @property
    def links(self) -> str:
        """Field of an import, and of answers, that holds links to them."""
        return f"linked{self.plural[0].upper()}{self.plural[1:]}"


DOCUMENTS: dict[str, DocumentType] = {
    "invoices": DocumentType(
        singular="invoice",
        body=InvoiceImport,
        side="debit",
        has_pdf=True,
        hidden=frozenset({"createdAt", "modifiedAt"}),
        defaults={"name": None, "source": "API", "dunningPlanId": None},
        computed=("amountOutstanding", "state", "pdfUrl", "payments"),
    ),
    "refunds": DocumentType(
        singular="refund",
        body=RefundImport,
        side="debit",
        hidden=frozenset({"createdAt", "customerId"}),
        defaults={"instrument": "UNKNOWN"},
        computed=("amountLinked", "customer", "linkedTransactions", "linkedCreditNotes"),
    ),
    "payments": DocumentType(
        singular="payment",
        body=PaymentImport,
        side="credit",
        newest_first="validatedAt",
        hidden=frozenset({"customerId"}),
        defaults={"instrument": "UNKNOWN", "type": "ACCOUNT", "bankAccountId": None},
        computed=("amountLinked", "customer", "linkedInvoices"),
    ),
    "credit_notes": DocumentType(
        singular="creditNote",
        body=CreditNoteImport,
        side="credit",
        has_pdf=True,
        defaults={"name": None},
        computed=("pdfUrl", "customer", "linkedInvoices"),
    ),
}
"""
What customers have: one row for each collection, by its name in paths.

Groups of links match documents in this order.
"""

DEBITS = tuple(collection for collection, row in DOCUMENTS.items() if row.side == "debit")
"""Collections of documents that a customer owes."""
CREDITS = tuple(collection for collection, row in DOCUMENTS.items() if row.side == "credit")
"""Collections of documents that a customer is owed."""
